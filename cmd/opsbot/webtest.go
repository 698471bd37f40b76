package main

import (
	"fmt"
	"strings"

	"opsbot/app"
)

type webtestCmd struct {
	configFlag
	Words     []string `arg:"" name:"selector" help:"Clients, services, hosts, labels, or all."`
	Threshold int      `help:"Share of errors, in percent, from which a service is worth a warning. Default: err_threshold of the configuration." default:"0"`
	Logs      bool     `help:"Say too what the logs of the hosts that failed say."`
	JSON      bool     `help:"Print JSON." name:"json"`
}

// Validate is called by kong.
func (c *webtestCmd) Validate() error {
	if c.Threshold < 0 || c.Threshold > 100 {
		return fmt.Errorf("--threshold=%d: a percentage from 1 to 100", c.Threshold)
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
		ConfigPath: c.Config, Words: c.Words, Threshold: c.Threshold, Logs: c.Logs, Language: con.language, Progress: progress,
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
	if err == nil && t.Problems() {
		return exitError{exitProblems}
	}
	return err
}
