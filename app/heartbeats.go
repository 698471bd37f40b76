package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// ear hears jobs call in, and knows when it did not. Checks are made before the database is open: it comes later.
type heartbeatReceiver struct {
	db     atomic.Pointer[store.DB]
	outage atomic.Pointer[outage]
}

// deafness is when opsbot last did not run.
type outage struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

const (
	receivedSetting = "heartbeats_received" // when jobs could last call in
	outageSetting   = "heartbeats_outage"   // a deafness

	// shortOutage is one that a job's own tries outlast, and the pace at which it is noted that jobs can call.
	shortOutage = 2 * time.Minute
)

// Heartbeat implements checks.Heartbeats.
func (e *heartbeatReceiver) Heartbeat(ctx context.Context, id model.CheckID) (model.Heartbeat, error) {
	db := e.db.Load()
	if db == nil {
		return model.Heartbeat{}, &model.Error{Code: model.ErrStore, Args: map[string]string{"what": "it is not open"}}
	}
	return db.Heartbeat(ctx, id)
}

// Away implements checks.Heartbeats.
func (e *heartbeatReceiver) Away() (from, until time.Time) {
	if d := e.outage.Load(); d != nil {
		return d.From, d.Until
	}
	return time.Time{}, time.Time{}
}

// wake takes up how long nobody could call. A short absence leaves the last long one in mind: jobs are still excused by it.
func (e *heartbeatReceiver) wake(ctx context.Context, db *store.DB, now time.Time) error {
	e.db.Store(db)
	received, err := db.Setting(ctx, receivedSetting)
	if err != nil {
		return err
	}
	last, err := time.Parse(time.RFC3339, received)
	if received != "" && err == nil && now.Sub(last) > shortOutage {
		raw, err := json.Marshal(outage{From: last, Until: now})
		if err != nil {
			return err
		}
		if err := db.SetSetting(ctx, outageSetting, string(raw)); err != nil {
			return err
		}
	}
	kept, err := db.Setting(ctx, outageSetting)
	if err != nil || kept == "" {
		return err
	}
	var d outage
	if err := json.Unmarshal([]byte(kept), &d); err != nil {
		return fmt.Errorf("read when opsbot did not run: %w", err)
	}
	e.outage.Store(&d)
	return nil
}

// note remembers that jobs can call in now.
func (e *heartbeatReceiver) note(ctx context.Context, now time.Time) error {
	return e.db.Load().SetSetting(ctx, receivedSetting, now.UTC().Format(time.RFC3339))
}

// buildHeartbeats opens the ear, and forgets jobs whose checks are gone.
func (a *App) buildHeartbeats(ctx context.Context) error {
	if err := a.links.wake(ctx, a.db, a.o.Now()); err != nil {
		return err
	}
	return a.forgetJobs(ctx)
}

func (a *App) forgetJobs(ctx context.Context) error {
	return a.db.KeepHeartbeats(ctx, slices.Collect(maps.Keys(a.loaded.Load().Tokens)))
}

// noteReceiving notes again and again that jobs can call in, while somebody listens.
func (a *App) noteReceiving(ctx context.Context) error {
	failed := (&rateLimited{log: a.component("heartbeats"), text: "note that jobs can call in", now: a.o.Now}).write
	tick := time.NewTicker(shortOutage / 4)
	defer tick.Stop()
	for {
		if err := a.links.note(ctx, a.o.Now()); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// jobs takes the calls.
func (a *App) jobs() *ops.Heartbeats {
	return ops.NewHeartbeats(ops.HeartbeatDeps{
		Token: func(id model.CheckID) (model.Secret, bool) {
			token, ok := a.loaded.Load().Tokens[id]
			return token, ok
		},
		Save: a.db.SaveHeartbeat, Recheck: func(id model.CheckID) { a.scheduler.Again(id, 0) }, Now: a.o.Now,
	})
}
