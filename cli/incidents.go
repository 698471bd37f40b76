package cli

type incidentsCmd struct{ askFlags }

// Run lists the open incidents.
func (c *incidentsCmd) Run(con *Console) error {
	answer, err := c.client(con).Incidents(con.Ctx)
	return c.print(con, answer, err)
}
