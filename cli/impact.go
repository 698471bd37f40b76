package cli

type impactCmd struct {
	askFlags
	Live    bool     `help:"Look at every endpoint in question first. Without it what was seen last counts."`
	Sources []string `arg:"" optional:"" help:"Names of [[inbound]]. Default: all."`
}

// Run prints the impact of events on clients.
func (c *impactCmd) Run(con *Console) error {
	answer, err := c.client(con).Impact(con.Ctx, c.Sources, c.Live)
	return c.print(con, answer, err)
}
