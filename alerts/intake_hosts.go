package alerts

import (
	"context"
	"sync"
	"time"

	"opsbot/model"
)

// verifyLimit ends the verification of a host whose checks have long timeouts: the Manager goes on without it by then.
const verifyLimit = time.Minute

// VerifyHost implements Verifier.
func (q *Intake) VerifyHost(host string) {
	select {
	case q.hosts <- host:
	default:
	}
}

// verifyHosts verifies hosts until ctx ends, and waits for those under way.
func (q *Intake) verifyHosts(ctx context.Context, m *Manager, c *Connectivity) {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		select {
		case host := <-q.hosts:
			running.Go(func() { q.verifyHost(ctx, host, m, c) })
		case <-ctx.Done():
			return
		}
	}
}

// verifyHost runs all endpoints of a host and hands their results to the Manager as its answer.
func (q *Intake) verifyHost(ctx context.Context, host string, m *Manager, c *Connectivity) {
	limited, cancel := context.WithTimeout(ctx, verifyLimit)
	defer cancel()
	var results []model.Result
	q.o.Verifying.RunAll(limited, q.o.Inventory().ChecksOfHost(host), func(r model.Result) {
		if r.Reason.Code != model.ReasonCancelled {
			results = append(results, r)
		}
	})
	if ctx.Err() != nil {
		return // we stop: the next start verifies the host again
	}
	ctx = context.WithoutCancel(ctx)
	if err := m.HandleVerification(ctx, host, c.Filter(ctx, results)...); err != nil {
		q.o.Failed(err)
	}
	q.o.Judged()
}
