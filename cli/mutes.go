package cli

type mutesCmd struct{ socketFlag }

// Run lists the active mutes.
func (c *mutesCmd) Run(con *Console) error {
	answer, err := c.client(con).Mutes(con.Ctx)
	return jsonFlag{}.print(con, answer, err)
}
