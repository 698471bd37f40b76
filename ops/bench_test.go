package ops_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench holds Actions with fake dependencies. The words of its inventory are exact ids of clients, hosts, services and
// checks.
type bench struct {
	messages [][]int64 // of the outbox, changed together
	noneDead bool
	aside    []model.SetAsideRow
	*testing.T
	actions *ops.Actions
	inv     *model.Inventory

	mu           sync.Mutex
	audit        []model.AuditEntry
	mutes        []model.Mute
	over         []model.Incident
	open         []model.Incident
	states       map[model.CheckID]model.CheckState
	results      map[model.CheckID]model.Result
	rechecks     []model.CheckID
	resets       []model.CheckID
	healthIssues []model.Reason
	events       []model.Event
	closed       []string
	sources      []model.SourceState
	looked       []model.IncidentID
	past         []model.Event
	pasts        map[model.ServiceKey]model.ServicePast
	since        time.Time     // time of the first result
	pace         time.Duration // between two results of a check
	runs         int           // of the engine
	passed       time.Duration // since epoch
	lasts        time.Duration // how long a run takes
	hold         chan struct{} // set: a run blocks in its middle
	began        chan struct{}
	refuse       error // of the audit log
	logs         *shelf
	kept         ops.Collected
	keptOf       model.IncidentID
	roster       *oncall.Roster // nil: nobody is on call
	taken        int64          // overrides
	links        links
	duty         map[string]model.Actor // by person
	phones       phones
	paged        []model.PageRequest
	sentPages    []model.SentPage
	pagesFail    error
	refused      []string // who said "not me"
	covers       int64
	public       string               // the address of the web listener
	sent         []model.Notification // about on-call duty
	away         []string             // people who cannot be reached directly
	quiet        bool                 // chats of schedules are told only what nobody else can be told

	baselines map[string]*model.Baseline
	pause     func() error // called in the pauses of a run of several rounds; may be nil

	posted   []model.Change       // posted together with reports
	reported map[string]time.Time // due times of posted reports
	cannot   map[string]error     // reports of these clients fail
	counted  int64                // what limited readers call the first incident and the first mute, less one
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		T: t, states: map[model.CheckID]model.CheckState{}, results: map[model.CheckID]model.Result{}, began: make(chan struct{}, 10),
		reported: map[string]time.Time{}, cannot: map[string]error{},
		logs: &shelf{of: map[string][]string{"web1": {"access", "error"}, "web2": {"access"}, "web3": {"access"}}},
	}
	b.inv = inventory("acme/reports@web1", "acme/store@web2", "beta/reports@web2", "beta/support@web3", "main-db")
	b.open = []model.Incident{{
		ID: 1, Kind: model.IncidentHost, Host: "web2", Failing: []model.FailingCheck{{Check: "acme/store@web2"}, {Check: "beta/reports@web2"}},
		Affected: []model.ServiceState{{ServiceKey: model.ServiceKey{Client: "acme", Service: "store"}}, {ServiceKey: model.ServiceKey{Client: "beta", Service: "reports"}}},
	}, {
		ID: 2, Kind: model.IncidentCheck, Check: "main-db", Failing: []model.FailingCheck{{Check: "main-db"}},
	}}
	b.actions = ops.New(ops.Deps{
		Inventory: b, Engine: b, Alerts: b, Numbers: b, Muter: b, Archive: b, Past: b, Outbox: b, SetAside: b, Audit: b, Events: b, Closer: b, Pager: b, Sources: b, Reports: b, Windows: func() []model.MaintenanceWindow { return nil }, Now: b.now,
		Recheck:      func(id model.CheckID) { b.locked(func() { b.rechecks = append(b.rechecks, id) }) },
		HealthIssues: func() []model.Reason { return b.healthIssues },
		Rota: ops.NewRota(b, func() *oncall.Roster {
			if b.roster == nil {
				return &oncall.Roster{}
			}
			return b.roster
		}, ops.DutyMemory{}),
		Contacts: b, PublicURL: func() string { return b.public },
		SentPages: func(_ context.Context, in model.Span) (all []model.SentPage, err error) {
			for _, p := range b.sentPages {
				if !p.At.Before(in.From) && p.At.Before(in.To) {
					all = append(all, p)
				}
			}
			return all, b.pagesFail
		},

		Links: ops.NewAckLinks(&b.links, b.now), Gateways: &b.phones,
		Duty: func(link *model.AckLink) (model.Actor, bool) {
			who, known := b.duty[link.Person]
			return who, known
		},
		Baselines: b, Wait: b.wait,
		Logs: b.logs, LogPolicy: func() ops.LogPolicy { return ops.LogPolicy{Before: 5 * time.Minute, After: time.Minute, Hosts: 2} },
		Collected: func(id model.IncidentID) (ops.Collected, bool) { return b.kept, b.keptOf == id },
	})
	return b
}

