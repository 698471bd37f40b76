//go:build integration

package store_test

import (
	"fmt"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
	"opsbot/test/postgres"
)

// proxied opens a database through a proxy.
func proxied(t *testing.T, server *postgres.Server, name string) (*store.DB, *postgres.Proxy) {
	t.Helper()
	dsn := must[string](t)(server.Create(t.Context(), name))
	ok(t, open(t, store.Options{DSN: dsn}).Close()) // migrations are not what is counted
	p := must[*postgres.Proxy](t)(postgres.NewProxy(t.Context(), server))
	t.Cleanup(func() { ok(t, p.Close()) })
	return open(t, store.Options{DSN: p.Through(dsn)}), p
}

// alert is a Change that must not be stored twice.
func alert(id model.IncidentID) model.Change {
	in := incidentOf(id, "main-db")
	return model.Change{
		Checks:    map[model.CheckID]model.CheckState{"main-db": {Phase: model.PhaseDown, Since: now(), Status: model.StatusFail}},
		Incidents: []model.Incident{in}, Cards: []model.Card{{Incident: id, To: first, Down: true}},
		Notifications: []model.Notification{{Kind: model.NotifyOpened, Incident: id, To: first, Created: now(), Snapshot: model.Snapshot{Incident: &in}}},
		Transitions:   []model.Transition{{Check: "main-db", At: now(), Phase: model.PhaseDown, Status: model.StatusFail}},
		Audit:         []model.AuditEntry{{At: now(), Action: "x"}},
	}
}

// TestIntegrationALostAnswerIsAskedFor cuts the connection at the COMMIT of every kind of write, before the server has it and after, and
// does again what failed, as its callers do: each is stored once.
func TestIntegrationALostAnswerIsAskedFor(t *testing.T) {
	server := startPostgres(t)
	db, p := proxied(t, server, "lost")
	notice := model.Notification{Kind: model.NotifyNotice, To: second, Created: now()}
	waiting := func() int { return len(must[[]model.Notification](t)(db.Waiting(t.Context(), 999))) }
	audits := func() int { return len(must[[]model.AuditEntry](t)(db.AuditSince(t.Context(), time.Time{}, 999))) }
	n := model.IncidentID(0)
	writes := map[string]struct {
		do    func() error
		count func() int
	}{
		"commit":  {func() error { _, err := db.Commit(t.Context(), alert(n)); return err }, func() int { return min(waiting(), audits()) }},
		"enqueue": {func() error { return db.Enqueue(t.Context(), notice) }, waiting},
		"notice":  {func() error { return db.EndOutage(t.Context(), first, &notice) }, waiting},
		"audit":   {func() error { return db.Audit(t.Context(), model.AuditEntry{At: now(), Action: "x"}) }, audits},
		"update": {func() error {
			fresh, err := db.AcceptUpdate(t.Context(), int(n), now(), []byte("{}"))
			if err == nil && !fresh {
				t.Error("an update that was stored now is said to have been stored before: its command would never run")
			}
			return err
		}, func() int { return len(must[[]store.PendingUpdate](t)(db.PendingUpdates(t.Context()))) }},
		"numbers": {func() error {
			_, err := db.NumberChecks(t.Context(), []model.CheckID{model.CheckID(fmt.Sprint(n))})
			return err
		}, func() int {
			return len(must[map[model.CheckID]int](t)(db.CheckNumbers(t.Context())))
		}},
	}
	for name, write := range writes {
		for cut, done := range map[postgres.Cut]bool{postgres.CutAfter: true, postgres.CutLost: false, postgres.CutDeferred: false} {
			n++
			before := write.count()
			p.CutNext(cut)
			err := write.do()
			if (err == nil) != done {
				t.Errorf("%s, cut %d: %v", name, cut, err)
			}
			if err != nil {
				err = write.do()
			}
			ok(t, err)
			p.Release() // what was on its way arrives when it has been given up
			if after := write.count(); after != before+1 {
				t.Errorf("%s, cut %d: stored %d times", name, cut, after-before)
			}
		}
	}
}

// TestIntegrationAServerThatIsAwayIsWaitedFor loses the answer of a commit together with the server: the commit is said to be done when
// the server says so, and until then that it fails.
func TestIntegrationAServerThatIsAwayIsWaitedFor(t *testing.T) {
	server := startPostgres(t)
	db, p := proxied(t, server, "away")
	p.CutNext(postgres.CutAfter)
	p.AwayAfterCut()
	done := make(chan error)
	go func() {
		_, err := db.Commit(t.Context(), alert(1))
		done <- err
	}()
	for len(db.Faults()) == 0 {
		select {
		case err := <-done:
			t.Fatalf("it was not waited for: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	if f := db.Faults()[0]; f.Area != "alerts" || !f.Write || f.What != "the database server cannot be reached" && f.What != "the connection to the database server was lost" {
		t.Errorf("%+v", f)
	}
	p.Away(false)
	ok(t, <-done)
	if n := len(must[[]model.Notification](t)(db.Waiting(t.Context(), 9))); n != 1 || len(db.Faults()) != 0 {
		t.Errorf("%d notifications, %+v", n, db.Faults())
	}
}

// TestIntegrationRoundTrips counts the ways to the server and back: each is a millisecond or more where it is another machine.
func TestIntegrationRoundTrips(t *testing.T) {
	server := startPostgres(t)
	db, p := proxied(t, server, "trips")
	counted := func(what string, most int64, do func()) {
		t.Helper()
		before := p.Trips.Load()
		do()
		if n := p.Trips.Load() - before; n > most {
			t.Errorf("%s: %d round trips, more than %d", what, n, most)
		} else {
			t.Logf("%s: %d round trips", what, n)
		}
	}
	must[[]int64](t)(db.Commit(t.Context(), alert(1))) // connections are made
	counted("an alert, committed and sent", 8, func() {
		a := alert(2)
		a.Audit = nil // of what checks find
		id := must[[]int64](t)(db.Commit(t.Context(), a))[0]
		n := a.Notifications[0]
		n.ID = id
		must[bool](t)(db.Begin(t.Context(), id, n.Kind))
		ok(t, db.Sent(t.Context(), n, model.Receipt{Message: 5}))
	})
	counted("20,000 checks that changed", 80, func() { must[[]int64](t)(db.Commit(t.Context(), storm(20_000))) })
}

// storm is a Change of many checks.
func storm(n int) model.Change {
	c := model.Change{Checks: map[model.CheckID]model.CheckState{}}
	for i := range n {
		id := model.CheckID(fmt.Sprintf("client%d/reports@web%d", i/12, i))
		reason := model.NewReason(model.ReasonRefused, "addr", "10.0.0.1:80")
		c.Checks[id] = model.CheckState{Phase: model.PhaseDown, Since: now(), Status: model.StatusFail, Reason: reason}
		c.Transitions = append(c.Transitions, model.Transition{Check: id, At: now(), Phase: model.PhaseDown, Status: model.StatusFail, Reason: reason})
	}
	return c
}

// BenchmarkIntegrationCommit20000 commits 20,000 changed checks through a proxy that takes a millisecond for each round trip.
func BenchmarkIntegrationCommit20000(b *testing.B) {
	server, err := postgres.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = server.Stop() }()
	dsn, err := server.Create(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	p, err := postgres.NewProxy(b.Context(), server)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	p.Delay(time.Millisecond)
	db, err := store.Open(b.Context(), store.Options{DSN: p.Through(dsn), Now: now})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	c := storm(20_000)
	for b.Loop() {
		if _, err := db.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}
