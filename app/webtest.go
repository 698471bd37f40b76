package app

import (
	"context"
	"os"
	"time"

	"opsbot/bot"
	"opsbot/checks"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// WebTestOptions ask for a live test by itself, without a daemon, a database or Telegram.
type WebTestOptions struct {
	ConfigPath string
	Words      []string
	Threshold  int    // percent; 0 takes the configuration's
	Logs       bool   // what the logs of the hosts that failed say, too
	Language   string // of the words
	Progress   func(done, total, failed int)
}

// TestResult is what a live test saw, for a terminal or a script.
type TestResult struct {
	test   *model.WebTest
	plain  bot.Plain
	lang   string
	loaded *Loaded
	inv    *model.Inventory
	wanted bool // logs were
	getenv func(string) string
}

// Problems reports whether there is anything to see to.
func (t *TestResult) Problems() bool { return t.test.Failed+t.test.Unknown > 0 }

// Text is what a person reads.
func (t *TestResult) Text() string {
	text := t.plain.Test(t.lang, t.test)
	if len(t.test.Logs) > 0 {
		text += "\n\n" + t.plain.TestLogs(t.lang, t.test)
	}
	return text
}

// WebTest runs a live test.
func WebTest(ctx context.Context, o WebTestOptions) (*TestResult, error) {
	catalog, err := texts.Load()
	if err != nil {
		return nil, err
	}
	loaded, err := Load(o.ConfigPath, nil)
	if err != nil {
		return nil, err
	}
	live, err := look(ctx, loaded)
	if err != nil {
		return nil, err
	}
	var room logRoom
	if err := room.open(loaded.Config, time.Now); err != nil {
		return nil, err
	}
	defer room.close()
	actions := ops.New(ops.Deps{
		Logs: &room, LogPolicy: func() ops.LogPolicy { return logPolicyOf(loaded.Config) },
		Inventory: picture{live}, Engine: onDemand{checks.NewEngine(checks.DefaultLimits(), time.Now)}, Alerts: noManager{},
		Audit: noAudit{}, Recheck: func(model.CheckID) {}, Now: time.Now,
	})
	test, err := actions.WebTest(ctx, byHand, ops.WebTestRequest{
		Words: o.Words, Threshold: o.Threshold, Logs: o.Logs, Progress: func(p ops.WebTestProgress) { o.Progress(p.Done, p.Total, p.Failed) },
	})
	if warnings := live.Warnings(); model.CodeOf(err) == model.ErrNothingSelected && len(warnings) > 0 {
		err = &model.Error{Code: model.ErrNoName, Args: map[string]string{"name": warnings[0].Name}, Err: err}
	}
	if err == nil {
		err = ctx.Err() // cut short: what was not run is no result
	}
	if err != nil {
		return nil, err
	}
	zone := loaded.Config.Alerts.Timezone.Location()
	return &TestResult{test: test, lang: o.Language, loaded: loaded, inv: picture{live}.Current(), wanted: o.Logs, getenv: os.Getenv, plain: bot.Plain{
		Texts: catalog, Now: time.Now, Zone: func() *time.Location { return zone },
	}}, nil
}

// noManager stands for states where there are none: a run by itself judges nothing.
type noManager struct{}

// State implements ops.Alerts.
func (noManager) State(model.CheckID) (model.CheckState, bool) { return model.CheckState{}, false }

// States implements ops.Alerts.
func (noManager) States() map[model.CheckID]model.CheckState { return nil }

// ServiceStates implements ops.Alerts.
func (noManager) ServiceStates(model.Scope) []model.ServiceState { return nil }

// OpenIncidents implements ops.Alerts.
func (noManager) OpenIncidents(model.Scope) []model.Incident { return nil }

// Incident implements ops.Alerts.
func (noManager) Incident(model.IncidentID) (model.Incident, bool) { return model.Incident{}, false }

// noAudit keeps no log: the shell's history has what was run.
type noAudit struct{}

// Audit implements ops.Auditor.
func (noAudit) Audit(context.Context, model.AuditEntry) error { return nil }
