package cli

type outboxCmd struct {
	List  outboxListCmd  `cmd:"" help:"List the messages that wait, and those that were given up."`
	Retry outboxRetryCmd `cmd:"" help:"Send messages again that were given up."`
	Drop  outboxDropCmd  `cmd:"" help:"Drop messages for good: they are never sent."`
}

type outboxListCmd struct {
	askFlags
	Dead bool `help:"Only those that were given up."`
}

// Run lists messages.
func (c *outboxListCmd) Run(con *Console) error {
	answer, err := c.client(con).Outbox(con.Ctx, c.Dead)
	return c.print(con, answer, err)
}

type outboxRetryCmd struct {
	askFlags
	Messages []string `arg:"" help:"Numbers of opsbot outbox list --dead, or all."`
}

// Run sends dead letters again.
func (c *outboxRetryCmd) Run(con *Console) error {
	answer, err := c.client(con).RetryOutbox(con.Ctx, c.Messages)
	return c.print(con, answer, err)
}

type outboxDropCmd struct {
	askFlags
	Messages []string `arg:"" help:"Numbers of opsbot outbox list."`
}

// Run drops messages.
func (c *outboxDropCmd) Run(con *Console) error {
	answer, err := c.client(con).DropOutbox(con.Ctx, c.Messages)
	return c.print(con, answer, err)
}
