package app

import (
	"context"
	"slices"
	"sync"

	"opsbot/checks"
	"opsbot/model"
)

// rechecks runs what the book wants to see because of events, in the order in which it is asked for.
type checkVerifications struct {
	run func(ctx context.Context, ids []model.CheckID)

	mu      sync.Mutex
	waiting []model.CheckID
	poke    chan struct{}
}

// waveSize is how many run at once: as many as the engine keeps open. Those after them wait for them, so that the first, who are
// hurt most, are seen first.
const waveSize = 4000

func newCheckVerifications() *checkVerifications {
	return &checkVerifications{poke: make(chan struct{}, 1)}
}

// VerifyChecks implements alerts.CheckVerifier.
func (r *checkVerifications) VerifyChecks(ids []model.CheckID) {
	r.mu.Lock()
	r.waiting = append(r.waiting, ids...)
	r.mu.Unlock()
	select {
	case r.poke <- struct{}{}:
	default:
	}
}

// take returns what waits, each once: a host that comes back ends a thousand events.
func (r *checkVerifications) take() []model.CheckID {
	r.mu.Lock()
	ids := r.waiting
	r.waiting = nil
	r.mu.Unlock()
	seen := make(map[model.CheckID]bool)
	return slices.DeleteFunc(ids, func(id model.CheckID) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}

// keep runs what comes until ctx ends, and waits for what is under way. What comes while a wave hangs does not wait for it.
func (r *checkVerifications) keep(ctx context.Context) error {
	var under sync.WaitGroup
	defer under.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.poke:
		}
		ids := r.take()
		under.Go(func() {
			for len(ids) > 0 && ctx.Err() == nil {
				n := min(waveSize, len(ids))
				r.run(ctx, ids[:n])
				ids = ids[n:]
			}
		})
	}
}

// recheck runs checks now and hands what was seen to be judged.
func (a *App) verifyChecks(ctx context.Context, ids []model.CheckID) {
	inv := a.live.Current()
	var all []*model.Check
	for _, id := range ids {
		if c, known := inv.Check(id); known {
			all = append(all, c)
		}
	}
	a.engine.RunAll(ctx, checks.Verifications, all, func(r model.Result) {
		if r.Reason.Code != model.ReasonCancelled {
			a.results.put(r)
		}
	})
}
