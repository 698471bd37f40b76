package store

import (
	"fmt"

	"opsbot/model"
)

// channelOf is the value of the column "channel": the channel of a destination, with its address.
func channelOf(to model.Destination) string { return to.Line() }

// channelColumn scans what channelOf returned.
type channelColumn struct{ to *model.Destination }

func channelInto(to *model.Destination) channelColumn { return channelColumn{to} }

// Scan implements sql.Scanner.
func (c channelColumn) Scan(value any) error {
	var line string
	switch v := value.(type) {
	case string:
		line = v
	case []byte:
		line = string(v)
	default:
		return fmt.Errorf("read a channel: it is %T", value)
	}
	read := model.ParseLine(line)
	c.to.Channel, c.to.Address = read.Channel, read.Address
	return nil
}
