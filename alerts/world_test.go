package alerts_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot"
	"opsbot/alerts"
	"opsbot/impact"
)

// memStore keeps what is committed, as a database would.
type memStore struct {
	mu            sync.Mutex
	m             opsbot.Memory
	cards         map[string]opsbot.Card
	open          map[opsbot.IncidentID]opsbot.Incident
	mutes         map[opsbot.MuteID]opsbot.Mute
	notifications []opsbot.Notification
	events        map[opsbot.EventKey]opsbot.Event
	audit         []opsbot.AuditEntry
	past          []opsbot.Transition
	last          int64
	commits       int
	full          bool // the disk
}

var errFull = errors.New("database or disk is full")

func newStore() *memStore {
	return &memStore{
		m: opsbot.Memory{Checks: map[opsbot.CheckID]opsbot.CheckState{}, Fresh: true}, cards: map[string]opsbot.Card{},
		open: map[opsbot.IncidentID]opsbot.Incident{}, mutes: map[opsbot.MuteID]opsbot.Mute{}, events: map[opsbot.EventKey]opsbot.Event{},
	}
}

func (s *memStore) Commit(_ context.Context, c opsbot.Change) ([]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return nil, errFull
	}
	s.commits++
	s.m.Fresh = false
	maps.Copy(s.m.Checks, c.Checks)
	for _, id := range c.Forget {
		delete(s.m.Checks, id)
	}
	for _, in := range c.Incidents {
		s.open[in.ID] = in
		s.m.LastIncident = max(s.m.LastIncident, in.ID)
	}
	for _, card := range c.Cards {
		key := fmt.Sprint(card.Incident, card.To)
		if card.Message == 0 {
			card.Message = s.cards[key].Message
		}
		s.cards[key] = card
	}
	for _, e := range c.Events {
		s.events[e.EventKey] = e
	}
	for _, m := range c.Mutes {
		s.mutes[m.ID] = m
		s.m.LastMute = max(s.m.LastMute, m.ID)
	}
	if !c.Daily.IsZero() {
		s.m.Daily = c.Daily
	}
	s.audit = append(s.audit, c.Audit...)
	s.past = append(s.past, c.Transitions...)
	s.notifications = slices.DeleteFunc(s.notifications, func(t opsbot.Notification) bool { return slices.Contains(c.Drop, t.ID) })
	var ids []int64
	for _, t := range c.Notifications {
		s.last++
		t.ID = s.last
		ids = append(ids, t.ID)
		s.notifications = append(s.notifications, t)
	}
	return ids, nil
}

// load is what a restart finds. sent tellings are out of the outbox.
func (s *memStore) load() opsbot.Memory {
	m := s.m
	m.Checks = maps.Clone(s.m.Checks)
	for _, in := range s.open {
		if in.Open() {
			m.Open = append(m.Open, in)
		}
	}
	for _, e := range s.events {
		if in := s.open[e.Incident]; e.Active() || (in.ID != 0 && in.Open()) {
			m.Events = append(m.Events, e)
		}
	}
	for _, c := range s.cards {
		if in := s.open[c.Incident]; in.Open() {
			m.Cards = append(m.Cards, c)
		}
	}
	for _, in := range s.open {
		if !in.Open() {
			m.Ended = append(m.Ended, opsbot.Ended{Key: in.Key(), OpenedAt: in.OpenedAt, ClosedAt: in.ClosedAt})
		}
	}
	slices.SortFunc(m.Ended, func(a, b opsbot.Ended) int {
		return cmp.Or(a.ClosedAt.Compare(b.ClosedAt), a.OpenedAt.Compare(b.OpenedAt))
	})
	m.Windows = map[string]time.Time{}
	for _, mute := range s.mutes {
		if mute.Window != "" && mute.From.After(m.Windows[mute.Window]) {
			m.Windows[mute.Window] = mute.From
		}
		if mute.EndedAt.IsZero() {
			m.Mutes = append(m.Mutes, mute)
		}
	}
	for _, t := range s.notifications {
		if !t.NotBefore.IsZero() {
			m.Deferred = append(m.Deferred, t)
		}
	}
	return m
}

// world is a Manager with its surroundings, on a clock that the test moves.
type world struct {
	t             *testing.T
	at            time.Time
	store         *memStore
	inv           *opsbot.Inventory
	routing       alerts.Routing
	rules         alerts.Rules
	manager       *alerts.Manager
	verifications []string
	again         []opsbot.CheckID
	toVerify      []opsbot.CheckID
	read          int64 // the last telling that said returned
}

func (w *world) VerifyHost(host string)                   { w.verifications = append(w.verifications, host) }
func (w *world) Again(id opsbot.CheckID, _ time.Duration) { w.again = append(w.again, id) }

func (w *world) VerifyChecks(ids []opsbot.CheckID) { w.toVerify = append(w.toVerify, ids...) }

// byName finds the host that an event names, when there is one.
func byName(inv *opsbot.Inventory) func(*opsbot.Event) string {
	return func(e *opsbot.Event) string {
		for _, name := range e.Names {
			if _, known := inv.Host(name); known {
				return name
			}
		}
		return ""
	}
}

