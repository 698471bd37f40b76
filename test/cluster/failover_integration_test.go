//go:build integration

package cluster_test

import (
	"syscall"
	"testing"
	"time"
)

// TestIntegrationFailover ends the leader in each way there is: a failure that begins then is notified by the standby, once and in time.
func TestIntegrationFailover(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   func(leader *bot) time.Time
		bound time.Duration
	}{
		{"killed", func(b *bot) time.Time { return b.signal(syscall.SIGKILL) }, 10 * time.Second},
		{"frozen", func(b *bot) time.Time { return b.signal(syscall.SIGSTOP) }, 10 * time.Second},
		{"cut off", func(b *bot) time.Time { at := time.Now(); b.cut(true); return at }, 10 * time.Second},
		{"stopped", func(b *bot) time.Time { return b.signal(syscall.SIGTERM) }, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlace(t, 1)
			leader, standby := p.pair()
			at := c.end(leader)
			p.targets[0].down()
			took := p.notified(at, "target0").Sub(at)
			t.Logf("%s: notified after %s", c.name, took.Round(10*time.Millisecond))
			if took > c.bound {
				t.Errorf("notified after %s, over %s", took, c.bound)
			}
			standby.role("leader")
		})
	}
}
