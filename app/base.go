package app

import (
	"context"
	"errors"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot"
	"opsbot/checks"
	"opsbot/model"
	"opsbot/store"
	"opsbot/texts"
)

// base is what nearly every part needs.
type base struct {
	Options
	conf  *configuration
	db    *store.DB
	texts *texts.Catalog
	plain *bot.Plain // answers outside of the chat; it draws the charts of all

	refusals *refusals
	redact   model.Redactor // of what others say
}

// newBase reads the configuration and opens the database.
func newBase(ctx context.Context, o Options, conf *configuration) (*base, error) {
	catalog, err := texts.Load()
	if err != nil {
		return nil, err
	}
	place := &conf.current().Config.Store
	db, err := store.Open(ctx, store.Options{
		Path: place.Path, DSN: place.DSN.Reveal(), Now: o.Now, Audited: auditLines(o.Log.WithField("component", "audit")),
	})
	if err != nil {
		return nil, err
	}
	b := &base{Options: o, conf: conf, db: db, texts: catalog}
	b.redact = (&redactor{conf: conf}).text
	o.Log.AddHook(redactLog{b.redact})
	b.refusals = newRefusals(b.component("guard"), o.Now)
	b.plain = &bot.Plain{Texts: catalog.CommandLine(), Zone: b.zone, Now: o.Now, Draw: newCharts().draw}
	return b, nil
}

// component is a logger for one part.
func (b *base) component(name string) logrus.FieldLogger { return b.Log.WithField("component", name) }

// rateLimited writes errors of a part to the log, the same one at most once a minute.
func (b *base) rateLimited(component, text string) func(error) {
	return (&rateLimited{log: b.component(component), text: text, now: time.Now}).write
}

// rateLimitedLine is rateLimited for lines that are no errors of ours.
func (b *base) rateLimitedLine(component, text string) func(line string) {
	write := b.rateLimited(component, text)
	return func(line string) { write(errors.New(line)) }
}

// zone is the time zone in which people read times.
func (b *base) zone() *time.Location { return b.conf.current().Config.Alerts.Timezone.Location() }

// checkInputs are the parts that the checks of [[checks]] ask. Those parts are built from the configuration, which already
// has the checks: New sets them as soon as they exist, before anything runs a check.
type checkInputs struct {
	hostPicker
	*heartbeatReceiver
}

func (i *checkInputs) deps(now func() time.Time) checks.Deps {
	return checks.Deps{Hosts: i, Heartbeats: i, Now: now}
}
