package cli

type outboxCmd struct {
	List  outboxListCmd  `cmd:""`
	Retry outboxRetryCmd `cmd:""`
	Drop  outboxDropCmd  `cmd:""`
}

type outboxListCmd struct {
	askFlags
	Dead bool
}

// Run lists messages.
func (c *outboxListCmd) Run(con *Console) error {
	answer, err := c.client(con).Outbox(con.Ctx, c.Dead)
	return c.print(con, answer, err)
}

type outboxRetryCmd struct {
	askFlags
	Messages []string `arg:""`
}

// Run sends dead letters again.
func (c *outboxRetryCmd) Run(con *Console) error {
	answer, err := c.client(con).RetryOutbox(con.Ctx, c.Messages)
	return c.print(con, answer, err)
}

type outboxDropCmd struct {
	askFlags
	Messages []string `arg:""`
}

// Run drops messages.
func (c *outboxDropCmd) Run(con *Console) error {
	answer, err := c.client(con).DropOutbox(con.Ctx, c.Messages)
	return c.print(con, answer, err)
}
