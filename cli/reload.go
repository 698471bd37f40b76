package cli

type reloadCmd struct{ socketFlag }

// Run makes the bot read its configuration again.
func (c *reloadCmd) Run(con *Console) error { return c.client(con).Reload(con.Ctx) }
