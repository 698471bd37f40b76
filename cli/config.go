package cli

import (
	"errors"
	"fmt"
	"strings"

	"opsbot/app/setup"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/store"
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
	if notes := l.Notes(con.paired(cfg.Store.Path)); len(notes) > 0 {
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

// paired are the paired chats of a database, as far as whoever asks may read it.
func (con *Console) paired(path string) []model.Chat {
	chats, err := store.PairedIn(con.Ctx, path)
	if err != nil {
		return nil // notes are said by the configuration alone
	}
	return chats
}
