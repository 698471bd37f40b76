package cli

type recheckCmd struct {
	askFlags
	Incident string `arg:""`
}

// Run runs the failing checks of an incident again.
func (c *recheckCmd) Run(con *Console) error {
	answer, err := c.client(con).Recheck(con.Ctx, c.Incident)
	return c.print(con, answer, err)
}
