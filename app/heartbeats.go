package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// heartbeatReceiver reads the heartbeats of jobs, and knows when none could be received. It implements checks.Heartbeats.
type heartbeatReceiver struct {
	db     *store.DB
	outage *outage // nil: there was none
}

// outage is when opsbot last did not run.
type outage struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

const (
	receivedSetting = "heartbeats_received" // when heartbeats could last be received
	outageSetting   = "heartbeats_outage"

	// shortOutage is one that a job's own retries outlast, and the pace at which it is noted that heartbeats can be received.
	shortOutage = 2 * time.Minute
)

// newHeartbeatReceiver makes the receiver, and drops what is stored of jobs whose checks are gone.
func newHeartbeatReceiver(ctx context.Context, b *base) (*heartbeatReceiver, error) {
	r, err := loadHeartbeatReceiver(ctx, b.db, b.Now())
	if err != nil {
		return nil, err
	}
	return r, forgetJobs(ctx, b)
}

// loadHeartbeatReceiver finds out how long heartbeats could not be received. After a short outage the last long one counts:
// jobs are still excused by it.
func loadHeartbeatReceiver(ctx context.Context, db *store.DB, now time.Time) (*heartbeatReceiver, error) {
	received, err := db.Setting(ctx, receivedSetting)
	if err != nil {
		return nil, err
	}
	last, err := time.Parse(time.RFC3339, received)
	if received != "" && err == nil && now.Sub(last) > shortOutage {
		raw, err := json.Marshal(outage{From: last, Until: now})
		if err != nil {
			return nil, err
		}
		if err := db.SetSetting(ctx, outageSetting, string(raw)); err != nil {
			return nil, err
		}
	}
	kept, err := db.Setting(ctx, outageSetting)
	if err != nil {
		return nil, err
	}
	r := &heartbeatReceiver{db: db}
	if kept == "" {
		return r, nil
	}
	r.outage = &outage{}
	if err := json.Unmarshal([]byte(kept), r.outage); err != nil {
		return nil, fmt.Errorf("read when opsbot did not run: %w", err)
	}
	return r, nil
}

// Heartbeat implements checks.Heartbeats.
func (r *heartbeatReceiver) Heartbeat(ctx context.Context, id model.CheckID) (model.Heartbeat, error) {
	return r.db.Heartbeat(ctx, id)
}

// Away implements checks.Heartbeats.
func (r *heartbeatReceiver) Away() (from, until time.Time) {
	if r.outage == nil {
		return time.Time{}, time.Time{}
	}
	return r.outage.From, r.outage.Until
}

// note stores that heartbeats can be received now.
func (r *heartbeatReceiver) note(ctx context.Context, now time.Time) error {
	return r.db.SetSetting(ctx, receivedSetting, now.UTC().Format(time.RFC3339))
}

// noteReceiving returns a part that notes again and again that heartbeats can be received, while there is a listener.
func (r *heartbeatReceiver) noteReceiving(b *base) func(context.Context) error {
	failed := (&rateLimited{log: b.component("heartbeats"), text: "note that jobs can call in", now: b.Now}).write
	return func(ctx context.Context) error {
		tick := time.NewTicker(shortOutage / 4)
		defer tick.Stop()
		for {
			if err := r.note(ctx, b.Now()); err != nil && ctx.Err() == nil {
				failed(err)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// forgetJobs drops what is stored of jobs whose checks are gone.
func forgetJobs(ctx context.Context, b *base) error {
	return b.db.KeepHeartbeats(ctx, slices.Collect(maps.Keys(b.conf.current().Tokens)))
}

// newHeartbeats makes the use case that receives heartbeats.
func newHeartbeats(b *base, runs *checkRuns) *ops.Heartbeats {
	return ops.NewHeartbeats(ops.HeartbeatDeps{
		Token: func(id model.CheckID) (model.Secret, bool) {
			token, ok := b.conf.current().Tokens[id]
			return token, ok
		},
		Save: b.db.SaveHeartbeat, Recheck: runs.recheck, Now: b.Now,
	})
}
