package alerts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

func (w *world) ackBy(id model.IncidentID, name string, clients ...string) {
	w.t.Helper()
	ack := model.Ack{Name: name, Scope: model.ScopeOf(clients)}
	if _, err := w.manager.Ack(context.Background(), id, ack, model.AuditEntry{Action: "ack"}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) unackBy(id model.IncidentID, clients ...string) error {
	_, err := w.manager.Unack(context.Background(), id, model.ScopeOf(clients), model.AuditEntry{Action: "unack"})
	return err
}

// shared has one host of the clients a and b, which is down, and chats for all, a, b and c.
func shared(t *testing.T) *world {
	w := newWorld(t, "a/web@h1", "b/web@h1", "c/web@h2")
	w.routing.Chats = []model.Chat{{ID: 1}}
	for i, client := range []string{"a", "b", "c"} {
		w.routing.Chats = append(w.routing.Chats, model.Chat{ID: model.ChatID(i + 2), Scope: model.ScopeOf([]string{client})})
	}
	w.manager.SetRouting(w.routing)
	w.rules.Remind = []time.Duration{time.Hour}
	w.manager.SetRules(w.rules)
	w.fail("a/web@h1", "b/web@h1")
	w.wait(15 * time.Second)
	w.said()
	return w
}

func TestUnackStartsRemindersAgain(t *testing.T) {
	w := newWorld(t, "main-db")
	w.rules.Remind = []time.Duration{time.Hour}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	w.ackBy(1, "Ann")
	w.said()
	w.wait(30 * time.Minute)
	commits := w.store.commits
	if err := w.unackBy(1); err != nil {
		t.Fatal(err)
	}
	w.expect("1 updated check:main-db critical") // silent, and no reminder: none was due yet
	last := w.store.audit[len(w.store.audit)-1]
	if w.store.commits != commits+1 || last.Action != "unack" || !strings.HasPrefix(last.Before, "Ann 20") {
		t.Errorf("%d commits, audit %+v", w.store.commits-commits, last)
	}
	w.restart()
	if in, _ := w.manager.Incident(1); len(in.Acks) != 0 || in.Acknowledged {
		t.Errorf("after a restart it is acknowledged: %+v", in.Acks)
	}
	w.wait(31 * time.Minute)
	w.expect("1 reminder check:main-db critical")
	w.ackBy(1, "Bob")
	w.wait(time.Hour)
	w.expect("1 updated check:main-db critical")
	if err := w.unackBy(1); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Second)
	w.expect("1 updated check:main-db critical", "1 reminder check:main-db critical") // one was due meanwhile
}