// Numbers implements ops.Numbers: limited readers count from b.counted on.
func (b *bench) Numbers(_ context.Context, _ model.Scope, _ model.NumberKind, ids []int64) map[int64]int64 {
	numbers := map[int64]int64{}
	for _, id := range ids {
		numbers[id] = b.counted + id
	}
	return numbers
}

// Numbered implements ops.Numbers.
func (b *bench) Numbered(_ model.Scope, _ model.NumberKind, number int64) (int64, bool) {
	return number - b.counted, number > b.counted
}

func (b *bench) now() (at time.Time) {
	b.locked(func() { at = epoch.Add(b.passed) })
	return at
}

func (b *bench) wait(ctx context.Context, d time.Duration) error {
	b.locked(func() { b.passed += d })
	if b.pause != nil {
		if err := b.pause(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (b *bench) AuditSince(context.Context, time.Time, int) ([]model.AuditEntry, error) {
	return b.audit, nil
}

func (b *bench) KeepBaseline(_ context.Context, name string, one *model.Baseline) error {
	if b.baselines == nil {
		b.baselines = map[string]*model.Baseline{}
	}
	b.baselines[name] = one
	return nil
}

func (b *bench) Baseline(_ context.Context, name string) (*model.Baseline, error) {
	return b.baselines[name], nil
}

// Events and the following methods are the events of sources.
func (b *bench) Events(scope model.Scope) []model.Event {
	var seen []model.Event
	for _, e := range b.events {
		if !scope.Limited || slices.ContainsFunc(b.inv.ChecksOfHost(e.Host), func(c *model.Check) bool { return scope.Sees(c.Client()) }) {
			seen = append(seen, e)
		}
	}
	return seen
}

func (b *bench) VerifyAgain(_ context.Context, id model.IncidentID, _ model.Scope) (int, error) {
	b.looked = append(b.looked, id)
	return 4, nil
}

func (b *bench) LastContact(model.EventKey) time.Time { return epoch }

// CloseEvent ends an event as the sources do: with its audit entry, or not at all.
func (b *bench) CloseEvent(_ context.Context, key model.EventKey, by string, audit model.AuditEntry) error {
	if b.refuse != nil {
		return b.refuse
	}
	b.locked(func() {
		b.events = slices.DeleteFunc(b.events, func(e model.Event) bool { return e.EventKey == key })
		b.closed, b.audit = append(b.closed, key.String()+" by "+by), append(b.audit, audit)
	})
	return nil
}

func (b *bench) SourceStates() []model.SourceState { return b.sources }

func (b *bench) Near(e *model.Event) ([]string, model.Reason) {
	return []string{"web1"}, model.Reason{}
}

func inventory(ids ...string) *model.Inventory {
	clients, hosts := map[string]model.Client{}, map[string]model.Host{}
	var services []model.Service
	var checks []*model.Check
	for _, id := range ids {
		c := &model.Check{ID: model.CheckID(id)}
		if key, host, ok := strings.Cut(id, "@"); ok {
			client, service, _ := strings.Cut(key, "/")
			k := model.ServiceKey{Client: client, Service: service}
			c.Endpoint = &model.Endpoint{ServiceKey: k, Host: host}
			clients[client], hosts[host] = model.Client{Name: client, ReportTo: []string{"it@" + client + ".example"}}, model.Host{Name: host}
			services = append(services, model.Service{ServiceKey: k, ErrThreshold: 10})
		}
		checks = append(checks, c)
	}
	var cs []model.Client
	for _, c := range clients {
		cs = append(cs, c)
	}
	var hs []model.Host
	for _, h := range hosts {
		hs = append(hs, h)
	}
	return model.NewInventory(cs, services, hs, checks)
}

func (b *bench) locked(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// Current and the following methods implement the dependencies.
func (b *bench) Current() *model.Inventory { return b.inv }

func (b *bench) Resolve(inv *model.Inventory, words []string, scope model.Scope) (sel model.Selector, err error) {
	for _, w := range words {
		_, client := inv.Client(w)
		_, host := inv.Host(w)
		_, check := inv.Check(model.CheckID(w))
		switch {
		case w == "all":
		case client && scope.Sees(w):
			sel.Clients = append(sel.Clients, w)
		case host:
			sel.Hosts = append(sel.Hosts, w)
		case check && !scope.Limited:
			sel.Checks = append(sel.Checks, model.CheckID(w))
		case w == "reports" || w == "store" || w == "support":
			sel.Services = append(sel.Services, w)
		default:
			return sel, &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": w}}
		}
	}
	return sel, nil
}

func (b *bench) Warnings(model.Scope) []model.Reason   { return nil }
func (b *bench) Beyond(model.Scope) []ops.UnmappedHost { return nil }

func (b *bench) RunAll(ctx context.Context, all []*model.Check, each func(model.Result)) {
	var hold chan struct{}
	b.locked(func() { b.runs++; b.passed += b.lasts; hold = b.hold })
	for i, c := range all {
		if i == len(all)/2 && hold != nil {
			b.began <- struct{}{}
			select {
			case <-hold:
			case <-ctx.Done():
			}
		}
		r := model.Result{Check: c.ID, Status: model.StatusOK}
		b.locked(func() {
			if broken, ok := b.results[c.ID]; ok {
				r.Status = broken.Status
			}
		})
		if ctx.Err() != nil {
			r.Status = model.StatusUnknown
		}
		each(r)
	}
}

func (b *bench) State(id model.CheckID) (model.CheckState, bool) {
	_, known := b.inv.Check(id)
	return b.states[id], known
}
func (b *bench) States() map[model.CheckID]model.CheckState { return b.states }
func (b *bench) Overview(scope model.Scope) (now model.Overview) {
	all := (model.Selector{}).Select(b.inv, scope)
	some := b.StateOf(scope, all)
	for i, c := range all {
		now.Add(c, &some.Checks[i])
	}
	now.Services, now.Incidents = some.Services, b.open
	return now
}

func (b *bench) StateOf(scope model.Scope, checks []*model.Check) (now model.SelectionState) {
	seen := map[model.ServiceKey]bool{}
	for _, c := range checks {
		now.Checks = append(now.Checks, b.states[c.ID])
		if e := c.Endpoint; e != nil && scope.Sees(e.Client) && !seen[e.ServiceKey] {
			seen[e.ServiceKey] = true
			now.Services = append(now.Services, model.ServiceState{ServiceKey: e.ServiceKey, Verdict: model.VerdictOK})
		}
	}
	now.Incidents = b.open
	return now
}
func (b *bench) OpenIncidents(model.Scope) []model.Incident { return b.open }
func (b *bench) Incident(id model.IncidentID) (model.Incident, bool) {
	for _, in := range b.open {
		if in.ID == id {
			return in, true
		}
	}
	return model.Incident{}, false
}

func (b *bench) Preview(m model.Mute) model.Hidden {
	clients := map[string]bool{}
	var h model.Hidden
	for _, c := range b.inv.Checks() {
		if m.Incident != 0 || m.Selector.Matches(c) {
			h.Checks++
			clients[c.Client()] = true
		}
	}
	delete(clients, "")
	h.Clients = len(clients)
	return h
}

func (b *bench) Mute(_ context.Context, m model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error) {
	m.ID = model.MuteID(len(b.mutes) + 1)
	b.mutes, b.audit = append(b.mutes, m), append(b.audit, audit)
	return m, b.Preview(m), nil
}

func (b *bench) ExtendMute(_ context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error) {
	b.mutes[id-1].Until, b.audit = until, append(b.audit, audit)
	return b.mutes[id-1], nil
}

func (b *bench) EndMutes(_ context.Context, ends []model.MuteEnd, _ bool) (ended []model.Mute, err error) {
	for _, e := range ends {
		b.mutes[e.ID-1].EndedAt, b.audit = epoch, append(b.audit, e.Audit)
		ended = append(ended, b.mutes[e.ID-1])
	}
	return ended, nil
}
func (b *bench) Mutes() []model.Mute { return b.mutes }
func (b *bench) Reset(_ context.Context, id model.CheckID, audit model.AuditEntry) error {
	b.resets, b.audit = append(b.resets, id), append(b.audit, audit)
	return nil
}

func (b *bench) Ack(_ context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error) {
	b.audit = append(b.audit, audit)
	for i := range b.open {
		if b.open[i].ID == id {
			b.open[i].Ack(ack)
		}
	}
	return model.Incident{}, nil
}

func (b *bench) Unack(_ context.Context, id model.IncidentID, scope model.Scope, audit model.AuditEntry) (model.Incident, error) {
	b.audit = append(b.audit, audit)
	for i := range b.open {
		if b.open[i].ID == id {
			b.open[i].Acks = slices.DeleteFunc(b.open[i].Acks, func(a model.Ack) bool { return scope.Includes(a.Scope) })
		}
	}
	return model.Incident{}, nil
}

func (b *bench) Note(_ context.Context, about model.Incident, note model.Note, audit model.AuditEntry) (model.Incident, error) {
	b.audit = append(b.audit, audit)
	for _, all := range [][]model.Incident{b.open, b.over} {
		for i := range all {
			if all[i].ID == about.ID {
				all[i].Notes = append(all[i].Notes, note)
			}
		}
	}
	return about, nil
}

// StoredIncident implements ops.Archive.
func (b *bench) StoredIncident(_ context.Context, id model.IncidentID) (model.Incident, bool, error) {
	for _, in := range slices.Concat(b.open, b.over) {
		if in.ID == id {
			return in, true, nil
		}
	}
	return model.Incident{}, false, nil
}

// Incidents is the archive: everything open, and everything closed.
func (b *bench) Incidents(_ context.Context, _ time.Time, limit int) ([]model.Incident, error) {
	all := append(slices.Clone(b.open), b.over...)
	slices.SortFunc(all, func(x, y model.Incident) int { return cmp.Compare(y.ID, x.ID) })
	return all[:min(len(all), limit)], nil
}

// ServicePasts implements ops.Past: from b.pasts, else everything was up.
func (b *bench) ServicePasts(_ context.Context, _ *model.Inventory, keys []model.ServiceKey, span model.Span) ([]model.ServicePast, error) {
	all := make([]model.ServicePast, len(keys))
	for i, key := range keys {
		p, known := b.pasts[key]
		if !known {
			p.Up = span.Length()
		}
		p.ServiceKey = key
		all[i] = p
	}
	return all, nil
}

// Removed implements ops.Past: what is in b.pasts and not in the inventory.
func (b *bench) Removed(inv *model.Inventory, client string) (keys []model.ServiceKey) {
	for key := range b.pasts {
		if _, there := inv.Service(key); !there && key.Client == client {
			keys = append(keys, key)
		}
	}
	return keys
}

// Series implements ops.Past: a result of each check every b.pace since b.since, all of them ok.
func (b *bench) Series(_ context.Context, checks []model.CheckID, span model.Span, step time.Duration) (model.Series, error) {
	s := model.Series{Span: span, Step: step, Points: make([]model.SeriesPoint, int((span.Length()+step-1)/step))}
	for i := range s.Points {
		p := &s.Points[i]
		p.Unmeasured = step
		for at := span.From.Add(time.Duration(i) * step); at.Before(span.From.Add(time.Duration(i+1) * step)); at = at.Add(time.Second) {
			if at.Before(b.since) || !at.Before(b.now()) {
				continue
			}
			p.Unmeasured -= time.Second
			p.Up += time.Second
			if at.Sub(b.since)%max(b.pace, time.Second) == 0 {
				p.OK += len(checks)
			}
		}
	}

	return s, nil
}

func (b *bench) Audit(_ context.Context, entry model.AuditEntry) error {
	b.locked(func() {
		if b.refuse == nil {
			b.audit = append(b.audit, entry)
		}
	})
	return b.refuse
}

var errDisk = errors.New("the disk is full")

func actor(role model.Role, clients ...string) model.Actor {
	return model.Actor{User: 7, Name: "Ada", Chat: 70, Via: "chat", Role: role, Scope: model.ScopeOf(clients)}
}

// PastEvents implements ops.Archive.
func (b *bench) PastEvents(_ context.Context, _ time.Time, limit int, keep func(*model.Event) bool) ([]model.Event, error) {
	var all []model.Event
	for _, e := range b.past {
		if len(all) < limit && e.Incident == 0 && !e.Active() && keep(&e) {
			all = append(all, e)
		}
	}
	return all, nil
}

// GatheredKeys implements ops.Archive.
func (b *bench) GatheredKeys(context.Context, model.Span) ([]string, error) {
	var keys []string
	for _, in := range slices.Concat(b.open, b.over) {
		if in.Gathered() {
			keys = append(keys, in.Key())
		}
	}
	return keys, nil
}

// IncidentsOf implements ops.Archive.
func (b *bench) IncidentsOf(_ context.Context, span model.Span, keys []string, limit int) ([]model.Incident, error) {
	var all []model.Incident
	for _, in := range slices.Concat(b.open, b.over) {
		if slices.Contains(keys, in.Key()) && in.OpenedAt.Before(span.To) && (in.Open() || !in.ClosedAt.Before(span.From)) {
			all = append(all, in)
		}
	}
	slices.SortFunc(all, func(a, b model.Incident) int { return cmp.Compare(a.ID, b.ID) })
	return all[max(0, len(all)-limit):], nil
}

// ChangeDuty implements ops.DutyStore.
func (b *bench) ChangeDuty(ctx context.Context, c model.DutyChange) (model.DutyChange, error) {
	b.locked(func() {
		if c.Override != nil {
			o := *c.Override
			b.taken++
			o.ID = b.taken
			c.Override = &o
		}
		if c.Cover != nil {
			cover := *c.Cover
			if cover.ID == 0 {
				b.covers++
				cover.ID = b.covers
			}
			if c.Override != nil {
				cover.Override = c.Override.ID
			}
			c.Cover = &cover
		}
		for i := range c.Notifications {
			if n := c.Notifications[i].Snapshot.Cover; n != nil {
				n.Cover.ID = c.Cover.ID
			}
		}
		b.sent = append(b.sent, c.Notifications...)
	})
	for _, entry := range c.Audit {
		if err := b.Audit(ctx, entry); err != nil {
			return c, err
		}
	}
	return c, nil
}

// SetCalendarLink implements ops.DutyStore.
func (b *bench) SetCalendarLink(ctx context.Context, _ model.CalendarLink, entry model.AuditEntry) error {
	return b.Audit(ctx, entry)
}

// DropCalendarLink implements ops.DutyStore.
func (b *bench) DropCalendarLink(ctx context.Context, _ string, entry model.AuditEntry) error {
	return b.Audit(ctx, entry)
}

// AddOverride implements ops.DutyStore.
func (b *bench) AddOverride(ctx context.Context, o model.Override, entry model.AuditEntry) (model.Override, error) {
	b.locked(func() { b.taken++; o.ID = b.taken })
	return o, b.Audit(ctx, entry)
}

// SetOverride implements ops.DutyStore.
func (b *bench) SetOverride(ctx context.Context, _ model.Override, entry model.AuditEntry) error {
	return b.Audit(ctx, entry)
}

// Direct implements ops.Contacts: everybody with a Telegram id but those who are away, who sees everything unless they are limited.
func (b *bench) Direct(p oncall.Person) (model.Destination, model.Actor, bool) {
	to := model.Destination{Channel: "telegram", Chat: model.ChatID(p.Telegram)}
	who := model.Actor{User: p.Telegram, Role: model.RoleOperator}
	if p.Name == "lena" {
		who.Scope = model.ScopeOf([]string{"acme"})
	}
	return to, who, p.Telegram != 0 && !slices.Contains(b.away, p.Name)
}

// Group implements ops.Contacts.
func (b *bench) Group(string) (model.Destination, bool, bool) {
	return model.Destination{Channel: "telegram", Chat: -100}, !b.quiet, !slices.Contains(b.away, "group")
}
