package cli

import (
	"context"
	"errors"
	"maps"
	"time"

	"opsbot/app"
	"opsbot/app/doctor"
	"opsbot/cli/control"
	"opsbot/model"
	"opsbot/texts"
)

type doctorCmd struct {
	ConfigFlag
	jsonFlag
}

// doctorWait bounds each thing that is asked.
const doctorWait = 10 * time.Second

// Run examines the installation. The exit code is 1 if something does not work.
func (c *doctorCmd) Run(con *Console) error {
	all := doctor.Examine(con.Ctx, doctor.Options{
		Config: c.Config, Getenv: con.Getenv, Source: app.AskSource, Wait: doctorWait,
		Bot: func(socket string) doctor.Bot { return control.New(socket, con.Language) },
	})
	if errors.Is(con.Ctx.Err(), context.Canceled) {
		return con.Ctx.Err()
	}
	if err := c.print(con, all); err != nil {
		return err
	}
	if doctor.Worst(all) == doctor.Fail {
		return exitError{ExitProblems}
	}
	return nil
}

// findingView is a finding for scripts.
type findingView struct {
	Code   string       `json:"code"`
	Status doctor.Level `json:"status"`
	Found  string       `json:"found"`
	Fix    string       `json:"fix,omitempty"`
}

func (c *doctorCmd) print(con *Console, all []doctor.Finding) error {
	views := make([]findingView, len(all))
	for i := range all {
		views[i] = con.finding(&all[i])
	}
	if c.JSON {
		return con.printJSON(views)
	}
	counts := map[doctor.Level]int{}
	for _, v := range views {
		counts[v.Status]++
		line := findingMarks[v.Status].Mark() + " " + v.Found
		if v.Fix != "" {
			line += "\n   → " + v.Fix
		}
		if err := con.printLine(line); err != nil {
			return err
		}
	}
	return con.printLine(con.text("doctor.sum", texts.Args{"ok": counts[doctor.OK], "warnings": counts[doctor.Warn], "failures": counts[doctor.Fail]}))
}

var findingMarks = map[doctor.Level]texts.Level{
	doctor.OK: texts.LevelOK, doctor.Warn: texts.LevelWarning, doctor.Fail: texts.LevelCritical, doctor.Skip: texts.LevelUnknown,
}

// finding words a finding. What others said is without secrets.
func (con *Console) finding(f *doctor.Finding) findingView {
	p := con.printer()
	args := texts.Args(maps.Clone(f.Args))
	for name, v := range args {
		switch v := v.(type) {
		case model.Problem:
			args[name] = redact(p.Problems(model.Problems{v}))
		case model.Reason:
			args[name] = redact(p.Reason(v))
		case error:
			args[name] = redact(con.said(v))
		}
	}
	view := findingView{Code: f.Code, Status: f.Level, Found: p.T("doctor."+f.Code, args)}
	if id := "doctor." + f.Code + ".fix"; p.Has(id) {
		view.Fix = p.T(id, args)
	}
	return view
}

// said is an error in one line: for people where it has words for them.
func (con *Console) said(err error) string {
	if e, ok := errors.AsType[*model.Error](err); ok {
		what, _ := con.printer().Error(e)
		return what
	}
	if send, ok := errors.AsType[*model.SendError](err); ok && send.Err != nil {
		err = send.Err
	}
	return model.ClipLines(err.Error(), mostSaid)
}

// mostSaid is how much of an error is shown, in characters.
const mostSaid = 200
