package cli

type reloadCmd struct {
	socketFlag
	Force bool
}

// Run makes the bot read its configuration again.
func (c *reloadCmd) Run(con *Console) error {
	reload := c.client(con).Reload
	if c.Force {
		reload = c.client(con).ForceReload
	}
	notes, err := reload(con.Ctx)
	if err != nil {
		return err
	}
	said := con.text("cli.reload.done", nil)
	if len(notes) > 0 {
		said += "\n" + con.notes(notes)
	}
	return con.printLine(said)
}
