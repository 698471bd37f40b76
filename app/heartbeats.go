package app

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// heartbeatReceiver reads the heartbeats of jobs, and knows when none could be received. It implements checks.Heartbeats.
type heartbeatReceiver struct {
	db *store.DB

	mu      sync.Mutex
	now     func() time.Time
	states  map[model.CheckID]model.Heartbeat // as they were read last, with elapsed time
	outages []model.Span                      // the earliest first
	noted   time.Time                         // when it was last noted that heartbeats can be received
}

// outage is how a time in which opsbot did not run is stored.
type outage struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

const (
	receivedSetting = "heartbeats_received" // when heartbeats could last be received
	outageSetting   = "heartbeats_outage"

	// shortRun is one between two outages that counts as a part of them, and receivedPace how often it is noted that heartbeats can
	// be received.
	shortRun     = time.Minute
	receivedPace = 30 * time.Second
	// longestPace is the longest time between two notes that is no outage.
	longestPace = 3 * receivedPace
	// mostOutages is how many are kept: far more than one deadline spans.
	mostOutages = 64
)

// newHeartbeatReceiver makes the receiver, and drops what is stored of jobs whose checks are gone.
func newHeartbeatReceiver(ctx context.Context, b *base) (*heartbeatReceiver, error) {
	r, err := loadHeartbeatReceiver(ctx, b.db, b.Now())
	if err != nil {
		return nil, err
	}
	r.now = b.Now
	if err := forgetJobs(ctx, b); err != nil {
		b.component("heartbeats").WithError(err).Error("drop what is stored of jobs that are gone") // it only takes space
	}
	return r, nil
}

// loadHeartbeatReceiver adds the outage that ends now to those before it. Each counts, however short: a job may have called in
// just then.
func loadHeartbeatReceiver(ctx context.Context, db *store.DB, now time.Time) (*heartbeatReceiver, error) {
	r := &heartbeatReceiver{db: db, now: time.Now, states: map[model.CheckID]model.Heartbeat{}}
	kept, err := db.Setting(ctx, outageSetting)
	if err != nil {
		return nil, err
	}
	r.outages, _ = readOutages(kept) // anything else was not written by us: as if none were known
	received, err := db.Setting(ctx, receivedSetting)
	if err != nil {
		return nil, err
	}
	if last, err := time.Parse(time.RFC3339, received); err == nil && now.After(last) { // empty at the first start
		r.outages = addOutage(r.outages, model.Span{From: last, To: now})
		return r, r.saveOutages(ctx)
	}
	return r, nil
}

// readOutages reads what saveOutages wrote, or the one outage of earlier versions.
func readOutages(kept string) (all []model.Span, err error) {
	if kept == "" {
		return nil, nil
	}
	var list []outage
	if !strings.HasPrefix(kept, "[") {
		kept = "[" + kept + "]"
	}
	if err := json.Unmarshal([]byte(kept), &list); err != nil {
		return nil, err
	}
	for _, o := range list {
		all = append(all, model.Span{From: o.From, To: o.Until})
	}
	return all, nil
}

// addOutage adds the latest outage. One soon after another is a part of it: a program that crashes at each start makes one.
func addOutage(all []model.Span, latest model.Span) []model.Span {
	if n := len(all); n > 0 && !latest.From.Before(all[n-1].To) && latest.From.Sub(all[n-1].To) <= shortRun {
		all[n-1].To = latest.To
		return all
	}
	all = append(all, latest)
	return all[max(0, len(all)-mostOutages):]
}

func (r *heartbeatReceiver) saveOutages(ctx context.Context) error {
	var list []outage
	for _, o := range r.outages {
		list = append(list, outage{From: o.From.UTC(), Until: o.To.UTC()})
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return r.db.SetSetting(ctx, outageSetting, string(raw))
}

// Heartbeat implements checks.Heartbeats. Its times have elapsed time from when they were read first: a step of the wall clock makes no
// job late, and none of them early.
func (r *heartbeatReceiver) Heartbeat(ctx context.Context, id model.CheckID) (model.Heartbeat, error) {
	h, err := r.db.Heartbeat(ctx, id)
	if err != nil {
		return h, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	was, now := r.states[id], r.now()
	elapsed := func(read, before, kept time.Time) time.Time {
		if read.Equal(before) {
			return kept
		}
		return model.Since(read, now)
	}
	h.Elapsed = model.HeartbeatTimes{
		Known:   elapsed(h.Known, was.Known, was.Elapsed.Known),
		Started: elapsed(h.Started, was.Started, was.Elapsed.Started),
		Ended:   elapsed(h.Ended, was.Ended, was.Elapsed.Ended),
	}
	r.states[id] = h
	return h, nil
}

// Outages implements checks.Heartbeats.
func (r *heartbeatReceiver) Outages() []model.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.outages)
}

// note stores that heartbeats can be received now. If that is long ago, the machine slept, or the database refused them: that was
// an outage, too.
func (r *heartbeatReceiver) note(ctx context.Context, now time.Time) error {
	if err := r.db.SetSetting(ctx, receivedSetting, now.UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now = now.Round(0) // elapsed time stands still while a machine sleeps
	last := r.noted
	r.noted = now
	if last.IsZero() || now.Sub(last) <= longestPace {
		return nil
	}
	r.outages = addOutage(r.outages, model.Span{From: last, To: now})
	return r.saveOutages(ctx)
}

// noteReceiving returns a part that notes again and again that heartbeats can be received, while there is a listener.
func (r *heartbeatReceiver) noteReceiving(b *base) func(context.Context) error {
	failed := (&rateLimited{log: b.component("heartbeats"), text: "note that jobs can call in", now: b.Now}).write
	return func(ctx context.Context) error {
		tick := time.NewTicker(receivedPace)
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
		Methods: func(id model.CheckID) []string { return b.conf.current().Methods[id] },
		Save:    b.db.SaveHeartbeat, Recheck: runs.recheck, Now: b.Now,
	})
}
