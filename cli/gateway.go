package cli

type gatewayCmd struct {
	Test gatewayTestCmd `cmd:""`
}

type gatewayTestCmd struct {
	askFlags
	Gateway string `arg:""`
	Person  string `arg:""`
}

// Run sends a test message to a person through a gateway.
func (c *gatewayTestCmd) Run(con *Console) error {
	answer, err := c.client(con).TestGateway(con.Ctx, c.Gateway, c.Person)
	return c.print(con, answer, err)
}
