//go:build integration

package lease_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"opsbot/store"
	"opsbot/store/lease"
	"opsbot/test/postgres"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var databases atomic.Int64

// database is an empty database, and the server that it is on.
func database(t *testing.T) (dsn string, server *postgres.Server) {
	t.Helper()
	server, err := postgres.Start(t.Context())
	ok(t, err)
	t.Cleanup(func() { ok(t, server.Stop()) })
	dsn, err = server.Create(t.Context(), fmt.Sprintf("lease%d", databases.Add(1)))
	ok(t, err)
	return dsn, server
}

func newLease(t *testing.T, dsn, name string) *lease.Lease {
	t.Helper()
	l, err := lease.New(dsn, lease.Self{Instance: name, Address: "http://127.0.0.1:1", Version: "test", Schema: store.Schema()})
	ok(t, err)
	t.Cleanup(l.Close)
	return l
}

func acquire(t *testing.T, l *lease.Lease) (lease.Leader, bool) {
	t.Helper()
	leader, ours, err := l.Acquire(t.Context())
	ok(t, err)
	return leader, ours
}

// expire lets the time of a lease pass.
func expire(t *testing.T, dsn string) {
	t.Helper()
	ok(t, postgres.Exec(t.Context(), dsn, `UPDATE opsbot_lease SET expires = 0`))
}

func raise(t *testing.T, l *lease.Lease) int64 {
	t.Helper()
	epoch, err := l.Raise(t.Context())
	ok(t, err)
	return epoch
}

func TestIntegrationLease(t *testing.T) {
	dsn, _ := database(t)
	a, b := newLease(t, dsn, "a"), newLease(t, dsn, "b")
	leader, ours := acquire(t, a)
	if !ours || leader.Why != lease.First || !a.Valid() || leader.Instance != "a" {
		t.Fatalf("the first: %v %+v", ours, leader)
	}
	if leader, ours := acquire(t, b); ours || b.Valid() || leader.Holder != a.Holder() || !leader.Leads() || leader.Address != "http://127.0.0.1:1" {
		t.Fatalf("while it is holders: %v %+v", ours, leader)
	}
	first := raise(t, a)
	ok(t, a.Release(t.Context()))
	if leader, ours := acquire(t, b); !ours || leader.Why != lease.Released || leader.Previous != "a" {
		t.Fatalf("after it was released: %v %+v", ours, leader)
	}
	if epoch := raise(t, b); epoch <= first {
		t.Errorf("epoch %d after %d", epoch, first)
	}
	if err := a.Renew(t.Context()); !errors.Is(err, lease.ErrLost) || a.Valid() {
		t.Errorf("a lost lease is renewed: %v", err)
	}
	expire(t, dsn)
	ok(t, b.Renew(t.Context())) // nobody has taken it
	expire(t, dsn)
	if leader, ours := acquire(t, a); !ours || leader.Why != lease.Expired || leader.Previous != "b" {
		t.Fatalf("after its time: %v %+v", ours, leader)
	}
	if _, err := b.Raise(t.Context()); !errors.Is(err, lease.ErrLost) {
		t.Errorf("who lost the lease begins an epoch: %v", err)
	}
	if epoch := raise(t, a); epoch != first+2 {
		t.Errorf("the epoch is %d after a refused one, was %d", epoch, first+1)
	}
}

func TestIntegrationLeaseHasOneHolder(t *testing.T) {
	dsn, _ := database(t)
	var holders atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		l := newLease(t, dsn, fmt.Sprint(i))
		all.Go(func() {
			if _, ours, err := l.Acquire(context.Background()); err != nil {
				t.Error(err)
			} else if ours {
				holders.Add(1)
			}
		})
	}
	all.Wait()
	if holders.Load() != 1 {
		t.Errorf("%d hold it", holders.Load())
	}
}

// TestIntegrationLeaseKeepsOldVersionsOut: what a later version has upgraded is not for an earlier one.
func TestIntegrationLeaseKeepsOldVersionsOut(t *testing.T) {
	dsn, _ := database(t)
	later, err := lease.New(dsn, lease.Self{Instance: "later", Schema: store.Schema() + 1})
	ok(t, err)
	t.Cleanup(later.Close)
	now := newLease(t, dsn, "now")
	acquire(t, later)
	ok(t, later.Release(t.Context())) // before it upgraded anything
	if _, ours := acquire(t, now); !ours {
		t.Fatal("nothing was upgraded, and it is kept out")
	}
	ok(t, now.Release(t.Context()))
	acquire(t, later)
	ok(t, later.Confirm(t.Context()))
	ok(t, later.Release(t.Context()))
	if _, ours, err := now.Acquire(t.Context()); ours || !errors.Is(err, lease.ErrSchema) {
		t.Errorf("it leads: %v, %v", ours, err)
	}
}

// TestIntegrationFence: of two leaders, whoever is not the last writes nothing more, by whatever door.
func TestIntegrationFence(t *testing.T) {
	dsn, _ := database(t)
	a, b := newLease(t, dsn, "a"), newLease(t, dsn, "b")
	acquire(t, a)
	old, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: time.Now, Epoch: raise(t, a)})
	ok(t, err)
	t.Cleanup(func() { _ = old.Close() })
	ok(t, old.SetSetting(t.Context(), "who", "a"))
	expire(t, dsn)
	acquire(t, b)
	next, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: time.Now, Epoch: raise(t, b)})
	ok(t, err)
	t.Cleanup(func() { _ = next.Close() })
	refused := func(what string, write func() error) {
		t.Helper()
		err := write()
		if err != nil && !store.Fenced(err) { // its connection was ended: what it opens anew is fenced
			err = write()
		}
		if !store.Fenced(err) {
			t.Errorf("%s of an old leader: %v", what, err)
		}
	}
	refused("a transaction", func() error { return old.SetSetting(t.Context(), "who", "a again") })
	refused("a single statement", func() error {
		_, err := old.AcceptUpdate(t.Context(), 1, time.Now(), []byte("{}"))
		return err
	})
	ok(t, next.SetSetting(t.Context(), "by", "b"))
	if who, err := next.Setting(t.Context(), "who"); err != nil || who != "a" {
		t.Errorf("%q %v", who, err)
	}
}

// TestIntegrationFenceEndsFrozenLeaders: a leader that froze in a transaction holds a takeover up for the time that one may be idle, and its
// commit is refused when it wakes.
func TestIntegrationFenceEndsFrozenLeaders(t *testing.T) {
	dsn, _ := database(t)
	a, b := newLease(t, dsn, "a"), newLease(t, dsn, "b")
	acquire(t, a)
	epoch := raise(t, a)
	frozen, err := pgx.Connect(t.Context(), dsn)
	ok(t, err)
	t.Cleanup(func() { _ = frozen.Close(context.Background()) })
	for _, statement := range []string{
		`CREATE TABLE written (n bigint)`, `BEGIN`, `SELECT set_config('idle_in_transaction_session_timeout', '2000', true)`,
		fmt.Sprintf(`SELECT epoch = %d FROM opsbot_fence FOR SHARE`, epoch), `INSERT INTO written VALUES (1)`,
	} {
		_, err := frozen.Exec(t.Context(), statement)
		ok(t, err)
	}
	expire(t, dsn)
	acquire(t, b)
	began := time.Now()
	raise(t, b)
	t.Logf("the takeover waited for %s", time.Since(began))
	if _, err := frozen.Exec(t.Context(), `COMMIT`); err == nil {
		t.Error("the frozen leader commits")
	}
}
