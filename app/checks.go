package app

import (
	"context"
	"time"

	"opsbot/alerts"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
)

// firstLookup bounds how long a start waits for DNS; names that answer later come with the next refresh.
const firstLookup = 10 * time.Second

// buildInventory makes the inventory, with the hosts that DNS knows.
func (a *App) buildInventory(ctx context.Context) error {
	log := a.component("inventory")
	a.live = inventory.NewLive(a.loaded.Load().source(), inventory.Options{
		Resolver: a.o.Resolver, Answers: a.db, Now: a.o.Now, Report: func(err error) { log.WithError(err).Error("look up names") },
	})
	a.links.live.Store(a.live)
	ctx, cancel := context.WithTimeout(ctx, firstLookup)
	defer cancel()
	if err := a.live.Start(ctx); err != nil {
		log.WithError(err).Error("take up DNS answers")
	}
	a.names = &nameLog{log: log}
	a.names.look(a.live.Warnings())
	return nil
}

// buildChecks makes the engine, the intake of results, and the scheduler.
func (a *App) buildChecks(context.Context) error {
	cfg := &a.loaded.Load().Config.Schedule
	log := a.component("schedule")
	a.engine = checks.NewEngine(checks.DefaultLimits(), a.o.Now)
	a.intake = alerts.NewIntake(alerts.IntakeOptions{
		Scheduled: pool{a.engine, checks.Scheduled}, Verifying: pool{a.engine, checks.Verifications}, Inventory: a.live.Current,
		Record: a.history.Record, Judged: func() { a.states.moved.Store(true) },
		Failed: (&rateLimited{log: a.component("alerts"), text: "keep what was judged; it is tried again", now: time.Now}).write,
	})
	a.scheduler = schedule.New(schedule.Options{
		Zone: cfg.Zone.Location(), Tick: time.Duration(cfg.Tick), Splay: time.Duration(cfg.Splay), Slots: a.db, Start: a.intake.RunChecks,
		Fault: func(err error) { log.WithError(err).Error("keep the timetable") },
	})
	return a.scheduler.Set(entries(a.live.Current()))
}

// runSchedule runs the scheduler, and at the end waits for the checks that it started: they are cut short with ctx.
func (a *App) runSchedule(ctx context.Context) error {
	err := a.scheduler.Run(ctx)
	a.intake.Wait()
	a.running.Wait()
	return err
}

// pool is the engine for one kind of demand.
type pool struct {
	engine *checks.Engine
	kind   checks.Pool
}

// RunAll implements alerts.Runner.
func (p pool) RunAll(ctx context.Context, all []*model.Check, each func(model.Result)) {
	p.engine.RunAll(ctx, p.kind, all, each)
}

// onDemand is the engine for people who wait.
type onDemand struct{ engine *checks.Engine }

// RunAll implements ops.Engine.
func (o onDemand) RunAll(ctx context.Context, all []*model.Check, each func(model.Result)) {
	o.engine.RunAll(ctx, checks.OnDemand, all, each)
}
