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

// reports writes reports and sends them. It implements ops.Reports.
type reports struct {
	*base
	*report.Writer
	dispatcher *notify.Dispatcher
}

func newReports(b *base, dispatcher *notify.Dispatcher) (*reports, error) {
	w, err := report.New(report.Options{
		Texts: b.texts, Zone: b.zone, Instance: func() string { return b.conf.current().Config.Instance.Name },
		Chart: func(ctx context.Context, s model.Series, language string) ([]byte, error) {
			return b.plain.Picture(ctx, language, s)
		},
	})
	return &reports{b, w, dispatcher}, err
}

// Mails implements ops.Reports.
func (r *reports) Mails() []ops.ReportTarget {
	loaded := r.conf.current()
	routing := loaded.Routing(nil)
	var all []ops.ReportTarget
	for i := range loaded.Config.Email {
		if e := &loaded.Config.Email[i]; len(e.To) > 0 {
			to := setup.MailTarget(e)
			to.Scope = routing.Readers(to.To)
			all = append(all, to)
		}
	}
	return all
}

// Post implements ops.Reports.
func (r *reports) Post(ctx context.Context, c model.Change) error {
	_, err := r.db.Commit(ctx, c)
	if err == nil {
		r.dispatcher.Notify()
	}
	return err
}

// Made implements ops.Reports.
func (r *reports) Made(ctx context.Context, name string) (time.Time, error) {
	return r.db.Reported(ctx, name)
}

// ClientTarget implements ops.Reports: clients get mail through the [[email]] of the first of the reports for them.
func (r *reports) ClientTarget(c model.Client) (ops.ReportTarget, bool) {
	cfg := r.conf.current().Config
	for i := range cfg.Reports {
		if rep := &cfg.Reports[i]; rep.Kind == config.ReportClient {
			return setup.ClientTarget(cfg, rep.Via.Channel, &c)
		}
	}
	return ops.ReportTarget{}, false
}

// clientLanguage is the language of a client's own channel; "" when a destination is none.
func clientLanguage(b *base, inv *model.Inventory, to model.Destination) string {
	via, name, ok := strings.Cut(to.Channel, "/")
	if !ok {
		return ""
	}
	client, _ := inv.Client(name)
	if target, ok := setup.ClientTarget(b.conf.current().Config, via, &client); ok {
		return target.Language
	}
	return ""
}
