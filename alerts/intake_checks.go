package alerts

import (
	"context"
	"slices"
	"sync"

	"opsbot/model"
)

// waveSize is how many checks are verified at once: as many as the engine runs. The others wait for these, so that the first,
// whose clients are hurt most, answer first.
const waveSize = 4000

// checkQueue holds the checks to verify, in the order in which they were asked for.
type checkQueue struct {
	mu      sync.Mutex
	waiting []model.CheckID
	changed chan struct{}
}

// VerifyChecks implements Verifier.
func (q *Intake) VerifyChecks(ids []model.CheckID) { q.checks.add(ids) }

func (q *checkQueue) add(ids []model.CheckID) {
	q.mu.Lock()
	q.waiting = append(q.waiting, ids...)
	q.mu.Unlock()
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// take empties the queue. Each check comes once: a host that comes back ends a thousand events.
func (q *checkQueue) take() []model.CheckID {
	q.mu.Lock()
	ids := q.waiting
	q.waiting = nil
	q.mu.Unlock()
	seen := make(map[model.CheckID]bool)
	return slices.DeleteFunc(ids, func(id model.CheckID) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}

// verifyChecks verifies checks until ctx ends, and waits for those under way. What is asked for while a wave hangs does not
// wait for it.
func (q *Intake) verifyChecks(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.checks.changed:
		}
		ids := q.checks.take()
		running.Go(func() {
			for wave := range slices.Chunk(ids, waveSize) {
				if ctx.Err() != nil {
					return
				}
				q.verifyWave(ctx, wave)
			}
		})
	}
}

// verifyWave runs checks and queues their results.
func (q *Intake) verifyWave(ctx context.Context, ids []model.CheckID) {
	inv := q.o.Inventory()
	var all []*model.Check
	for _, id := range ids {
		if c, known := inv.Check(id); known {
			all = append(all, c)
		}
	}
	q.o.Verifying.RunAll(ctx, all, q.put)
}
