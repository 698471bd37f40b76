package cli

type maintenanceCmd struct {
	askFlags
	Words []string `arg:"" optional:"" passthrough:"partial" name:"when-duration-selector-reason" usage:"[<start> <duration> [<selector> ...] [-- <reason>]]"`
}

// Run plans a maintenance window, or lists the planned ones.
func (c *maintenanceCmd) Run(con *Console) error {
	answer, err := c.client(con).Maintenance(con.Ctx, c.Words)
	return c.print(con, answer, err)
}
