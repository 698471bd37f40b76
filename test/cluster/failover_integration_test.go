//go:build integration

package cluster_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/test/postgres"
)

// TestIntegrationPooler has pgbouncer between two bots and the database: in the modes that the documents name a takeover is as fast as
// without, and of the other one opsbot says at its start what is wrong.
func TestIntegrationPooler(t *testing.T) {
	for _, mode := range []string{"session", "transaction", "statement"} {
		t.Run(mode, func(t *testing.T) {
			p := newPlace(t, 1)
			pooler, err := postgres.StartPooler(t.Context(), p.pg, mode)
			ok(t, err)
			t.Cleanup(func() { ok(t, pooler.Stop()) })
			p.socket = pooler.Socket()
			if mode == "statement" {
				b := p.bot("a").start()
				if code := b.exited(); code == 0 {
					t.Error("it ends as if all were well")
				}
				said, err := os.ReadFile(b.log)
				if ok(t, err); !strings.Contains(string(said), "its pool mode is statement") {
					t.Errorf("it says %s", said)
				}
				return
			}
			leader, standby := p.pair()
			for range 2 {
				at := leader.signal(syscall.SIGKILL)
				p.targets[0].down()
				took := p.notified(at, "target0").Sub(at)
				t.Logf("notified after %s", took.Round(10*time.Millisecond))
				if took > 10*time.Second {
					t.Errorf("notified after %s", took)
				}
				p.targets[0].up()
				standby.role("leader")
				p.notifiedUp(at, "target0")
				leader.exited()
				leader.start().role("standby")
				leader, standby = standby, leader
			}
		})
	}
}

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

// TestIntegrationRestartedAtOnce restarts the leader as a service manager does, at once: it is the standby that leads, three times in turn; and one
// that nobody stands by for leads again itself.
func TestIntegrationRestartedAtOnce(t *testing.T) {
	p := newPlace(t, 1)
	leader, standby := p.pair()
	for range 3 {
		leader.signal(syscall.SIGTERM)
		leader.exited()
		leader.start().role("standby")
		standby.role("leader")
		leader, standby = standby, leader
	}
	standby.signal(syscall.SIGTERM)
	standby.exited()
	leader.signal(syscall.SIGTERM)
	leader.exited()
	leader.start().role("leader")
}
