package cli

type extendCmd struct {
	askFlags
	Mute string   `arg:""`
	Time []string `arg:""`
}

// Run gives a mute more time.
func (c *extendCmd) Run(con *Console) error {
	answer, err := c.client(con).Extend(con.Ctx, append([]string{c.Mute}, c.Time...))
	return c.print(con, answer, err)
}
