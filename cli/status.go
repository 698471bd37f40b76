package cli

type statusCmd struct {
	askFlags
	Words []string `arg:"" optional:"" name:"selector"`
}

// Run prints the current state. The exit code is 1 when something is down.
func (c *statusCmd) Run(con *Console) error {
	st, err := c.client(con).Status(con.Ctx, c.Words)
	if err != nil {
		return err
	}
	if err := con.print(st.Answer, c.JSON); err != nil {
		return err
	}
	if st.Down() {
		return exitError{ExitProblems}
	}
	return nil
}
