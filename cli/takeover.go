package cli

import "strings"

type takeoverCmd struct {
	askFlags
	Words []string `arg:"" passthrough:"partial" name:"person-schedule-duration-reason" usage:"<person> [<schedule>] [<duration>] [-- <reason>]"`
}

// Run puts somebody on call.
func (c *takeoverCmd) Run(con *Console) error {
	answer, err := c.client(con).Takeover(con.Ctx, strings.Join(c.Words, " "))
	return c.print(con, answer, err)
}

type handbackCmd struct {
	askFlags
	Number string `arg:"" optional:""`
}

// Run ends a takeover.
func (c *handbackCmd) Run(con *Console) error {
	answer, err := c.client(con).Handback(con.Ctx, strings.Fields(c.Number))
	return c.print(con, answer, err)
}
