package cli

type historyCmd struct {
	askFlags
	Words []string `arg:"" optional:"" name:"selector-how-long" usage:"[<selector> ...] [<duration>]"`
}

// Run lists past incidents.
func (c *historyCmd) Run(con *Console) error {
	answer, err := c.client(con).History(con.Ctx, c.Words)
	return c.print(con, answer, err)
}
