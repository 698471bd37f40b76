package cli

type maintenanceCmd struct {
	askFlags
	Words []string `arg:"" optional:"" passthrough:"partial" name:"when-duration-selector-reason" help:"When, how long, what, and after -- why: 23:00 2h clientA -- update. None: list what is planned."`
}

// Run plans a maintenance window, or lists the planned ones.
func (c *maintenanceCmd) Run(con *Console) error {
	answer, err := c.client(con).Maintenance(con.Ctx, c.Words)
	return c.print(con, answer, err)
}
