package cli

type impactCmd struct {
	askFlags
	Live    bool
	Sources []string `arg:"" optional:""`
}

// Run prints the impact of events on clients.
func (c *impactCmd) Run(con *Console) error {
	answer, err := c.client(con).Impact(con.Ctx, c.Sources, c.Live)
	return c.print(con, answer, err)
}