func TestUnackThatCannotBe(t *testing.T) {
	w := shared(t)
	for _, c := range []struct {
		name string
		id   model.IncidentID
		mine []string
		acks [][]string
		want model.ErrorCode
	}{
		{"not open", 9, nil, nil, model.ErrNoIncident},
		{"nobody has acknowledged", 1, nil, nil, model.ErrNotAcked},
		{"only another client's part is", 1, []string{"a"}, [][]string{{"b"}}, model.ErrNotAcked},
		{"for everybody, by somebody who sees more", 1, []string{"a"}, [][]string{nil}, model.ErrAckedForMore},
		{"for two clients", 1, []string{"b"}, [][]string{{"a", "b"}}, model.ErrAckedForMore},
		{"for a client that the incident is not about, too", 1, []string{"a"}, [][]string{{"a", "c"}}, ""},
		{"for everybody, and by one's own", 1, []string{"a"}, [][]string{nil, {"a"}}, ""},
		{"by somebody who sees less", 1, nil, [][]string{{"a"}}, ""},
	} {
		_ = w.unackBy(1)
		for _, clients := range c.acks {
			w.ackBy(1, "ann", clients...)
		}
		audited := len(w.store.audit)
		if err := w.unackBy(c.id, c.mine...); model.CodeOf(err) != c.want && (err != nil || c.want != "") {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if n := len(w.store.audit) - audited; (n == 1) != (c.want == "") {
			t.Errorf("%s: %d lines of audit", c.name, n)
		}
	}
}

// TestAckOfAStormCoversItsChecks: who sees only clients takes back nothing of what belongs to none of them.
func TestAckOfAStormCoversItsChecks(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1", "a/shop@h2", "b/web@h3")
	w.rules.Storm.Over, w.rules.Storm.Within = 2, time.Minute
	w.manager.SetRules(w.rules)
	w.fail("main-db", "a/web@h1", "a/shop@h2", "b/web@h3")
	w.wait(15 * time.Second)
	id := w.storm().ID
	w.ackBy(id, "ann")
	for _, clients := range [][]string{{"a"}, {"a", "b"}} { // the check belongs to neither
		if err := w.unackBy(id, clients...); model.CodeOf(err) != model.ErrAckedForMore {
			t.Errorf("%v: %v", clients, err)
		}
	}
	w.ackBy(id, "bob", "a", "b")
	if err := w.unackBy(id, "a", "b"); err != nil {
		t.Error(err)
	}
	if in, _ := w.manager.Incident(id); len(in.Acks) != 1 || in.Acks[0].Name != "ann" {
		t.Errorf("left: %+v", in.Acks)
	}
}

// ackWorld is what must be true of the acknowledgements of an incident of the clients a and b.
type ackWorld struct {
	*world
	kept   map[string]bool // scopes, as words
	missed map[string]int  // reminders that a reader did not get, by scope
}

// readers are who sees cards: everybody, and each client's.
var readers = []string{"", "a", "b"}

func (m *ackWorld) sees(scope, client string) bool {
	return scope == "" || slices.Contains(strings.Fields(scope), client)
}

func (m *ackWorld) inHand(reader string) bool {
	for _, client := range []string{"a", "b"} {
		covered := false
		for scope := range m.kept {
			covered = covered || m.sees(scope, client)
		}
		if m.sees(reader, client) && !covered {
			return false
		}
	}
	return true
}

// unack removes from the model what a scope may take back, and reports whether that was anything.
func (m *ackWorld) unack(scope string) (any bool) {
	for kept := range m.kept {
		mine, more := model.ScopeOf(strings.Fields(scope)).Includes(model.ScopeOf(strings.Fields(kept))), false
		for _, client := range []string{"a", "b"} {
			mine = mine || m.sees(kept, client) && m.sees(scope, client)
			more = more || m.sees(kept, client) && !m.sees(scope, client)
		}
		if mine && !more {
			delete(m.kept, kept)
			any = true
		}
	}
	return any
}

// check compares what each reader is shown and reminded of with the model.
func (m *ackWorld) check(r *rapid.T) {
	m.wait(time.Second)
	reminded := map[string]int{}
	for _, line := range m.said() {
		for i, reader := range readers {
			if line == fmt.Sprintf("%d reminder host:h1 critical", i+1) {
				reminded[reader]++
			}
		}
	}
	for _, reader := range readers {
		in := m.manager.OpenIncidents(model.ScopeOf(strings.Fields(reader)))[0]
		if in.Acknowledged != m.inHand(reader) {
			r.Fatalf("%q reads that it is acknowledged: %v, of %v", reader, in.Acknowledged, m.kept)
		}
		for _, a := range in.Acks {
			for _, client := range a.Scope.Clients {
				if !m.sees(reader, client) {
					r.Fatalf("%q reads of client %s", reader, client)
				}
			}
		}
		want := 0
		if !m.inHand(reader) {
			want, m.missed[reader] = min(1, m.missed[reader]), 0
		}
		if reminded[reader] != want {
			r.Fatalf("%q got %d reminders, want %d; kept %v", reader, reminded[reader], want, m.kept)
		}
	}
	if in, _ := m.manager.Incident(1); len(in.Acks) != len(m.kept) {
		r.Fatalf("%d acknowledgements, want %v", len(in.Acks), m.kept)
	}
}

// TestAcksForEveryReader acknowledges and takes back in every scope: one per scope is kept, a narrower one replaces no wider one,
// each reader reads and is reminded of exactly what nobody in sight has in hand, across restarts.
func TestAcksForEveryReader(t *testing.T) {
	scopes := []string{"", "a", "b", "a b", "a c", "c"}
	rapid.Check(t, func(r *rapid.T) {
		m := &ackWorld{world: shared(t), kept: map[string]bool{}, missed: map[string]int{}}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			scope := rapid.SampledFrom(scopes).Draw(r, "scope")
			switch rapid.SampledFrom([]string{"ack", "ack", "unack", "wait", "restart"}).Draw(r, "what") {
			case "ack":
				m.ackBy(1, "ann", strings.Fields(scope)...)
				m.kept[scope] = true
			case "unack":
				if err := m.unackBy(1, strings.Fields(scope)...); m.unack(scope) != (err == nil) {
					r.Fatalf("%q takes back: %v; kept %v", scope, err, m.kept)
				}
			case "wait":
				m.wait(time.Hour)
				for _, reader := range readers {
					m.missed[reader]++
				}
			case "restart":
				m.restart()
			}
			m.check(r)
		}
	})
}
