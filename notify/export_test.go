package notify

import (
	"runtime"
	"testing"
	"time"
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
