package main

import (
	"fmt"
	"os"

	"opsbot/model"
)

type reportCmd struct {
	socketFlag
	Words []string `arg:"" name:"client-time" help:"A client, and a month 2026-10, days 2026-10-01..2026-10-15, or a length 7d. Default: this month."`
	HTML  string   `help:"Write the report to this file, with its picture in it." placeholder:"FILE" name:"html" type:"path"`
	CSV   string   `help:"Write the table to this file." placeholder:"FILE" name:"csv" type:"path"`
	Send  bool     `help:"Send it to the client's report_to in place of printing it."`
}

// Run says how a client's services were.
func (c *reportCmd) Run(con *console) error {
	r, err := c.client(con).Report(con.ctx, c.Words, c.Send)
	if err != nil {
		return err
	}
	if !c.Send {
		if err := writeFiles(con, outFile{c.HTML, r.HTML()}, outFile{c.CSV, r.CSV()}); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(con.out, r.Text)
	return err
}

// outFile is what goes to a file; "" is no file.
type outFile struct {
	path string
	data []byte
}

// writeFiles writes files that only their owner reads: they name machines.
func writeFiles(con *console, all ...outFile) error {
	for _, f := range all {
		if f.path == "" {
			continue
		}
		if err := os.WriteFile(f.path, f.data, 0o600); err != nil {
			return &model.Error{Code: model.ErrFile, Args: map[string]string{"path": f.path, "what": err.Error()}, Err: err}
		}
		fmt.Fprintln(con.err, f.path)
	}
	return nil
}
