package ops_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot"
	"opsbot/impact"
	"opsbot/ops"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a desk with everything behind it made up. The words of its inventory are exact ids of clients, hosts,
// services and checks.
type bench struct {
	messages [][]int64 // of the outbox, that were touched together
	noneDead bool
	*testing.T
	actions *ops.Actions
	inv     *opsbot.Inventory

	mu           sync.Mutex
	audit        []opsbot.AuditEntry
	mutes        []opsbot.Mute
	over         []opsbot.Incident
	open         []opsbot.Incident
	states       map[opsbot.CheckID]opsbot.CheckState
	results      map[opsbot.CheckID]opsbot.Result
	rechecks     []opsbot.CheckID
	resets       []opsbot.CheckID
	healthIssues []opsbot.Reason
	events       []opsbot.Event
	sources      []opsbot.SourceState
	looked       []opsbot.IncidentID
	past         []opsbot.Event
	pasts        map[opsbot.ServiceKey]opsbot.ServicePast
	since        time.Time     // what is known begins
	pace         time.Duration // between two results of a check
	runs         int           // of the engine
	passed       time.Duration // since epoch
	lasts        time.Duration // how long a run takes
	hold         chan struct{} // set: a run waits in its middle
	began        chan struct{}
	refuse       error // of the audit log
	logs         *shelf
	kept         ops.Collected
	keptOf       opsbot.IncidentID

	baselines map[string]*opsbot.Baseline
	pause     func() error // what happens in the pauses of a run of several rounds; nil is nothing

	posted   []opsbot.Change      // that reports were posted with
	reported map[string]time.Time // what reports were made for
	cannot   map[string]error     // reports of these clients cannot be written
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		T: t, states: map[opsbot.CheckID]opsbot.CheckState{}, results: map[opsbot.CheckID]opsbot.Result{}, began: make(chan struct{}, 10),
		reported: map[string]time.Time{}, cannot: map[string]error{},
		logs: &shelf{of: map[string][]string{"web1": {"access", "error"}, "web2": {"access"}, "web3": {"access"}}},
	}
	b.inv = inventory("acme/reports@web1", "acme/store@web2", "beta/reports@web2", "beta/support@web3", "main-db")
	b.open = []opsbot.Incident{{
		ID: 1, Kind: opsbot.IncidentHost, Host: "web2", Failing: []opsbot.FailingCheck{{Check: "acme/store@web2"}, {Check: "beta/reports@web2"}},
		Affected: []opsbot.ServiceState{{ServiceKey: opsbot.ServiceKey{Client: "acme", Service: "store"}}, {ServiceKey: opsbot.ServiceKey{Client: "beta", Service: "reports"}}},
	}, {
		ID: 2, Kind: opsbot.IncidentCheck, Check: "main-db", Failing: []opsbot.FailingCheck{{Check: "main-db"}},
	}}
	b.actions = ops.New(ops.Deps{
		Inventory: b, Engine: b, Alerts: b, Muter: b, Archive: b, Past: b, Outbox: b, Audit: b, Events: b, Sources: b, Reports: b, Assess: impact.Assess, Cause: func(_, _ []*opsbot.Check) *opsbot.Cause { return nil }, Predict: noWhatIf, Windows: func() []opsbot.MaintenanceWindow { return nil }, Now: b.now,
		Analyst:      func([]opsbot.EndpointTest, int) []opsbot.Finding { return nil },
		Recheck:      func(id opsbot.CheckID) { b.locked(func() { b.rechecks = append(b.rechecks, id) }) },
		HealthIssues: func() []opsbot.Reason { return b.healthIssues },

		Baselines: b, Compare: impact.Compare, Wait: b.wait,
		Logs: b.logs, LogPolicy: func() ops.LogPolicy { return ops.LogPolicy{Before: 5 * time.Minute, After: time.Minute, Hosts: 2} },
		Collected: func(id opsbot.IncidentID) (ops.Collected, bool) { return b.kept, b.keptOf == id },
	})
	return b
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

func (b *bench) AuditSince(context.Context, time.Time, int) ([]opsbot.AuditEntry, error) {
	return b.audit, nil
}

func (b *bench) KeepBaseline(_ context.Context, name string, one *opsbot.Baseline) error {
	if b.baselines == nil {
		b.baselines = map[string]*opsbot.Baseline{}
	}
	b.baselines[name] = one
	return nil
}

