package app

import (
	"context"
	"sync"
	"time"

	"opsbot"
	"opsbot/checks"
)

// looks runs all endpoints of hosts when the book asks for it.
type looks struct {
	hosts chan string
	see   func(ctx context.Context, host string)
}

// lookRoom is how many hosts may wait to be looked at; the book goes on without those beyond.
const lookRoom = 4096

// lookBound ends a look whose checks have long timeouts: the book goes on without it by then.
const lookBound = time.Minute

func newLooks() *looks { return &looks{hosts: make(chan string, lookRoom)} }

// LookAt implements alerts.HostLooker.
func (l *looks) LookAt(host string) {
	select {
	case l.hosts <- host:
	default:
	}
}

// run looks until ctx ends, and waits for what is under way.
func (l *looks) run(ctx context.Context) error {
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

// lookAt runs what is on a host and hands what was seen to the book.
func (a *App) lookAt(ctx context.Context, host string) {
	runCtx, cancel := context.WithTimeout(ctx, lookBound)
	defer cancel()
	var seen []opsbot.Result
	a.engine.RunAll(runCtx, checks.Looks, a.live.Current().ChecksOfHost(host), func(r opsbot.Result) {
		if r.Reason.Code != opsbot.ReasonCancelled {
			seen = append(seen, r)
		}
	})
	if ctx.Err() != nil {
		return // we stop: the next start looks again
	}
	seen = a.filter(context.WithoutCancel(ctx), seen)
	if err := a.manager.HandleLook(context.WithoutCancel(ctx), host, seen...); err != nil {
		a.component("alerts").WithError(err).Error("keep what was seen of a host")
	}
	a.states.moved.Store(true)
}
