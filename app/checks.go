package app

import (
	"context"
	"sync/atomic"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
)

// buildInventory makes the present picture, with the hosts that DNS knows.
func (a *App) buildInventory(ctx context.Context) error {
	log := a.component("inventory")
	a.live = inventory.NewLive(a.loaded.Load().Source(), inventory.Options{
		Resolver: a.o.Resolver, Answers: a.db, Now: a.o.Now, Report: func(err error) { log.WithError(err).Error("look up names") },
	})
	a.links.live.Store(a.live)
	ctx, cancel := context.WithTimeout(ctx, setup.FirstLookup)
	defer cancel()
	if err := a.live.Start(ctx); err != nil {
		log.WithError(err).Error("take up DNS answers")
	}
	a.names = &nameLog{log: log}
	a.names.look(a.live.Warnings())
	return nil
}

// buildChecks makes the engine, the timetable, and the way of results.
func (a *App) buildChecks(context.Context) error {
	cfg := &a.loaded.Load().Config.Schedule
	log := a.component("schedule")
	a.engine = checks.NewEngine(checks.DefaultLimits(), a.o.Now)
	a.results, a.verifications = newResults(), newVerifications()
	a.verifications.see = a.verifyHost
	a.checkVerifications = newCheckVerifications()
	a.checkVerifications.run = a.verifyChecks
	a.scheduler = schedule.New(schedule.Options{
		Zone: cfg.Zone.Location(), Tick: time.Duration(cfg.Tick), Splay: time.Duration(cfg.Splay), Slots: a.db, Start: a.startChecks,
		Fault: func(err error) { log.WithError(err).Error("keep the timetable") },
	})
	return a.scheduler.Set(entries(a.live.Current()))
}

// startChecks runs what is due and hands the results on. It returns at once.
func (a *App) startChecks(ctx context.Context, ids []model.CheckID, done func(model.CheckID)) {
	inv := a.live.Current()
	due := make([]*model.Check, 0, len(ids))
	for _, id := range ids {
		if c, ok := inv.Check(id); ok {
			due = append(due, c)
		} else {
			done(id)
		}
	}
	a.running.Go(func() {
		a.engine.RunAll(ctx, checks.Scheduled, due, func(r model.Result) {
			done(r.Check)
			if r.Reason.Code != model.ReasonCancelled { // we stop: nothing was seen
				a.results.put(r)
			}
		})
	})
}

// runSchedule runs the timetable, and at the end waits for the checks that it started: they are cut short with ctx.
func (a *App) runSchedule(ctx context.Context) error {
	err := a.scheduler.Run(ctx)
	a.running.Wait()
	return err
}

// results gathers results, so that many that come at once are judged and committed together.
type results struct {
	in      chan model.Result
	manager *alerts.Manager
	fail    func(error)
	filter  func(context.Context, []model.Result) []model.Result
	news    func() // called after results were judged
	// record remembers results; it must return soon.
	record func([]model.Result)
	seen   [3]atomic.Uint64
}

// resultRoom is how many results may wait to be judged; more hold up the checks that bring them.
const resultRoom = 4096

func newResults() *results { return &results{in: make(chan model.Result, resultRoom)} }

func (r *results) put(result model.Result) { r.in <- result }

// run judges what comes until ctx ends and nothing waits any more.
func (r *results) run(ctx context.Context) error {
	for {
		select {
		case first := <-r.in:
			r.judge(context.WithoutCancel(ctx), first)
		case <-ctx.Done():
			for len(r.in) > 0 {
				r.judge(context.WithoutCancel(ctx), <-r.in)
			}
			return nil
		}
	}
}

func (r *results) judge(ctx context.Context, first model.Result) {
	batch := []model.Result{first}
	for len(batch) < resultRoom && len(r.in) > 0 {
		batch = append(batch, <-r.in)
	}
	for i := range batch {
		r.seen[batch[i].Status].Add(1)
	}
	batch = r.filter(ctx, batch)
	if err := r.manager.Handle(ctx, batch...); err != nil {
		r.fail(err)
	}
	r.record(batch)
	r.news()
}
