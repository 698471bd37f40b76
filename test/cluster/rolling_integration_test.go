//go:build integration

package cluster_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// nextVersion is this opsbot as its next version will be: with one migration more.
func nextVersion(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	migration, overlay, program := filepath.Join(dir, "next.sql"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "opsbot")
	ok(t, os.WriteFile(migration, []byte("-- +goose Up\nCREATE TABLE next_version (id bigint PRIMARY KEY);\n"), 0o600))
	root, err := filepath.Abs("../..")
	ok(t, err)
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "store/migrations/99999_next.sql"): migration}})
	ok(t, err)
	ok(t, os.WriteFile(overlay, text, 0o600))
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, "opsbot/cmd/opsbot").CombinedOutput(); err != nil {
		t.Fatalf("build the next version: %v\n%s", err, out)
	}
	return program
}

// rollingTargets change all the time, one of them every 150 ms: each is up and down for as long.
const (
	rollingTargets = 10
	rollingHalf    = 1500 * time.Millisecond
)

// TestIntegrationRollingUpgrade upgrades two bots one after the other as the documents say, while targets fail and recover all the time: there
// are messages all the time but for less than 3 s, and the old version does not lead again.
func TestIntegrationRollingUpgrade(t *testing.T) {
	p := newPlace(t, rollingTargets)
	p.extra = "[alerts.flapping]\nchanges = 0\n"
	next := nextVersion(t)
	leader, standby := p.pair()
	end := p.change()
	p.notified(time.Time{}, p.targets[rollingTargets-1].name)

	standby.signal(syscall.SIGTERM)
	standby.exited()
	standby.program = next
	standby.start().role("standby")
	begin := time.Now()
	leader.signal(syscall.SIGTERM)
	standby.role("leader")
	leader.exited()
	took := time.Since(begin)
	pass(3 * time.Second)
	gap := p.longestSilence(begin.Add(-2 * time.Second))
	t.Logf("led after %s, %s without a message", took.Round(10*time.Millisecond), gap.Round(10*time.Millisecond))
	if gap > 3*time.Second {
		t.Errorf("%s without a message", gap)
	}
	leader.start() // the old version
	p.until("the old version stands by", func() bool {
		h, err := leader.health(t.Context())
		return err == nil && h.Role == "standby"
	})
	standby.signal(syscall.SIGKILL)
	standby.exited()
	pass(8 * time.Second) // the lease ends after 6
	if h, err := leader.health(t.Context()); err != nil || h.Role != "standby" {
		t.Errorf("the old version is %+v after an upgrade, %v", h, err)
	}
	leader.signal(syscall.SIGTERM)
	leader.exited()
	leader.program = next
	leader.start().role("leader")
	end()
	if n := p.version(); n != 99999 {
		t.Errorf("the schema is of version %d", n)
	}
}

// change has the targets fail and recover until the returned function is called.
func (p *place) change() (end func()) {
	stop, all := make(chan struct{}), sync.WaitGroup{}
	for i, x := range p.targets {
		first := rollingHalf * 2 * time.Duration(i) / rollingTargets
		all.Go(func() {
			turn := time.NewTimer(first + time.Duration(rand.IntN(50))*time.Millisecond)
			defer turn.Stop()
			for down := false; ; {
				select {
				case <-stop:
					return
				case <-turn.C:
				}
				if down = !down; down {
					x.down()
				} else {
					x.up()
				}
				turn.Reset(rollingHalf)
			}
		})
	}
	return func() { close(stop); all.Wait() }
}

// longestSilence is the longest time without a message to the group after a moment.
func (p *place) longestSilence(since time.Time) (most time.Duration) {
	last := since
	var all []time.Time
	for _, call := range p.chats.Calls("sendMessage") {
		if call.Executed {
			all = append(all, call.At)
		}
	}
	for _, at := range append(all, time.Now()) {
		if at.After(last) {
			most, last = max(most, at.Sub(last)), at
		}
	}
	return most
}

// version is that of the database's schema.
func (p *place) version() (n int64) {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.pg.DSN("boss", "opsbot"))
	ok(p.t, err)
	defer func() { _ = conn.Close(p.t.Context()) }()
	ok(p.t, conn.QueryRow(p.t.Context(), `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&n))
	return n
}
