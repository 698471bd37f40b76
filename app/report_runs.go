package app

import (
	"context"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
)

// The pace of looking whether a report is due: the clock that was handed in may jump. One that could not be made is tried again
// after a while, as long as it is not too late for it.
const (
	reportPace  = 15 * time.Second
	reportPause = 5 * time.Minute
	recallPause = time.Second
)

// runReports makes the reports that have a schedule, each by itself, so that none is made twice at once. A reload begins anew: what
// was under way is cut short, and made again.
func (a *App) runReports(ctx context.Context) error {
	for ctx.Err() == nil {
		l := a.loaded.Load()
		run, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		for i := range l.Config.Reports {
			if r := &l.Config.Reports[i]; r.Schedule != "" {
				all.Go(func() { a.keepReport(run, l, r) })
			}
		}
		select {
		case <-ctx.Done():
		case <-a.reportsAgain:
		}
		stop()
		all.Wait()
	}
	return nil
}

// keepReport makes one report whenever it is due, until ctx ends.
func (a *App) keepReport(ctx context.Context, l *setup.Loaded, r *config.Report) {
	log := a.component("reports").WithField("report", r.Name)
	table, err := schedule.Parse(string(r.Schedule), reportZone(l.Config, r))
	if err != nil { // Load has seen it
		log.WithError(err).Error("read the schedule")
		return
	}
	last, ok := a.lastReport(ctx, log, r.Name)
	if !ok {
		return
	}
	said := time.Time{} // the due moment of which it was said that it failed
	for {
		now := a.o.Now()
		due, missed := schedule.Missed(table, last, now, time.Duration(r.Grace))
		wait := reportPace
		if next := table.Next(now); !next.IsZero() {
			wait = min(wait, max(time.Millisecond, next.Sub(now)))
		}
		if missed {
			err := a.makeReport(ctx, l, r, due)
			if err == nil {
				last = due
				continue
			}
			wait = reportPause
			if !said.Equal(due) && ctx.Err() == nil {
				said = due
				a.sayFailed(ctx, log, r.Name, err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// reportZone is the zone of a report's schedule. That of a client is of a day, a week or a month of alerts.timezone, which must be
// over by then.
func reportZone(cfg *config.Config, r *config.Report) *time.Location {
	if r.Kind == config.ReportClient {
		return cfg.Alerts.Timezone.Location()
	}
	return cfg.Schedule.Zone.Location()
}

// lastReport is the due moment that a report was made for last. One that was never made begins now: what was due before it was
// configured was not missed. A store that refuses is asked again, until ctx ends: what was missed must not be taken for made.
func (a *App) lastReport(ctx context.Context, log logrus.FieldLogger, name string) (time.Time, bool) {
	for said := false; ; said = true {
		last, err := a.db.Reported(ctx, name)
		if err == nil && last.IsZero() {
			last = a.o.Now()
			err = a.reports.Post(ctx, model.Change{Reported: map[string]time.Time{name: last}})
		}
		if err == nil {
			return last, true
		}
		if !said && ctx.Err() == nil {
			log.WithError(err).Error("recall when a report was made; it is tried again")
		}
		select {
		case <-ctx.Done():
			return last, false
		case <-time.After(recallPause):
		}
	}
}

// makeReport makes a report, and puts it into the outbox.
func (a *App) makeReport(ctx context.Context, l *setup.Loaded, r *config.Report, due time.Time) error {
	log := a.component("reports").WithFields(logrus.Fields{"report": r.Name, "due": due.Format(time.RFC3339)})
	who := model.Actor{Name: r.Name, Via: "config", Role: model.RoleAdmin}
	run := a.actions.RunReport
	if r.Kind == config.ReportClient {
		run = a.actions.RunClientReports
	}
	sent, err := run(ctx, who, l.ReportPlan(r, due, a.o.Getenv))
	if err != nil {
		if ctx.Err() == nil {
			log.WithError(err).Error("make a report; it is tried again")
		}
		return err
	}
	log.WithField("recipients", len(sent)).Info("a report was made")
	return nil
}

// sayFailed tells people that a report could not be made.
func (a *App) sayFailed(ctx context.Context, log logrus.FieldLogger, name string, why error) {
	to, ok := a.noticeTo(model.Destination{})
	if !ok {
		return
	}
	language := a.people.Language(to)
	if to.Chat == 0 {
		language = a.languageOf(to)
	}
	what, _ := a.texts.For(language).Error(why)
	if err := a.actions.NoteFailedReport(ctx, name, what, to); err != nil && ctx.Err() == nil {
		log.WithError(err).Error("say that a report could not be made")
	}
}
