package cli

type reportCmd struct {
	socketFlag
	Words []string `arg:"" name:"client-time" help:"A client, and a month 2026-10, days 2026-10-01..2026-10-15, or a length 7d. Default: this month."`
	HTML  string   `help:"Write the report to this file, with its picture in it." placeholder:"FILE" name:"html" type:"path"`
	CSV   string   `help:"Write the table to this file." placeholder:"FILE" name:"csv" type:"path"`
	Send  bool     `help:"Send it to the client's report_to in place of printing it."`
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
