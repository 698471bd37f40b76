package cli

type reloadCmd struct {
	socketFlag
	Force bool
}

// Run makes the bot read its configuration again.
func (c *reloadCmd) Run(con *Console) error {
	if c.Force {
		return c.client(con).ForceReload(con.Ctx)
	}
	return c.client(con).Reload(con.Ctx)
}
