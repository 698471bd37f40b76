package app

import (
	"context"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/schedule"
)

// The pace at which it is checked whether a report is due: the given clock may jump. One that could not be made is tried again
// after a pause, as long as it is not too late for it.
const (
	reportPace  = 15 * time.Second
	reportPause = 5 * time.Minute
	recallPause = time.Second
	// reportAhead is how far in the future a report may seem to have been made: the wall clock was set back since, and it is not made
	// twice. What is further ahead was made by a clock that was wrong.
	reportAhead = model.Day / 2
)

// reportRuns makes the reports that have a schedule.
type reportRuns struct {
	*base
	reports *reports
	actions *ops.Actions
	outbox  *outbox
	again   chan struct{} // the configuration of reports may have changed
}

func newReportRuns(b *base, w *reports, actions *ops.Actions, box *outbox) *reportRuns {
	return &reportRuns{base: b, reports: w, actions: actions, outbox: box, again: make(chan struct{}, 1)}
}

// reload begins anew, with the reports of another configuration.
func (r *reportRuns) reload() {
	select {
	case r.again <- struct{}{}:
	default: // it begins anew anyway
	}
}

// run makes each report by itself, so that none is made twice at once. A reload begins anew: what was running is interrupted, and
// made again.
func (r *reportRuns) run(ctx context.Context) error {
	for ctx.Err() == nil {
		l := r.conf.current()
		run, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		for i := range l.Config.Reports {
			if cfg := &l.Config.Reports[i]; cfg.Schedule != "" {
				one := scheduledReport{reportRuns: r, loaded: l, cfg: cfg, log: r.component("reports").WithField("report", cfg.Name)}
				all.Go(func() { one.run(run) })
			}
		}
		select {
		case <-ctx.Done():
		case <-r.again:
		}
		stop()
		all.Wait()
	}
	return nil
}

// scheduledReport is one of [[reports]] with a schedule.
type scheduledReport struct {
	*reportRuns
	loaded *setup.Loaded
	cfg    *config.Report
	log    logrus.FieldLogger
}

// run makes the report whenever it is due, until ctx ends.
func (r *scheduledReport) run(ctx context.Context) {
	table, err := schedule.Parse(string(r.cfg.Schedule), reportZone(r.loaded.Config, r.cfg))
	if err != nil { // the configuration was validated
		r.log.WithError(err).Error("read the schedule")
		return
	}
	last, ok := r.last(ctx)
	if !ok {
		return
	}
	failed := time.Time{} // the due moment whose failure was reported
	for {
		now := r.Now()
		last = model.LastRun(last, now, reportAhead)
		due, missed := schedule.Missed(table, last, now, time.Duration(r.cfg.Grace))
		wait := reportPace
		if next := table.Next(now); !next.IsZero() {
			wait = min(wait, max(time.Millisecond, next.Sub(now)))
		}
		if missed {
			err := r.make(ctx, due)
			if err == nil {
				last = due
				continue
			}
			wait = reportPause
			if !failed.Equal(due) && ctx.Err() == nil {
				failed = due
				r.notifyFailed(ctx, err)
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

// last is the due moment for which the report was made last. One that was never made begins now: what was due before it was
// configured was not missed. A store that refuses is asked again, until ctx ends: what was missed must not count as made.
func (r *scheduledReport) last(ctx context.Context) (time.Time, bool) {
	for logged := false; ; logged = true {
		last, err := r.db.Reported(ctx, r.cfg.Name)
		if err == nil && last.IsZero() {
			last = r.Now()
			err = r.reports.Post(ctx, model.Change{Reported: map[string]time.Time{r.cfg.Name: last}})
		}
		if err == nil {
			return last, true
		}
		if !logged && ctx.Err() == nil {
			r.log.WithError(err).Error("recall when a report was made; it is tried again")
		}
		select {
		case <-ctx.Done():
			return last, false
		case <-time.After(recallPause):
		}
	}
}

// make makes the report, and puts it into the outbox.
func (r *scheduledReport) make(ctx context.Context, due time.Time) error {
	log := r.log.WithField("due", due.Format(time.RFC3339))
	who := model.Actor{Name: r.cfg.Name, Via: "config", Role: model.RoleAdmin}
	run := r.actions.RunReport
	if r.cfg.Kind == config.ReportClient {
		run = r.actions.RunClientReports
	}
	sent, err := run(ctx, who, r.loaded.ReportPlan(r.cfg, due, r.Getenv))
	if err != nil {
		if ctx.Err() == nil {
			log.WithError(err).Error("make a report; it is tried again")
		}
		return err
	}
	log.WithField("recipients", len(sent)).Info("a report was made")
	return nil
}

// notifyFailed sends a notice that the report could not be made.
func (r *scheduledReport) notifyFailed(ctx context.Context, why error) {
	to, ok := r.outbox.noticeTo(model.Destination{})
	if !ok {
		return
	}
	what, _ := r.texts.For(r.outbox.cards.Language(to)).Error(why)
	if err := r.actions.NoteFailedReport(ctx, r.cfg.Name, what, to); err != nil && ctx.Err() == nil {
		r.log.WithError(err).Error("notify that a report could not be made")
	}
}
