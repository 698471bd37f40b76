package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os/user"
	"time"

	"opsbot/app/setup"
	"opsbot/model"
	"opsbot/texts"
)

type restoreCmd struct {
	databaseFlags
	Yes    bool
	DryRun bool
	File   string `arg:"" type:"path"`
}

// Run puts a backup in the place of the database of a bot that does not run.
func (c *restoreCmd) Run(con *Console) (err error) {
	r, at, err := setup.RestoreStore(con.Ctx, c.request(con), c.File, osUser())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, line := range c.plan(con, r, at) {
		if err := con.printLine(line); err != nil {
			return err
		}
	}
	if c.DryRun {
		return con.printLine(con.text("restore.not"))
	}
	if err := c.confirm(con, at); err != nil {
		return err
	}
	kept, err := r.Put(con.Ctx)
	if err != nil {
		return err
	}
	id := "restore.done"
	if kept == "" {
		id = "restore.done_new"
	}
	return con.printLine(con.text(id, texts.Args{"path": at.File, "kept": kept}))
}

// plan says what is restored, what that replaces, and what it brings about.
func (c *restoreCmd) plan(con *Console, r *setup.Restore, at setup.StorePlace) []string {
	now := time.Now()
	p := con.printer().In(time.Local)
	moment := func(t time.Time) string {
		if t.IsZero() {
			return p.T("restore.unknown")
		}
		return p.Moment(t, now)
	}
	lines := []string{
		p.N("restore.backup", int(r.Rows()), texts.Args{"file": c.File, "size": megabytes(p, r.Bytes), "made": moment(r.Made)}),
	}
	if r.Was.IsZero() {
		lines = append(lines, p.T("restore.place", texts.Args{"path": at.File}))
	} else {
		lines = append(lines, p.T("restore.replaces", texts.Args{"path": at.File, "was": moment(r.Was)}))
	}
	if r.Waiting > 0 {
		lines = append(lines, p.N("restore.waiting", r.Waiting, texts.Args{"oldest": moment(r.Oldest)}))
	}
	if r.Reports > 0 {
		lines = append(lines, p.N("restore.reports", r.Reports))
	}
	return append(lines, p.T("restore.after"))
}

func (c *restoreCmd) confirm(con *Console, at setup.StorePlace) error {
	switch {
	case c.Yes:
		return nil
	case !con.Interactive:
		return &model.Error{Code: model.ErrNeedYes, Args: map[string]string{"path": at.File}}
	case !ask(con, bufio.NewReader(con.In), con.text("restore.ask")):
		fmt.Fprintln(con.Out, con.text("restore.not"))
		return exitError{ExitProblems}
	}
	return nil
}

// osUser is who runs the command, for the audit log.
func osUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
