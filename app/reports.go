package app

import (
	"context"

	"opsbot"
	"opsbot/ops"
	"opsbot/report"
)

// reports lets the use cases write reports and send them.
type reports struct {
	*report.Writer
	a *App
}

// buildReports makes what writes reports.
func (a *App) buildReports(context.Context) error {
	w, err := report.New(report.Options{Texts: a.texts, Zone: a.zone, Instance: func() string { return a.loaded.Load().Config.Instance.Name }})
	a.reports = reports{w, a}
	return err
}

// Mails implements ops.Reports.
func (r reports) Mails() []ops.ReportMail {
	cfg := r.a.loaded.Load().Config
	var all []ops.ReportMail
	for i := range cfg.Email {
		e := &cfg.Email[i]
		all = append(all, ops.ReportMail{
			Name: "email:" + e.Name, To: opsbot.Destination{Channel: "email:" + e.Name}, Language: string(e.Language),
			Addresses: append(plainAddresses(e.To), plainAddresses(e.CC)...),
		})
	}
	return all
}

// Post implements ops.Reports.
func (r reports) Post(ctx context.Context, tellings []opsbot.Telling, audit opsbot.AuditEntry) error {
	_, err := r.a.db.Commit(ctx, opsbot.Change{Tellings: tellings, Audit: []opsbot.AuditEntry{audit}})
	if err == nil {
		r.a.dispatcher.Notify()
	}
	return err
}
