package cli

type unmuteCmd struct {
	socketFlag
	Words []string `arg:"" name:"mute"`
}

// Run ends mutes.
func (c *unmuteCmd) Run(con *Console) error {
	answer, err := c.client(con).Unmute(con.Ctx, c.Words)
	return jsonFlag{}.print(con, answer, err)
}
