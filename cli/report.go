package cli

type reportCmd struct {
	socketFlag
	Words []string `arg:"" name:"client-time" usage:"<client> [<period>]"`
	HTML  string   `placeholder:"FILE" name:"html" type:"path"`
	CSV   string   `placeholder:"FILE" name:"csv" type:"path"`
	Send  bool
}

// Run reports on a client's services.
func (c *reportCmd) Run(con *Console) error {
	r, err := c.client(con).Report(con.Ctx, c.Words, c.Send)
	if err != nil {
		return err
	}
	if !c.Send {
		if err := con.writeFiles(output{c.HTML, r.HTML()}, output{c.CSV, r.CSV()}); err != nil {
			return err
		}
	}
	return con.printLine(r.Text)
}
