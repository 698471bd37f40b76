package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"opsbot/app/setup"
	"opsbot/cli/control"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/texts"
)

type configCmd struct {
	Check  configCheckCmd  `cmd:""`
	Schema configSchemaCmd `cmd:""`
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
	if len(inv.Checks())+len(inv.Clients()) == 0 {
		lines = append(lines, con.text("config.check.nothing"))
	}
	if cfg.Telegram.Token.IsZero() {
		lines = append(lines, con.text("config.check.no_token"))
	}
	if len(cfg.Connectivity.Probes) == 0 {
		lines = append(lines, con.text("config.check.no_probes"))
	}
	if notes := l.Notes(con.paired(cfg.Control.Socket), time.Now()); len(notes) > 0 {
		lines = append(lines, con.notes(notes))
	}
	return strings.Join(lines, "\n")
}

// notes are what is allowed and most likely not meant, a line each.
func (con *Console) notes(notes model.Problems) string {
	lines := make([]string, len(notes))
	for i, note := range notes {
		lines[i] = con.text("config.check.note", texts.Args{"what": con.printer().Problems(model.Problems{note})})
	}
	return strings.Join(lines, "\n")
}

// paired are the chats that were paired with the bot of a control socket, if it runs and whoever asks may know.
func (con *Console) paired(socket string) []model.Chat {
	ctx, cancel := context.WithTimeout(con.Ctx, pairedWait)
	defer cancel()
	chats, err := control.New(socket, con.Language).Paired(ctx)
	if err != nil {
		return nil // notes are said by the configuration alone
	}
	return chats
}

// pairedWait bounds how long the bot is asked: a bot that hangs must not hold up who looks for the reason.
const pairedWait = 2 * time.Second
