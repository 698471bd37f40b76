package cli

type sourcesCmd struct{ askFlags }

// Run prints the connection status of each event source.
func (c *sourcesCmd) Run(con *Console) error {
	answer, err := c.client(con).Sources(con.Ctx)
	return c.print(con, answer, err)
}
