package cli

type setAsideCmd struct {
	List setAsideListCmd `cmd:""`
	Drop setAsideDropCmd `cmd:""`
}

type setAsideListCmd struct{ askFlags }

// Run lists rows of the database that could not be read.
func (c *setAsideListCmd) Run(con *Console) error {
	answer, err := c.client(con).SetAside(con.Ctx)
	return c.print(con, answer, err)
}

type setAsideDropCmd struct {
	askFlags
	Rows []string `arg:""`
}

// Run drops such rows.
func (c *setAsideDropCmd) Run(con *Console) error {
	answer, err := c.client(con).DropSetAside(con.Ctx, c.Rows)
	return c.print(con, answer, err)
}
