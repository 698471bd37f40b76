package notify

import (
	"context"
	"runtime"
	"testing"
	"time"

	"opsbot/model"
)

// WaitQueued waits until n deliveries wait for a channel's semaphore.
func (d *Dispatcher) WaitQueued(t *testing.T, channel string, n int) {
	t.Helper()
	g := d.semaphores[channel]
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		g.mu.Lock()
		queued := len(g.critical) + len(g.rest)
		g.mu.Unlock()
		if queued >= n {
			return
		}
	}
	t.Fatalf("never %d in the queue of %s", n, channel)
}

// Idle reports whether no queue is busy: the result of every attempt is recorded.
func (d *Dispatcher) Idle() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.queues {
		if l.busy {
			return false
		}
	}
	return true
}

// PageRoom is the limit of one person who is paged in one way.
type PageRoom struct{ limit pageLimit }

// NewPageRoom returns one.
func NewPageRoom(rate model.Rate) *PageRoom { return &PageRoom{newPageLimit(rate)} }

// Room is how many of so many messages may go out, and, if none, how long to wait.
func (p *PageRoom) Room(now time.Duration, many int) (free int, wait time.Duration) {
	return p.limit.room(pageKey{}, now, many)
}

// Take counts a message.
func (p *PageRoom) Take(now time.Duration) { p.limit.take(pageKey{}, now) }

// GiveBack takes one back.
func (p *PageRoom) GiveBack(at time.Duration) { p.limit.giveBack(pageKey{}, at) }

// Fails notes a failed attempt of an alert or of a report (aside), as a queue does.
func (d *Dispatcher) Fails(ctx context.Context, to model.Destination, aside bool, send *model.SendError) {
	key := queueKey{to: to}
	if aside {
		key.queue = "reports"
	}
	newQueue(d, key).fails(ctx, send)
}

// Works notes that a destination accepted something.
func (d *Dispatcher) Works(ctx context.Context, to model.Destination) { d.works(ctx, to) }
