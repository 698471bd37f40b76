package main

import (
	"fmt"

	"opsbot/app"
)

type beforeCmd struct {
	configFlag
	File  string   `arg:"" help:"Where to write what was measured." type:"path"`
	Words []string `arg:"" name:"selector" help:"Clients, services, hosts, labels, or all."`
	JSON  bool     `help:"Print JSON." name:"json"`
}

// Run measures, before an update.
func (c *beforeCmd) Run(con *console) error {
	o, end := con.update(c.Config, c.File, c.Words)
	r, err := app.Before(con.ctx, o)
	end()
	return con.updated(r, err, c.JSON)
}

type afterCmd struct {
	configFlag
	File  string   `arg:"" help:"What opsbot before has written." type:"path"`
	Words []string `arg:"" optional:"" name:"selector" help:"What to compare. Default: what was measured before."`
	JSON  bool     `help:"Print JSON." name:"json"`
}

// Run measures again, and says what changed.
func (c *afterCmd) Run(con *console) error {
	o, end := con.update(c.Config, c.File, c.Words)
	r, err := app.After(con.ctx, o)
	end()
	return con.updated(r, err, c.JSON)
}

// update asks for rounds, which are shown on a terminal; end ends their line.
func (con *console) update(config, file string, words []string) (o app.UpdateOptions, end func()) {
	shown := false
	progress := func(round, rounds, done, total int) {
		if con.terminal {
			shown = true
			fmt.Fprintf(con.err, "\r%d/%d: %d/%d ", round, rounds, done, total)
		}
	}
	return app.UpdateOptions{ConfigPath: config, File: file, Words: words, Language: con.language, Progress: progress}, func() {
		if shown {
			fmt.Fprintln(con.err)
		}
	}
}

// updated prints what came of it. The exit code is 1 when something is worse than it was, and 2 when that cannot be said.
func (con *console) updated(r *app.UpdateResult, err error, asJSON bool) error {
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(con, r.JSON())
	} else {
		_, err = fmt.Fprintln(con.out, r.Text())
	}
	switch {
	case err != nil:
		return err
	case r.Worse():
		return exitError{exitProblems}
	case r.Unclear():
		return exitError{exitFailed}
	}
	return nil
}
