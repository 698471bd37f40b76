package alerts

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"opsbot/model"
)

// events are the open events of sources, and those of open event groups.
type events struct {
	known   map[model.EventKey]*model.Event
	locator func(inv *model.Inventory) func(e *model.Event) model.Located // nil finds nothing
	locate  func(e *model.Event) model.Located                            // of the current inventory; nil finds nothing
}

func newEvents(locator func(inv *model.Inventory) func(e *model.Event) model.Located) events {
	return events{known: map[model.EventKey]*model.Event{}, locator: locator}
}

// setInventory finds where events belong in another inventory from now on.
func (es *events) setInventory(inv *model.Inventory) {
	if es.locator != nil {
		es.locate = es.locator(inv)
	}
}

// place sets where an event belongs in the inventory; it reports whether that has changed.
func (es *events) place(e *model.Event) (changed bool) {
	was, now := e.Located(), model.Located{}
	if es.locate != nil {
		now = es.locate(e)
	}
	e.Locate(now)
	return !now.Equal(was)
}

// forgetEnded drops the ended events of an event group that is over.
func (es *events) forgetEnded(group model.IncidentID) {
	maps.DeleteFunc(es.known, func(_ model.EventKey, e *model.Event) bool { return e.Incident == group && !e.Active() })
}

// anyActive reports whether an open event matches.
func (es *events) anyActive(matches func(*model.Event) bool) bool {
	for _, e := range es.known {
		if e.Active() && matches(e) {
			return true
		}
	}
	return false
}

// unmapped counts what the open events are about and what is not in the inventory.
func (es *events) unmapped() int {
	seen := map[string]bool{}
	for _, e := range es.known {
		if e.Active() && e.IsUnmapped() {
			seen[e.Source+"\x00"+e.Names[0]] = true
		}
	}
	return len(seen)
}

// open are the open events that match, worst first.
func (es *events) open(matches func(e *model.Event) bool) []model.Event {
	var out []model.Event
	for _, e := range es.known {
		if e.Active() && matches(e) {
			out = append(out, *e)
		}
	}
	slices.SortFunc(out, model.CompareEvents)
	return out
}

// HandleEvents takes problems that sources report, each event as it is now, and commits it with what follows from it in one
// transaction. An event that is known already replaces what was known. The error is the store's: what was decided is kept and
// committed with the next change, and the source may bring it again.
func (m *Manager) HandleEvents(ctx context.Context, events ...model.Event) error {
	return m.update(ctx, func(t *transaction) {
		for i := range events {
			t.events.receive(t, events[i])
		}
	})
}

// CloseEvents takes events that somebody closed by hand, like HandleEvents, and stores the audit entry with them.
func (m *Manager) CloseEvents(ctx context.Context, audit model.AuditEntry, events ...model.Event) error {
	if err := m.storable(ctx); err != nil {
		return err
	}
	err := m.update(ctx, func(t *transaction) {
		for i := range events {
			t.events.receive(t, events[i])
		}
		t.pending.audit = append(t.pending.audit, audit)
	})
	return unstored(err)
}

// receive takes one event. News joins an event group; all else changes what the group it is part of shows.
func (es *events) receive(t *transaction, e model.Event) {
	was := es.known[e.EventKey]
	es.place(&e)
	if e.Incident = 0; was != nil {
		e.Incident = was.Incident
	}
	es.known[e.EventKey] = &e
	flaps := es.flaps(t, was, &e)
	switch in := t.incidents.byID[e.Incident]; {
	case isNews(was, &e) && !flaps:
		t.groups.join(t, was, &e)
	case in != nil && in.group != nil:
		in.group.dirty = true
		if was.Active() && !e.Active() { // what is reported over is verified, and counts as it is meanwhile
			in.group.verifyEnd(t, &e)
		}
	case !e.Active():
		delete(es.known, e.EventKey)
	}
	t.pending.events[e.EventKey] = e
}

// flaps reports whether an event is about what is not in the inventory and came and went too often lately:
// nothing could be said of it but that, each time with a card. It is still listed.
func (es *events) flaps(t *transaction, was, e *model.Event) bool {
	rule := t.rules.Flapping
	if e.Mapped() && !e.HostUnknown || rule.Over == 0 {
		return false
	}
	key := "event:" + e.Source + "/" + e.Name()
	if known := was != nil && was.Active(); known != e.Active() {
		return t.flapping.count(key, t.at, rule) > rule.Over
	}
	return t.flapping.lately(key, t.at, rule) > rule.Over
}

// isNews reports whether an event is to be notified: it is open, and nobody at its source has taken it on or planned it.
func isNews(was, e *model.Event) bool {
	switch {
	case !e.Active() || e.Suppressed:
		return false
	case was != nil && was.Active() && was.Incident != 0:
		return false
	default:
		return !e.Acked
	}
}

// relocate finds the hosts of all events in another inventory.
func (es *events) relocate(t *transaction) {
	if es.locator == nil {
		return
	}
	es.setInventory(t.checks.inv)
	for _, g := range t.groups.open {
		clear(g.about) // the events say it anew
	}
	for _, e := range es.known {
		es.relocateEvent(t, e)
	}
	for _, g := range t.groups.open {
		g.dirty, g.verified.complete = true, false
		maps.DeleteFunc(g.hosts, func(host string, _ bool) bool { _, known := t.checks.inv.Host(host); return !known })
	}
}

func (es *events) relocateEvent(t *transaction, e *model.Event) {
	wasMapped := e.Mapped()
	if es.place(e) {
		t.pending.events[e.EventKey] = *e
	}
	in := t.incidents.byID[e.Incident]
	if in == nil || in.group == nil || !e.Mapped() {
		return
	}
	t.addPlace(e)
	if !wasMapped && e.Active() { // that a host is known is as good as an event: what it carries is verified for the first time
		grown := *in.EventGroup
		grown.LastAt = t.at
		in.EventGroup = &grown
	}
}

// Events returns the open events, worst first, those on hosts that carry nothing of the scope left out, and of the others
// what Event.Within leaves.
func (m *Manager) Events(scope model.Scope) []model.Event {
	m.mu.RLock()
	defer m.mu.RUnlock()
	inv := m.state.checks.inv
	out := []model.Event{}
	for _, e := range m.state.events.known {
		if e.Active() && seesEvent(inv, e, scope) {
			out = append(out, e.Within(inv, scope))
		}
	}
	slices.SortFunc(out, model.CompareEvents)
	return out
}

// seesEvent reports whether a scope has a share of an event's host, or of what it is about.
func seesEvent(inv *model.Inventory, e *model.Event, scope model.Scope) bool {
	return inv.HostSharedBy(e.Host, scope) || isAbout(e, scope)
}

// isAbout reports whether an event is about a client that a scope sees, without a host.
func isAbout(e *model.Event, scope model.Scope) bool {
	return slices.ContainsFunc(e.About, func(key model.ServiceKey) bool { return scope.Sees(key.Client) })
}

func compareKeys(a, b model.EventKey) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
}
