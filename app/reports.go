package app

import (
	"context"
	"strings"
	"time"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/model"
	"opsbot/notify"
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
	w, err := report.New(report.Options{
		Texts: a.texts, Zone: a.zone, Instance: func() string { return a.loaded.Load().Config.Instance.Name },
		Chart: func(ctx context.Context, s model.Series, language string) ([]byte, error) {
			return a.plain().Picture(ctx, language, s)
		},
	})
	a.reports = reports{w, a}
	return err
}

// Mails implements ops.Reports.
func (r reports) Mails() []ops.ReportTarget {
	cfg := r.a.loaded.Load().Config
	var all []ops.ReportTarget
	for i := range cfg.Email {
		if len(cfg.Email[i].To) > 0 {
			all = append(all, setup.MailTarget(&cfg.Email[i]))
		}
	}
	return all
}

// Post implements ops.Reports.
func (r reports) Post(ctx context.Context, c model.Change) error {
	_, err := r.a.db.Commit(ctx, c)
	if err == nil {
		r.a.dispatcher.Notify()
	}
	return err
}

// Made implements ops.Reports.
func (r reports) Made(ctx context.Context, name string) (time.Time, error) {
	return r.a.db.Reported(ctx, name)
}

// ClientTarget implements ops.Reports: clients are written to by the mail that the first of the reports for them names.
func (r reports) ClientTarget(c model.Client) (ops.ReportTarget, bool) {
	cfg := r.a.loaded.Load().Config
	for i := range cfg.Reports {
		if rep := &cfg.Reports[i]; rep.Kind == config.ReportClient {
			return setup.ClientTarget(cfg, rep.Via.Channel, &c)
		}
	}
	return ops.ReportTarget{}, false
}

// clientChannels are the ways to all clients that reports go to.
func (a *App) clientChannels(l *setup.Loaded, declared *setup.Channels, add func(name string, c notify.Channel)) {
	vias := map[string]bool{}
	for i := range l.Config.Reports {
		if r := &l.Config.Reports[i]; r.Kind == config.ReportClient {
			vias[r.Via.Channel] = true
		}
	}
	clients := l.Plan.Clients()
	for via := range vias {
		e, ok := l.Config.Mail(via)
		if !ok {
			continue
		}
		for i := range clients {
			to, ok := setup.ClientTarget(l.Config, via, &clients[i])
			if !ok {
				continue
			}
			own := *e // nobody but the client reads it
			own.To, own.CC, own.Language = nil, nil, config.Language(to.Language)
			for _, address := range to.Addresses {
				own.To = append(own.To, config.MailAddress(address))
			}
			add(to.Name, declared.Mail(&own))
		}
	}
}

// clientLanguage is the language of the way to a client; "" when a destination is none.
func (a *App) clientLanguage(to model.Destination) string {
	via, name, ok := strings.Cut(to.Channel, "/")
	if !ok {
		return ""
	}
	client, _ := a.live.Current().Client(name)
	if target, ok := setup.ClientTarget(a.loaded.Load().Config, via, &client); ok {
		return target.Language
	}
	return ""
}
