package cli

type resetCmd struct {
	askFlags
	Check string `arg:""`
}

// Run resets a latched check.
func (c *resetCmd) Run(con *Console) error {
	answer, err := c.client(con).Reset(con.Ctx, c.Check)
	return c.print(con, answer, err)
}
