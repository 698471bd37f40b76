package cli

type onCallCmd struct {
	askFlags
	Words []string `arg:"" optional:"" name:"schedule"`
}

// Run says who is on call.
func (c *onCallCmd) Run(con *Console) error {
	answer, err := c.client(con).OnCall(con.Ctx, c.Words)
	return c.print(con, answer, err)
}
