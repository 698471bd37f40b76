package ops

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// Archive provides closed incidents, and the audit log.
type Archive interface {
	// Incidents returns incidents that were open at some time since a time, newest first, at most limit.
	Incidents(ctx context.Context, since time.Time, limit int) ([]model.Incident, error)
	// IncidentsOf returns incidents with one of the keys (Incident.Key) that were open at some time of a span, the earliest first, at
	// most limit.
	IncidentsOf(ctx context.Context, span model.Span, keys []string, limit int) ([]model.Incident, error)
	// PastEvents returns events of sources that were active at some time since a time, the last received first, at most limit.
	PastEvents(ctx context.Context, since time.Time, limit int) ([]model.Event, error)
	// AuditSince returns the audit entries since a time, newest first, at most limit.
	AuditSince(ctx context.Context, since time.Time, limit int) ([]model.AuditEntry, error)
}

// Incidents returns the open ones that the requester may see, worst first: root parents, each before those attached to it.
func (k *Actions) Incidents(ctx context.Context, who model.Actor) ([]model.Incident, error) {
	if err := k.need(ctx, who, model.RoleViewer, "incidents", ""); err != nil {
		return nil, err
	}
	all := k.open(ctx, who)
	parts := map[model.IncidentID][]model.Incident{}
	there := map[model.IncidentID]bool{}
	for i := range all {
		there[all[i].ID] = true
	}
	var roots []model.Incident
	for i := range all {
		if parent := all[i].Parent; there[parent] {
			parts[parent] = append(parts[parent], all[i])
		} else {
			roots = append(roots, all[i])
		}
	}
	var ordered []model.Incident
	var add func([]model.Incident)
	add = func(some []model.Incident) {
		for i := range some {
			ordered = append(ordered, some[i])
			add(parts[some[i].ID])
		}
	}
	add(roots)
	return ordered, nil
}

// Incident returns an open incident and those attached to it, worst first. ErrNoIncident if it is not open or the requester may not
// see it.
func (k *Actions) Incident(ctx context.Context, who model.Actor, id model.IncidentID) (in model.Incident, parts []model.Incident, err error) {
	all, err := k.Incidents(ctx, who)
	if err != nil {
		return model.Incident{}, nil, err
	}
	at := slices.IndexFunc(all, func(in model.Incident) bool { return in.Ref() == id })
	if at < 0 {
		in, open := k.seen(who, id)
		if !open {
			return model.Incident{}, nil, k.noIncident(ctx, who, id)
		}
		k.numbering(ctx, who.Counts()).Incidents(&in)
		return in, nil, nil
	}
	for i := range all {
		if all[i].Parent == all[at].ID {
			parts = append(parts, all[i])
		}
	}
	return all[at], parts, nil
}

// mostHistory bounds how many incidents are read for one answer.
const mostHistory = 1000

// History is what was not ok at some time since a time, newest first.
type History struct {
	Since     time.Time
	Incidents []model.Incident
	// Events are those of sources without an incident: they ended while opsbot was not running, or were in a downtime or acknowledged
	// at their source.
	Events []model.Event
	More   bool // there were too many to read them all
	// Uptime is the availability of what was selected; nil if nothing was, or too much.
	Uptime *Uptime
}

// HistorySpan is how far back history looks unless a time is named.
const HistorySpan = model.Day

// History returns incidents that were open at some time since a time and affect what the words select, as the requester may see them.
func (k *Actions) History(ctx context.Context, who model.Actor, words []string, since time.Time) (*History, error) {
	if err := k.need(ctx, who, model.RoleViewer, "history", ""); err != nil {
		return nil, err
	}
	inv := k.d.Inventory.Current()
	var sel model.Selector
	if len(words) > 0 {
		var err error
		if sel, err = k.resolve(inv, words, who.Scope); err != nil {
			return nil, meantPast(words, err)
		}
	}
	incidents, more, err := k.past(ctx, who, since, func(in *model.Incident) bool { return touchesSome(inv, sel, who.Scope, in) })
	if err != nil {
		return nil, err
	}
	events, moreEvents, err := k.pastEvents(ctx, who, since, func(e *model.Event) bool { return isOf(inv, sel, who.Scope, e) })
	if err != nil {
		return nil, err
	}
	h := &History{Since: since, Incidents: incidents, Events: events, More: more || moreEvents}
	if len(words) > 0 {
		if h.Uptime, err = k.uptimeOf(ctx, inv, sel.Select(inv, who.Scope), since); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// isOf reports whether an event is on a host that a scope has a share in, and with something that a selector selects.
func isOf(inv *model.Inventory, sel model.Selector, scope model.Scope, e *model.Event) bool {
	if sel.IsZero() && !scope.Limited {
		return true
	}
	return inv.HostSharedBy(e.Host, scope) && slices.ContainsFunc(inv.ChecksOfHost(e.Host), func(c *model.Check) bool {
		return scope.Sees(c.Client()) && (sel.IsZero() || sel.Matches(c))
	})
}

// touchesSome reports whether an incident affects anything that a selector selects and a scope sees.
func touchesSome(inv *model.Inventory, sel model.Selector, scope model.Scope, in *model.Incident) bool {
	if !seesSome(scope, in) {
		return false
	}
	if sel.IsZero() {
		return true
	}
	if in.Kind == model.IncidentCheck {
		c, known := inv.Check(in.Check)
		return known && sel.Matches(c)
	}
	for _, f := range in.Failing {
		if c, known := inv.Check(f.Check); known && sel.Matches(c) {
			return true
		}
	}
	return in.Gathered() && slices.ContainsFunc(touched(in), func(s model.ServiceState) bool {
		return scope.Sees(s.Client) && slices.ContainsFunc(inv.ChecksOfService(s.ServiceKey), sel.Matches)
	})
}

// within is an incident as a scope may see it in a list.
func within(in *model.Incident, scope model.Scope) model.Incident {
	shown := *in
	storms := shown.Storms
	shown.Storms, shown.Readers = nil, model.Scope{}
	if !scope.Limited {
		return shown
	}
	if storm := storms[scope.Key()]; storm != 0 {
		shown.Parent = storm
	}
	shown.Logs = nil
	shown.Storm, shown.EventGroup, shown.Worst = nil, nil, shown.Severity // the totals cover all clients, and so does the worst severity
	shown.Affected = slices.DeleteFunc(slices.Clone(in.Affected), func(s model.ServiceState) bool { return !scope.Sees(s.Client) })
	shown.Failing, shown.Acks = nil, nil
	for _, a := range in.Acks {
		if a.Scope = a.Scope.And(scope); seesSome(a.Scope, in) { // who acknowledged for others is none of theirs
			a.Covers = a.Covers.Within(scope)
			shown.Acks = append(shown.Acks, a)
		}
	}
	return shown
}
