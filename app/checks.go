package app

import (
	"context"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/history"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
)

// checkRuns runs checks: by the schedule, for verification, and for people who wait. Results go through the intake.
type checkRuns struct {
	engine     *checks.Engine
	intake     *alerts.Intake
	scheduler  *schedule.Scheduler
	recorder   *history.Recorder
	heartbeats *heartbeatReceiver
	states     *stateLog
}

func newCheckRuns(ctx context.Context, b *base, live *inventory.Live) (*checkRuns, error) {
	heartbeats, err := newHeartbeatReceiver(ctx, b)
	if err != nil {
		return nil, err
	}
	recorder := newHistory(ctx, b, live)
	r := &checkRuns{
		engine: checks.NewEngine(checks.DefaultLimits(), b.Now).Redacting(b.redact), recorder: recorder, heartbeats: heartbeats, states: &stateLog{log: b.component("states")},
	}
	r.intake = alerts.NewIntake(alerts.IntakeOptions{
		Scheduled: setup.Pool{Engine: r.engine, Kind: checks.Scheduled}, Verifying: setup.Pool{Engine: r.engine, Kind: checks.Verifications},
		Inventory: live.Current, Record: recorder.Record, Judged: r.states.changed,
		Failed: b.rateLimited("alerts", "keep what was judged; it is tried again"),
	})
	r.scheduler = newScheduler(b, r.intake)
	return r, r.scheduler.Set(entries(live.Current()))
}

func newScheduler(b *base, intake *alerts.Intake) *schedule.Scheduler {
	cfg := &b.conf.current().Config.Schedule
	log := b.component("schedule")
	return schedule.New(schedule.Options{
		Zone: cfg.Zone.Location(), Tick: time.Duration(cfg.Tick), Splay: time.Duration(cfg.Splay), Slots: b.db, TakenOver: b.epoch > 1, Start: intake.RunChecks,
		Fault: func(err error) { log.WithError(err).Error("keep the timetable") }, Now: b.Now,
		Clock: func(now time.Time, by time.Duration) {
			log.WithField("by", by.String()).WithField("now", now.UTC().Format(time.RFC3339)).Warn("the wall clock was set: all checks are planned anew")
		},
	})
}

// run runs the schedule, and at the end waits for the checks that it started: they are cut short with ctx.
func (r *checkRuns) run(ctx context.Context) error {
	err := r.scheduler.Run(ctx)
	r.intake.Wait()
	return err
}

// overdue are due checks without a result, and whether they wait rightly: there is no free slot, and those that have one end.
func (r *checkRuns) overdue(now time.Time) (over schedule.Overdue, waits bool) {
	over = r.scheduler.Overdue(now)
	return over, over.Moving && r.engine.Full(checks.Scheduled)
}

// onDemand runs checks for people who wait.
func (r *checkRuns) onDemand() setup.Pool {
	return setup.Pool{Engine: r.engine, Kind: checks.OnDemand}
}

// recheck runs a check soon.
func (r *checkRuns) recheck(id model.CheckID) { r.scheduler.Again(id, 0) }
