package cli

type unackCmd struct {
	askFlags
	Incident string `arg:""`
}

// Run takes back the acknowledgement of an incident.
func (c *unackCmd) Run(con *Console) error {
	answer, err := c.client(con).Unack(con.Ctx, c.Incident)
	return c.print(con, answer, err)
}
