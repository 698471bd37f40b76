package cli

type coverCmd struct {
	askFlags
	Words []string `arg:"" passthrough:"partial" name:"person-schedule-time-reason" usage:"<person> [<other> ...] [<schedule>] [<time>] [-- <reason>]"`
}

// Run asks for somebody who is on call in a person's place, or answers: "take 3 boris", "refuse 3 boris", "withdraw 3".
func (c *coverCmd) Run(con *Console) error {
	answer, err := c.client(con).Cover(con.Ctx, c.Words)
	return c.print(con, answer, err)
}
