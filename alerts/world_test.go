package alerts_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/test/clock"
)

// memStore keeps what is committed, as a database would.
type memStore struct {
	mu            sync.Mutex
	m             model.Memory
	cards         map[string]model.Card
	open          map[model.IncidentID]model.Incident
	mutes         map[model.MuteID]model.Mute
	notifications []model.Notification
	events        map[model.EventKey]model.Event
	escalations   map[model.EscalationID]model.Escalation
	audit         []model.AuditEntry
	past          []model.Transition
	last          int64
	commits       int
	full          bool                       // the disk
	committed     func([]model.Notification) // gets the outbox after each commit; nil is fine
}

var errFull = errors.New("database or disk is full")

func newStore() *memStore {
	return &memStore{
		m: model.Memory{Checks: map[model.CheckID]model.CheckState{}, Fresh: true}, cards: map[string]model.Card{},
		open: map[model.IncidentID]model.Incident{}, mutes: map[model.MuteID]model.Mute{}, events: map[model.EventKey]model.Event{},
		escalations: map[model.EscalationID]model.Escalation{},
	}
}

func (s *memStore) Commit(_ context.Context, c model.Change) ([]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return nil, errFull
	}
	s.commits++
	s.m.Fresh = false
	s.m.Numbers = append(s.m.Numbers, c.Numbers...)
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
	s.notifications = slices.DeleteFunc(s.notifications, func(t model.Notification) bool { return slices.Contains(c.Drop, t.ID) })
	for _, e := range c.Escalations {
		s.escalations[e.ID] = e
		s.m.LastEscalation = max(s.m.LastEscalation, e.ID)
	}
	s.notifications = slices.DeleteFunc(s.notifications, func(t model.Notification) bool { return slices.Contains(c.Stopped, t.Queue()) })
	var ids []int64
	for _, t := range c.Notifications {
		s.last++
		t.ID = s.last
		ids = append(ids, t.ID)
		s.notifications = append(s.notifications, t)
	}
	if s.committed != nil {
		s.committed(s.notifications)
	}
	return ids, nil
}

// load is what a restart finds. sent notifications are out of the outbox.
func (s *memStore) load() model.Memory {
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
			m.Ended = append(m.Ended, model.Ended{Key: in.Key(), OpenedAt: in.OpenedAt, ClosedAt: in.ClosedAt})
		}
	}
	slices.SortFunc(m.Ended, func(a, b model.Ended) int {
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
		if t.Kind == model.NotifyPage {
			m.PagesWaiting = append(m.PagesWaiting, t.Queue())
		}
	}
	for _, e := range s.escalations {
		if e.State != model.EscalationEnded {
			m.Escalations = append(m.Escalations, e)
		}
	}
	return m
}

// world is a Manager with its surroundings, on a clock that the test moves.
type world struct {
	t        *testing.T
	at       time.Time     // elapsed time
	wall     time.Duration // by how much the wall clock was set meanwhile
	clocks   bool          // times have both clocks, as those of time.Now
	store    *memStore
	inv      *model.Inventory
	routing  alerts.Routing
	rules    alerts.Rules
	gather   time.Duration
	crew     *crew // who can be paged; nil: nobody
	manager  *alerts.Manager
	again    []model.CheckID
	toVerify []model.CheckID // what the Manager wants verified
	read     int64           // the last notification that said returned
	messages int             // that arrived together
}

func (w *world) Again(id model.CheckID, _ time.Duration) { w.again = append(w.again, id) }

func (w *world) VerifyChecks(ids []model.CheckID) { w.toVerify = append(w.toVerify, ids...) }

// byName finds the host that an event names, when there is one.
// byName finds events by the names of hosts, else by their labels client and service.
func byName(inv *model.Inventory) func(*model.Event) model.Located {
	return func(e *model.Event) model.Located {
		for _, name := range e.Names {
			if _, known := inv.Host(name); known {
				return model.Located{Host: name}
			}
		}
		if client := e.Labels["client"]; len(inv.ChecksOfClient(client)) > 0 {
			return model.Located{
				About:       []model.ServiceKey{{Client: client, Service: e.Labels["service"]}},
				HostUnknown: len(e.Names) > 0 && !strings.HasSuffix(e.Names[0], ".example.com"), // that is the client's domain
			}
		}
		return model.Located{}
	}
}

// newWorld has the checks given as "client/service@host" or a standalone name, all of which have been ok once.
func newWorld(t *testing.T, checks ...string) *world {
	t.Helper()
	w := &world{t: t, at: start, store: newStore(), inv: inventoryOf(checks...)}
	w.routing = alerts.Routing{Chats: []model.Chat{{ID: 1}}, Bypass: []model.Severity{model.SeverityCritical}}
	w.restart()
	for _, c := range checks {
		w.result(c, model.StatusOK)
	}
	w.said()
	w.at = w.at.Add(time.Second)
	return w
}