func (b *bench) Baseline(_ context.Context, name string) (*opsbot.Baseline, error) {
	return b.baselines[name], nil
}

// Events and the rest are what sources say.
func (b *bench) Events(scope opsbot.Scope) []opsbot.Event {
	var seen []opsbot.Event
	for _, e := range b.events {
		if !scope.Limited || slices.ContainsFunc(b.inv.ChecksOfHost(e.Host), func(c *opsbot.Check) bool { return scope.Sees(c.Client()) }) {
			seen = append(seen, e)
		}
	}
	return seen
}

func (b *bench) VerifyAgain(_ context.Context, id opsbot.IncidentID, _ opsbot.Scope) (int, error) {
	b.looked = append(b.looked, id)
	return 4, nil
}

func (b *bench) SourceStates() []opsbot.SourceState { return b.sources }

func (b *bench) Near(e *opsbot.Event) ([]string, opsbot.Reason) {
	return []string{"web1"}, opsbot.Reason{}
}

func inventory(ids ...string) *opsbot.Inventory {
	clients, hosts := map[string]opsbot.Client{}, map[string]opsbot.Host{}
	var services []opsbot.Service
	var checks []*opsbot.Check
	for _, id := range ids {
		c := &opsbot.Check{ID: opsbot.CheckID(id)}
		if key, host, ok := strings.Cut(id, "@"); ok {
			client, service, _ := strings.Cut(key, "/")
			k := opsbot.ServiceKey{Client: client, Service: service}
			c.Endpoint = &opsbot.Endpoint{ServiceKey: k, Host: host}
			clients[client], hosts[host] = opsbot.Client{Name: client, ReportTo: []string{"it@" + client + ".example"}}, opsbot.Host{Name: host}
			services = append(services, opsbot.Service{ServiceKey: k, ErrThreshold: 10})
		}
		checks = append(checks, c)
	}
	var cs []opsbot.Client
	for _, c := range clients {
		cs = append(cs, c)
	}
	var hs []opsbot.Host
	for _, h := range hosts {
		hs = append(hs, h)
	}
	return opsbot.NewInventory(cs, services, hs, checks)
}

func (b *bench) locked(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// Current and the rest implement what the desk needs.
func (b *bench) Current() *opsbot.Inventory { return b.inv }

func (b *bench) Resolve(inv *opsbot.Inventory, words []string, scope opsbot.Scope) (sel opsbot.Selector, err error) {
	for _, w := range words {
		_, client := inv.Client(w)
		_, host := inv.Host(w)
		_, check := inv.Check(opsbot.CheckID(w))
		switch {
		case w == "all":
		case client && scope.Sees(w):
			sel.Clients = append(sel.Clients, w)
		case host:
			sel.Hosts = append(sel.Hosts, w)
		case check && !scope.Limited:
			sel.Checks = append(sel.Checks, opsbot.CheckID(w))
		case w == "reports" || w == "store" || w == "support":
			sel.Services = append(sel.Services, w)
		default:
			return sel, &opsbot.Error{Code: opsbot.ErrUnknownWord, Args: map[string]string{"word": w}}
		}
	}
	return sel, nil
}

func (b *bench) Warnings(opsbot.Scope) []opsbot.Reason { return nil }

func (b *bench) RunAll(ctx context.Context, all []*opsbot.Check, each func(opsbot.Result)) {
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
		r := opsbot.Result{Check: c.ID, Status: opsbot.StatusOK}
		b.locked(func() {
			if broken, ok := b.results[c.ID]; ok {
				r.Status = broken.Status
			}
		})
		if ctx.Err() != nil {
			r.Status = opsbot.StatusUnknown
		}
		each(r)
	}
}

func (b *bench) State(id opsbot.CheckID) (opsbot.CheckState, bool) {
	_, known := b.inv.Check(id)
	return b.states[id], known
}
func (b *bench) States() map[opsbot.CheckID]opsbot.CheckState { return b.states }
func (b *bench) ServiceStates(scope opsbot.Scope) (all []opsbot.ServiceState) {
	for _, s := range b.inv.Services() {
		if scope.Sees(s.Client) {
			all = append(all, opsbot.ServiceState{ServiceKey: s.ServiceKey, Verdict: opsbot.VerdictOK})
		}
	}
	return all
}
func (b *bench) OpenIncidents(opsbot.Scope) []opsbot.Incident { return b.open }
func (b *bench) Incident(id opsbot.IncidentID) (opsbot.Incident, bool) {
	for _, in := range b.open {
		if in.ID == id {
			return in, true
		}
	}
	return opsbot.Incident{}, false
}

