package cli

type eventsCmd struct {
	List  eventsListCmd  `cmd:"" default:"withargs"`
	Close eventsCloseCmd `cmd:""`
}

type eventsListCmd struct {
	askFlags
	Words []string `arg:"" optional:"" name:"source-or-selector" usage:"[<source> | <selector>] ..."`
}

// Run lists what sources hold open.
func (c *eventsListCmd) Run(con *Console) error {
	answer, err := c.client(con).Events(con.Ctx, c.Words)
	return c.print(con, answer, err)
}

type eventsCloseCmd struct {
	askFlags
	Events []string `arg:""`
}

// Run closes events by hand.
func (c *eventsCloseCmd) Run(con *Console) error {
	answer, err := c.client(con).CloseEvents(con.Ctx, c.Events)
	return c.print(con, answer, err)
}
