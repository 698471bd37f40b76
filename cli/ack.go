package cli

type ackCmd struct {
	askFlags
	Incident string `arg:""`
}

// Run acknowledges an incident.
func (c *ackCmd) Run(con *Console) error {
	answer, err := c.client(con).Ack(con.Ctx, c.Incident)
	return c.print(con, answer, err)
}
