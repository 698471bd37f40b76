package app

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/model"
)

// slowChannel delivers when its context or an hour ends.
type slowChannel struct{ began, cut atomic.Int64 }

func (c *slowChannel) Deliver(ctx context.Context, _ model.Notification, _ model.Card) (model.Receipt, error) {
	c.began.Add(1)
	select {
	case <-ctx.Done():
		c.cut.Add(1)
	case <-time.After(time.Hour):
	}
	return model.Receipt{}, ctx.Err()
}

// TestThePermitHoldsBack: nothing is sent while the permit is closed or the lease has ended, what is under way is cut off, and all of it goes on
// when the permit opens.
func TestThePermitHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var valid atomic.Bool
		g := newPermit(func() time.Time {
			if !valid.Load() {
				return time.Time{}
			}
			return time.Now().Add(time.Second)
		})
		slow := &slowChannel{}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		deliver := func() { go func() { _, _ = permitted{slow, g}.Deliver(ctx, model.Notification{}, model.Card{}) }() }
		want := func(what string, began, cut int64) {
			t.Helper()
			synctest.Wait()
			if slow.began.Load() != began || slow.cut.Load() != cut {
				t.Errorf("%s: %d began, %d cut off; want %d and %d", what, slow.began.Load(), slow.cut.Load(), began, cut)
			}
		}
		deliver()
		want("closed", 0, 0)
		g.open()
		want("open, and the lease has ended", 0, 0)
		if g.isOpen() {
			t.Error("it is open without a lease")
		}
		valid.Store(true)
		g.open()
		want("open", 1, 0)
		g.close()
		want("closed again", 1, 1)
		deliver()
		want("closed again", 1, 1)
		g.open()
		want("open again", 2, 1)
		valid.Store(false) // as for a process that wakes after its lease has ended
		deliver()
		want("the lease has ended", 2, 2)
		cancel()
		want("nobody waits any more", 2, 2)
	})
}

// TestAnAnswerNeedsTime: the permit is open until the lease ends, and what is answered must be answered by then.
func TestAnAnswerNeedsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := time.Now().Add(5 * time.Second)
		g := newPermit(func() time.Time { return ends })
		if g.answers() {
			t.Error("it is closed")
		}
		g.open()
		for _, left := range []struct {
			after         time.Duration
			open, answers bool
		}{{0, true, true}, {2900 * time.Millisecond, true, true}, {200 * time.Millisecond, true, false}, {2 * time.Second, false, false}} {
			time.Sleep(left.after) //nolint:forbidigo // of the bubble's clock
			if g.isOpen() != left.open || g.answers() != left.answers {
				t.Errorf("%s before the end: open %t, answers %t", time.Until(ends), g.isOpen(), g.answers())
			}
		}
		g.close()
		if ends = time.Now().Add(time.Hour); g.answers() {
			t.Error("it was closed")
		}
	})
}

// TestNobodyElseNeedsNoPermit is a process that leads by itself.
func TestNobodyElseNeedsNoPermit(t *testing.T) {
	var g *permit
	if ctx, err := g.wait(t.Context()); err != nil || ctx.Err() != nil || !g.isOpen() || !g.answers() {
		t.Errorf("%v %v", ctx, err)
	}
	closed := newPermit(func() time.Time { return time.Now().Add(time.Hour) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := closed.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
