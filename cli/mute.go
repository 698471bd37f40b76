package cli

import "strings"

type muteCmd struct {
	socketFlag
	Words []string `arg:"" passthrough:"partial" name:"duration-selector-reason" usage:"<duration> [<selector> ...] [-- <reason>]"`
}

// Run mutes notifications.
func (c *muteCmd) Run(con *Console) error {
	answer, err := c.client(con).Mute(con.Ctx, strings.Join(c.Words, " "))
	return jsonFlag{}.print(con, answer, err)
}