func (b *bench) Preview(m opsbot.Mute) opsbot.Hidden {
	clients := map[string]bool{}
	var h opsbot.Hidden
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

func (b *bench) Mute(_ context.Context, m opsbot.Mute, audit opsbot.AuditEntry) (opsbot.Mute, opsbot.Hidden, error) {
	m.ID = opsbot.MuteID(len(b.mutes) + 1)
	b.mutes, b.audit = append(b.mutes, m), append(b.audit, audit)
	return m, b.Preview(m), nil
}

func (b *bench) ExtendMute(_ context.Context, id opsbot.MuteID, until time.Time, audit opsbot.AuditEntry) (opsbot.Mute, error) {
	b.mutes[id-1].Until, b.audit = until, append(b.audit, audit)
	return b.mutes[id-1], nil
}

func (b *bench) EndMute(_ context.Context, id opsbot.MuteID, _ bool, audit opsbot.AuditEntry) (opsbot.Mute, error) {
	b.mutes[id-1].EndedAt, b.audit = epoch, append(b.audit, audit)
	return b.mutes[id-1], nil
}
func (b *bench) Mutes() []opsbot.Mute { return b.mutes }
func (b *bench) Reset(_ context.Context, id opsbot.CheckID, audit opsbot.AuditEntry) error {
	b.resets, b.audit = append(b.resets, id), append(b.audit, audit)
	return nil
}

func noWhatIf(*opsbot.Inventory, []string, func(*opsbot.Check) opsbot.Status) []opsbot.WhatIf {
	return nil
}

func (b *bench) Ack(_ context.Context, id opsbot.IncidentID, ack opsbot.Ack, audit opsbot.AuditEntry) (opsbot.Incident, error) {
	b.audit = append(b.audit, audit)
	for i := range b.open {
		if b.open[i].ID == id {
			b.open[i].Ack = &ack
		}
	}
	return opsbot.Incident{}, nil
}

// Incidents is the archive: all that is open, and what is over.
func (b *bench) Incidents(_ context.Context, _ time.Time, _ int) ([]opsbot.Incident, error) {
	return append(slices.Clone(b.open), b.over...), nil
}

// ServicePasts implements ops.Past: as b.pasts has it, else all of it was up.
func (b *bench) ServicePasts(_ context.Context, _ *opsbot.Inventory, keys []opsbot.ServiceKey, span opsbot.Span) ([]opsbot.ServicePast, error) {
	all := make([]opsbot.ServicePast, len(keys))
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

// Removed implements ops.Past: what b.pasts has and the inventory has not.
func (b *bench) Removed(inv *opsbot.Inventory, client string) (keys []opsbot.ServiceKey) {
	for key := range b.pasts {
		if _, there := inv.Service(key); !there && key.Client == client {
			keys = append(keys, key)
		}
	}
	return keys
}

// Series implements ops.Past: a result of each check every b.pace since b.since, all of them good.
func (b *bench) Series(_ context.Context, checks []opsbot.CheckID, span opsbot.Span, step time.Duration) (opsbot.Series, error) {
	s := opsbot.Series{Span: span, Step: step, Points: make([]opsbot.SeriesPoint, int((span.Length()+step-1)/step))}
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

func (b *bench) Audit(_ context.Context, entry opsbot.AuditEntry) error {
	b.locked(func() {
		if b.refuse == nil {
			b.audit = append(b.audit, entry)
		}
	})
	return b.refuse
}

var errDisk = errors.New("the disk is full")

func actor(role opsbot.Role, clients ...string) opsbot.Actor {
	return opsbot.Actor{User: 7, Name: "Ada", Chat: 70, Via: "chat", Role: role, Scope: opsbot.ScopeOf(clients)}
}

func (b *bench) PastEvents(context.Context, time.Time, int) ([]opsbot.Event, error) {
	return b.past, nil
}

// IncidentsOf implements ops.Archive.
func (b *bench) IncidentsOf(_ context.Context, span opsbot.Span, keys []string, _ int) ([]opsbot.Incident, error) {
	var all []opsbot.Incident
	for _, in := range b.over {
		if slices.Contains(keys, in.Key()) && in.OpenedAt.Before(span.To) && (in.Open() || in.ClosedAt.After(span.From)) {
			all = append(all, in)
		}
	}
	return all, nil
}
