// Package console is the channel that writes tellings as plain text, one block each, to a writer such as standard output.
//
// It must not know what a telling says: it is handed a function that renders one.
package console

import (
	"context"
	"io"

	"opsbot"
)

// Name is the opsbot.Destination.Channel of this channel.
const Name = "console"

// Render makes the text of a telling; "" is not written.
type Render func(opsbot.Telling) string

// Console writes tellings. It is a notify.Channel.
type Console struct{}

// New makes a Console.
func New(w io.Writer, render Render) *Console { return &Console{} }

// Deliver writes one telling. A write that fails is not sent; one that was cut is ambiguous. Edits are written to nobody.
func (c *Console) Deliver(_ context.Context, t opsbot.Telling, _ opsbot.Card) (opsbot.Receipt, error) {
	return opsbot.Receipt{}, nil
}
