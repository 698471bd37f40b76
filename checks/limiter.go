package checks

import (
	"context"
	"sync/atomic"
	"time"
)

// limiter bounds the open checks, and among them the running ones. A check that has been open for GiveBack counts as
// waiting for its target: its running slot goes to the next one, while it stays open.
type limiter struct {
	limits  Limits
	open    chan struct{}
	running chan struct{}
}

func newLimiter(l Limits) *limiter {
	return &limiter{limits: l, open: make(chan struct{}, l.Waiting), running: make(chan struct{}, l.Running)}
}

// place is one check's slot.
type place struct {
	of    *limiter
	timer *time.Timer
	given atomic.Bool // the running slot was released
}

// acquire waits for a slot; the error is ctx's.
func (s *limiter) acquire(ctx context.Context) (*place, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.open <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case s.running <- struct{}{}:
	case <-ctx.Done():
		<-s.open
		return nil, ctx.Err()
	}
	sl := &place{of: s}
	sl.timer = time.AfterFunc(s.limits.GiveBack, sl.giveBack)
	return sl, nil
}

func (sl *place) giveBack() {
	if sl.given.CompareAndSwap(false, true) {
		<-sl.of.running
	}
}

func (sl *place) release() {
	sl.timer.Stop()
	sl.giveBack()
	<-sl.of.open
}
