package app

import (
	"context"
	"sync"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// looks runs all endpoints of hosts when the book asks for it.
type verifications struct {
	hosts chan string
	see   func(ctx context.Context, host string)
}

// verifyRoom is how many hosts may wait to be looked at; the book goes on without those beyond.
const verifyRoom = 4096

// verifyBound ends a look whose checks have long timeouts: the book goes on without it by then.
const verifyBound = time.Minute

func newVerifications() *verifications { return &verifications{hosts: make(chan string, verifyRoom)} }

// VerifyHost implements alerts.Verifier.
func (l *verifications) VerifyHost(host string) {
	select {
	case l.hosts <- host:
	default:
	}
}

// run looks until ctx ends, and waits for what is under way.
func (l *verifications) run(ctx context.Context) error {
	var under sync.WaitGroup
	defer under.Wait()
	for {
		select {
		case host := <-l.hosts:
			under.Go(func() { l.see(ctx, host) })
		case <-ctx.Done():
			return nil
		}
	}
}

// verifyHost runs what is on a host and hands what was seen to the book.
func (a *App) verifyHost(ctx context.Context, host string) {
	runCtx, cancel := context.WithTimeout(ctx, verifyBound)
	defer cancel()
	var seen []model.Result
	a.engine.RunAll(runCtx, checks.Verifications, a.live.Current().ChecksOfHost(host), func(r model.Result) {
		if r.Reason.Code != model.ReasonCancelled {
			seen = append(seen, r)
		}
	})
	if ctx.Err() != nil {
		return // we stop: the next start looks again
	}
	seen = a.filter(context.WithoutCancel(ctx), seen)
	if err := a.manager.HandleVerification(context.WithoutCancel(ctx), host, seen...); err != nil {
		a.component("alerts").WithError(err).Error("keep what was seen of a host")
	}
	a.states.moved.Store(true)
}
