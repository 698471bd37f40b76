package botapi

import (
	"context"
	"math"
	"sync"
	"time"
)

// Clock is the server's source of time.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

type wallClock struct{}

func (wallClock) Now() time.Time                         { return time.Now() }
func (wallClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// ManualClock is a clock that stands still until it is moved. It is safe for concurrent use.
type ManualClock struct {
	mu      sync.Mutex
	now     time.Time
	timers  []timer
	changed chan struct{}
}

type timer struct {
	at   time.Time
	wake chan time.Time
}

// NewManualClock returns a clock that shows the given time.
func NewManualClock(at time.Time) *ManualClock {
	return &ManualClock{now: at, changed: make(chan struct{})}
}

// Now is the time that the clock shows.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After returns a channel that gets the time once the clock was moved by d.
func (c *ManualClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wake := make(chan time.Time, 1)
	if d <= 0 {
		wake <- c.now
		return wake
	}
	c.timers = append(c.timers, timer{at: c.now.Add(d), wake: wake})
	close(c.changed)
	c.changed = make(chan struct{})
	return wake
}

// Advance moves the clock and fires the timers that are due.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	kept := c.timers[:0]
	for _, t := range c.timers {
		if t.at.After(c.now) {
			kept = append(kept, t)
			continue
		}
		t.wake <- c.now
	}
	c.timers = kept
}

// WaitTimer waits until somebody waits on this clock for at least least and at most most.
func (c *ManualClock) WaitTimer(ctx context.Context, least, most time.Duration) error {
	return c.waitFor(ctx, 1, least, most)
}

// WaitTimers waits until n timers are waiting on this clock.
func (c *ManualClock) WaitTimers(ctx context.Context, n int) error {
	return c.waitFor(ctx, n, 0, math.MaxInt64)
}

func (c *ManualClock) waitFor(ctx context.Context, n int, least, most time.Duration) error {
	for {
		c.mu.Lock()
		found := 0
		for _, t := range c.timers {
			if d := t.at.Sub(c.now); least <= d && d <= most {
				found++
			}
		}
		changed := c.changed
		c.mu.Unlock()
		if found >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Run moves the clock by step whenever somebody waits for no longer than most, until stop is called: time passes fast while
// everything waits. When stop returns the clock stands still.
func (c *ManualClock) Run(step, most time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for c.WaitTimer(ctx, 0, most) == nil {
			c.Advance(step)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}
