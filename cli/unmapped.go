package cli

type unmappedCmd struct{ askFlags }

// Run lists the reported hosts that are not in the inventory.
func (c *unmappedCmd) Run(con *Console) error {
	answer, err := c.client(con).Unmapped(con.Ctx)
	return c.print(con, answer, err)
}
