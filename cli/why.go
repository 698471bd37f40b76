package cli

type whyCmd struct {
	askFlags
	Words []string `arg:"" name:"selector"`
}

// Run explains why something is failing.
func (c *whyCmd) Run(con *Console) error {
	answer, err := c.client(con).Why(con.Ctx, c.Words)
	return c.print(con, answer, err)
}
