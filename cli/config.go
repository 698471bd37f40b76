package cli

import (
	"errors"
	"fmt"
	"strings"

	"opsbot/app/setup"
	"opsbot/inventory"
	"opsbot/model"
)

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Say every mistake in a configuration. Exit code 0: none."`
}

type configCheckCmd struct {
	ConfigFlag
	File string `arg:"" optional:"" type:"path" help:"Configuration file, in place of --config."`
}

// Run validates a configuration and everything that it names.
func (c *configCheckCmd) Run(con *Console) error {
	path := c.Config
	if c.File != "" {
		path = c.File
	}
	l, err := setup.Load(path, nil)
	if problems, ok := errors.AsType[model.Problems](err); ok {
		fmt.Fprintln(con.Out, problems.Error())
		fmt.Fprintf(con.Err, "problems: %d\n", len(problems))
		return exitError{ExitProblems}
	}
	if err != nil {
		return err
	}
	return con.printLine(summary(l))
}

// summary describes a configuration without errors.
func summary(l *setup.Loaded) string {
	inv := inventory.NewLive(l.Source(), inventory.Options{}).Current()
	cfg := l.Config
	lines := []string{
		fmt.Sprintf("%s: no mistakes", strings.Join(cfg.Files, ", ")),
		fmt.Sprintf("before DNS is asked: clients %d, hosts %d, checks %d", len(inv.Clients()), len(inv.Hosts()), len(inv.Checks())),
	}
	if cfg.Telegram.Token.IsZero() {
		lines = append(lines, "note: there is no Telegram token, so alerts go to the console only")
	}
	if len(cfg.Connectivity.Probes) == 0 {
		lines = append(lines, `note: [connectivity] has no probes, so when this machine's own network fails, everything is told as down; probes = ["tcp:ROUTER:53"] prevents that`)
	}
	return strings.Join(lines, "\n")
}