// newWorld has the checks given as "client/service@host" or a standalone name, all of which have been ok once.
func newWorld(t *testing.T, checks ...string) *world {
	t.Helper()
	w := &world{t: t, at: start, store: newStore(), inv: inventoryOf(checks...)}
	w.routing = alerts.Routing{Chats: []opsbot.Chat{{ID: 1}}, Bypass: []opsbot.Severity{opsbot.SeverityCritical}}
	w.restart()
	for _, c := range checks {
		w.result(c, opsbot.StatusOK)
	}
	w.said()
	return w
}

func inventoryOf(names ...string) *opsbot.Inventory {
	var services []opsbot.Service
	var hosts []opsbot.Host
	var clients []opsbot.Client
	var checks []*opsbot.Check
	for _, name := range names {
		c := &opsbot.Check{ID: opsbot.CheckID(name), Timeout: 10 * time.Second, Severity: opsbot.SeverityCritical, Comment: "wake " + name}
		if key, host, ok := strings.Cut(name, "@"); ok {
			client, service, _ := strings.Cut(key, "/")
			k := opsbot.ServiceKey{Client: client, Service: service}
			c.Endpoint, c.Comment = &opsbot.Endpoint{ServiceKey: k, Host: host}, ""
			services = append(services, opsbot.Service{ServiceKey: k, ErrThreshold: 10, Tier: client}) // the client "gold" is of the gold tier
			hosts = append(hosts, opsbot.Host{Name: host})
			clients = append(clients, opsbot.Client{Name: client})
		}
		checks = append(checks, c)
	}
	return opsbot.NewInventory(clients, services, hosts, checks)
}

// restart is a kill -9: only what was committed goes on.
func (w *world) restart() {
	w.manager = alerts.New(alerts.Options{
		Store: w.store, Verifier: w, Confirmer: w, CheckVerifier: w, Assess: impact.Assess, Locate: byName, Wake: func() {}, Now: func() time.Time { return w.at },
		Inventory: w.inv, Routing: w.routing, Rules: w.rules, Memory: w.store.load(),
	})
	w.verifications = nil
	w.tick()
}

func (w *world) tick() {
	w.t.Helper()
	if err := w.manager.Tick(context.Background()); err != nil && !errors.Is(err, errFull) {
		w.t.Fatal(err)
	}
}

// wait moves the clock, ticking whenever the Manager wants to be woken.
func (w *world) wait(d time.Duration) {
	w.t.Helper()
	end := w.at.Add(d)
	for range 10000 {
		next := w.manager.NextWake()
		if next.IsZero() || next.After(end) {
			w.at = end
			return
		}
		if next.After(w.at) {
			w.at = next
		}
		w.tick()
	}
	w.t.Fatal("the book never sleeps")
}

func outcome(id string, status opsbot.Status, at time.Time) opsbot.Result {
	r := opsbot.Result{Check: opsbot.CheckID(id), Status: status, At: at}
	if status != opsbot.StatusOK {
		r.Reason = opsbot.NewReason(opsbot.ReasonRefused, "took", at.String())
	}
	return r
}

func (w *world) result(id string, status opsbot.Status) {
	w.t.Helper()
	err := w.manager.Handle(context.Background(), outcome(id, status, w.at))
	if err != nil && !errors.Is(err, errFull) {
		w.t.Fatal(err)
	}
}

func (w *world) fail(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.result(id, opsbot.StatusFail)
	}
}

func (w *world) heal(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.result(id, opsbot.StatusOK)
	}
}

// look answers for a host: what is listed is ok, all else fails.
func (w *world) verification(host string, fine ...string) {
	w.t.Helper()
	var results []opsbot.Result
	for _, c := range w.inv.ChecksOfHost(host) {
		status := opsbot.StatusFail
		if slices.Contains(fine, string(c.ID)) {
			status = opsbot.StatusOK
		}
		results = append(results, outcome(string(c.ID), status, w.at))
	}
	if err := w.manager.HandleVerification(context.Background(), host, results...); err != nil && !errors.Is(err, errFull) {
		w.t.Fatal(err)
	}
}

// said returns what is new in the outbox and due, one line each: "1 opened host:web1 critical".
func (w *world) said() []string {
	var lines []string
	for _, t := range w.store.notifications {
		if t.ID > w.read {
			lines = append(lines, describe(&t))
		}
	}
	w.read = w.store.last
	return lines
}

func describe(t *opsbot.Notification) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", t.To.Chat, t.Kind)
	if in := t.Snapshot.Incident; in != nil {
		fmt.Fprintf(&b, " %s %s", in.Key(), in.Severity)
		if in.Parent != 0 {
			fmt.Fprintf(&b, " part of #%d", in.Parent)
		}
		if !in.Open() {
			b.WriteString(" closed")
		}
		if !in.MutedUntil.IsZero() {
			b.WriteString(" muted")
		}
	}
	for _, in := range t.Snapshot.Open {
		b.WriteString(" +" + in.Key())
	}
	for _, in := range t.Snapshot.Gone {
		b.WriteString(" -" + in.Key())
	}
	if !t.NotBefore.IsZero() {
		b.WriteString(" held")
	}
	return b.String()
}

// delivered is the dispatcher noting the message that shows every card.
func (w *world) delivered(message int) {
	for key, card := range w.store.cards {
		card.Message = message
		w.store.cards[key] = card
	}
}

// expect compares what was said since the last time.
func (w *world) expect(want ...string) {
	w.t.Helper()
	if got := w.said(); !slices.Equal(got, want) {
		w.t.Errorf("said:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