func inventoryOf(names ...string) *model.Inventory {
	services, hosts, clients := map[model.ServiceKey]model.Service{}, map[string]model.Host{}, map[string]model.Client{}
	var checks []*model.Check
	for _, name := range names {
		c := &model.Check{ID: model.CheckID(name), Timeout: 10 * time.Second, Severity: model.SeverityCritical, Comment: "wake " + name}
		if key, host, ok := strings.Cut(name, "@"); ok {
			client, service, _ := strings.Cut(key, "/")
			k := model.ServiceKey{Client: client, Service: service}
			c.Endpoint, c.Comment = &model.Endpoint{ServiceKey: k, Host: host}, ""
			services[k] = model.Service{ServiceKey: k, ErrThreshold: 10, Tier: client} // the client "gold" is of the gold tier
			hosts[host], clients[client] = model.Host{Name: host}, model.Client{Name: client}
		}
		checks = append(checks, c)
	}
	return model.NewInventory(slices.Collect(maps.Values(clients)), slices.Collect(maps.Values(services)), slices.Collect(maps.Values(hosts)), checks)
}

// restart is a kill -9: only what was committed goes on.
func (w *world) restart() {
	var directory alerts.Directory
	if w.crew != nil {
		directory = w.crew
	}
	w.manager = alerts.New(alerts.Options{
		Directory: directory, Store: w.store, Verifier: w, Confirmer: w, Locate: byName, Wake: func() {}, Now: w.now,
		Inventory: w.inv, Routing: w.routing, Rules: w.rules, Memory: w.memory(), Gather: w.gather,
	})
	w.toVerify = nil
	w.tick()
}

// memory is what a restart finds: of times with both clocks the wall clock alone.
func (w *world) memory() model.Memory {
	m := w.store.load()
	if !w.clocks {
		return m
	}
	text, err := json.Marshal(m)
	if err != nil {
		w.t.Fatal(err)
	}
	var stored model.Memory
	if err := json.Unmarshal(text, &stored); err != nil {
		w.t.Fatal(err)
	}
	return stored
}

// now is the time that the Manager and results have.
func (w *world) now() time.Time {
	if w.clocks {
		return clock.Moved(w.at, w.wall)
	}
	return w.at
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
		if !next.IsZero() {
			next = w.at.Add(next.Sub(w.now()))
		}
		if next.IsZero() || next.After(end) {
			w.at = end
			return
		}
		if next.After(w.at) {
			w.at = next
		}
		w.tick()
	}
	w.t.Fatal("the Manager never sleeps")
}

func outcome(id string, status model.Status, at time.Time) model.Result {
	r := model.Result{Check: model.CheckID(id), Status: status, At: at}
	if status != model.StatusOK {
		r.Reason = model.NewReason(model.ReasonRefused, "took", at.String())
	}
	return r
}

func (w *world) result(id string, status model.Status) {
	w.t.Helper()
	err := w.manager.Handle(context.Background(), outcome(id, status, w.now()))
	if err != nil && !errors.Is(err, errFull) {
		w.t.Fatal(err)
	}
}

func (w *world) fail(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.result(id, model.StatusFail)
	}
}

func (w *world) heal(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.result(id, model.StatusOK)
	}
}

// verification answers for a host: what is listed is ok, all else there fails. Whatever else the Manager wants verified is as it
// was last seen.
func (w *world) verification(host string, fine ...string) {
	w.t.Helper()
	var results []model.Result
	for _, c := range w.inv.ChecksOfHost(host) {
		status := model.StatusFail
		if slices.Contains(fine, string(c.ID)) {
			status = model.StatusOK
		}
		results = append(results, outcome(string(c.ID), status, w.now()))
	}
	w.handle(results)
	w.answer()
}

// answer answers for all that the Manager wants verified: it is as it was last seen.
func (w *world) answer() {
	w.t.Helper()
	for len(w.toVerify) > 0 {
		var results []model.Result
		for _, id := range w.toVerify {
			if st, known := w.manager.State(id); known {
				results = append(results, outcome(string(id), st.Status, w.now()))
			}
		}
		w.toVerify = nil
		w.handle(results)
	}
}

func (w *world) handle(results []model.Result) {
	w.t.Helper()
	if err := w.manager.Handle(context.Background(), results...); err != nil && !errors.Is(err, errFull) {
		w.t.Fatal(err)
	}
}

// verifies compares what the Manager wanted verified since the last time.
func (w *world) verifies(want ...model.CheckID) {
	w.t.Helper()
	slices.Sort(w.toVerify)
	slices.Sort(want)
	if !slices.Equal(w.toVerify, want) {
		w.t.Errorf("wants %v verified, not %v", w.toVerify, want)
	}
	w.toVerify = nil
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

func describe(t *model.Notification) string {
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
	for _, in := range t.Snapshot.Resolved {
		fmt.Fprintf(&b, " =%s", in.Key())
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
