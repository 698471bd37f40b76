package main

import (
	"errors"
	"fmt"
	"strings"

	"opsbot/app"
)

type webtestCmd struct {
	configFlag
	Words     []string `arg:"" name:"selector" help:"Clients, services, hosts, labels, or all."`
	Threshold int      `help:"Share of errors, in percent, from which a service is worth a warning. Default: err_threshold of the configuration." default:"0"`
	JSON      bool     `help:"Print JSON." name:"json"`
	Logs      bool     `help:"With log lines of the hosts that fail."`
	Mail      bool     `help:"Send the report, by itself, to those who get it by what was found: to_errors or to_fine of a report of the configuration, else every mail in it. Exit code 2 when it could not be sent."`
	Report    string   `help:"Which of several reports says to whom, with --mail." placeholder:"NAME"`
	HTML      string   `help:"Write the report to this file." placeholder:"FILE" name:"html" type:"path"`
	CSV       string   `help:"Write all that was tested to this file." placeholder:"FILE" name:"csv" type:"path"`
}

// Validate is called by kong.
func (c *webtestCmd) Validate() error {
	if c.Threshold < 0 || c.Threshold > 100 {
		return fmt.Errorf("--threshold=%d: a percentage from 1 to 100", c.Threshold)
	}
	if c.Report != "" && !c.Mail {
		return errors.New("--report goes with --mail")
	}
	return nil
}

// barWidth is the bar's length: with the counts it stays under 80 columns.
const barWidth = 40

// Run tests and prints what came of it. The exit code is 1 when there are findings.
func (c *webtestCmd) Run(con *console) error {
	shown := false
	progress := func(done, total, failed int) {
		if !con.terminal {
			return
		}
		shown = true
		full := done * barWidth / max(1, total)
		fmt.Fprintf(con.err, "\r[%s%s] %d/%d, %d ✗ ", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, total, failed)
	}
	t, err := app.WebTest(con.ctx, app.WebTestOptions{
		ConfigPath: c.Config, Words: c.Words, Threshold: c.Threshold, Language: con.language, Progress: progress, Logs: c.Logs,
	})
	if shown {
		fmt.Fprintln(con.err)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(con, t.JSON())
	} else {
		_, err = fmt.Fprintln(con.out, t.Text())
	}
	if err == nil {
		err = c.handOut(con, t)
	}
	if err == nil && t.Problems() {
		return exitError{exitProblems}
	}
	return err
}

// handOut writes the report to files, and sends it.
func (c *webtestCmd) handOut(con *console, t *app.TestResult) error {
	for _, note := range t.Notes() {
		fmt.Fprintln(con.err, note)
	}
	page, err := t.HTML()
	if err != nil {
		return err
	}
	table, err := t.CSV()
	if err != nil {
		return err
	}
	if err := writeFiles(con, outFile{c.HTML, page}, outFile{c.CSV, table}); err != nil || !c.Mail {
		return err
	}
	all, err := t.Mail(con.ctx, c.Report)
	if err != nil {
		return err
	}
	failed, sent := false, len(all) == 0
	for _, d := range all {
		fmt.Fprintln(con.err, d.Text)
		failed, sent = failed || !d.Sent && !d.Skipped, sent || d.Sent
	}
	if len(all) == 0 {
		fmt.Fprintln(con.err, t.Nobody())
	}
	if failed || !sent {
		return exitError{exitFailed}
	}
	return nil
}
