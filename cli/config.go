package cli

import (
	"errors"
	"fmt"
	"strings"

	"opsbot/app/setup"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/texts"
)

type configCmd struct {
	Check configCheckCmd `cmd:""`
}

type configCheckCmd struct {
	ConfigFlag
	File string `arg:"" optional:"" type:"path"`
}

// Run validates a configuration and everything that it names.
func (c *configCheckCmd) Run(con *Console) error {
	path := c.Config
	if c.File != "" {
		path = c.File
	}
	l, err := setup.Load(path, nil)
	if problems, ok := errors.AsType[model.Problems](err); ok {
		con.problems(con.Out, problems)
		fmt.Fprintln(con.Err, con.text("config.check.problems", texts.Args{"n": len(problems)}))
		return exitError{ExitProblems}
	}
	if err != nil {
		return err
	}
	return con.printLine(con.summary(l))
}

// summary describes a configuration without errors.
func (con *Console) summary(l *setup.Loaded) string {
	inv := inventory.NewLive(l.Source(), inventory.Options{}).Current()
	cfg := l.Config
	lines := []string{
		con.text("config.check.ok", texts.Args{"files": strings.Join(cfg.Files, ", ")}),
		con.text("config.check.size", texts.Args{"clients": len(inv.Clients()), "hosts": len(inv.Hosts()), "checks": len(inv.Checks())}),
	}
	if cfg.Telegram.Token.IsZero() {
		lines = append(lines, con.text("config.check.no_token"))
	}
	if len(cfg.Connectivity.Probes) == 0 {
		lines = append(lines, con.text("config.check.no_probes"))
	}
	for _, note := range l.Notes() {
		lines = append(lines, con.text("config.check.note", texts.Args{"what": con.printer().Problems(model.Problems{note})}))
	}
	return strings.Join(lines, "\n")
}
