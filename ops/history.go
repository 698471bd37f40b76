package ops

import (
	"context"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// Archive provides closed incidents, and the audit log.
type Archive interface {
	// Incidents returns incidents that were open at some time since a time, newest first, at most limit.
	Incidents(ctx context.Context, since time.Time, limit int) ([]model.Incident, error)
	// IncidentsOf returns incidents with one of the keys (Incident.Key) that were open at some time of a span, the earliest first: the
	// latest, at most limit.
	IncidentsOf(ctx context.Context, span model.Span, keys []string, limit int) ([]model.Incident, error)
	// StoredIncident returns an incident, open or over; false when none of that id is kept.
	StoredIncident(ctx context.Context, id model.IncidentID) (model.Incident, bool, error)
	// GatheredKeys returns the keys of the storms and event groups that were open at some time of a span.
	GatheredKeys(ctx context.Context, span model.Span) ([]string, error)
	// PastEvents returns events of sources that were no part of an incident and ended since a time, of those that keep accepts the last
	// received first, at most limit.
	PastEvents(ctx context.Context, since time.Time, limit int, keep func(*model.Event) bool) ([]model.Event, error)
	// AuditSince returns the audit entries since a time, newest first, at most limit.
	AuditSince(ctx context.Context, since time.Time, limit int) ([]model.AuditEntry, error)
}

// The bounds of what is read for one answer.
const (
	mostHistory = 1000 // incidents, of what was selected
	// gatheredAtOnce is how many storms and event groups are in memory at once: they may be large.
	gatheredAtOnce = 100
)

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
	x := pastQuery{inv: k.d.Inventory.Current(), scope: who.Scope, since: since}
	h := &History{Since: since}
	if len(words) > 0 {
		var err error
		if x.sel, err = k.resolve(x.inv, words, who.Scope); err != nil {
			return nil, meantPast(words, err)
		}
		if h.Uptime, err = k.uptimeOf(ctx, x.inv, x.sel.Select(x.inv, who.Scope), since); err != nil {
			return nil, err
		}
	}
	var err error
	var more, moreEvents bool
	if h.Incidents, more, err = k.pastIncidents(ctx, who, &x); err != nil {
		return nil, err
	}
	if h.Events, moreEvents, err = k.pastEvents(ctx, &x); err != nil {
		return nil, err
	}
	h.More = more || moreEvents
	return h, nil
}

// pastQuery is what history is asked about.
type pastQuery struct {
	inv   *model.Inventory
	sel   model.Selector // zero: everything in the scope
	scope model.Scope
	since time.Time
}

// span is from the query's time on, without an end: the clock may have been set back.
func (x *pastQuery) span() model.Span {
	return model.Span{From: x.since, To: time.Unix(1<<40, 0)}
}

// all reports whether it is about the whole fleet.
func (x *pastQuery) all() bool { return x.sel.IsZero() && !x.scope.Limited }

// keysOf returns the keys that incidents of what a query selects can have, but for storms and event groups.
func (k *Actions) keysOf(x *pastQuery) []string {
	keys := map[string]bool{}
	add := func(in model.Incident) { keys[in.Key()] = true }
	for _, c := range x.sel.Select(x.inv, x.scope) {
		if e := c.Endpoint; e == nil {
			add(model.Incident{Kind: model.IncidentCheck, Check: c.ID})
		} else {
			add(model.Incident{Kind: model.IncidentService, ServiceKey: e.ServiceKey})
			add(model.Incident{Kind: model.IncidentHost, Host: e.Host})
		}
	}
	for _, key := range k.removedOf(x) {
		add(model.Incident{Kind: model.IncidentService, ServiceKey: key})
	}
	if x.sel.IsZero() {
		add(model.Incident{Kind: model.IncidentConnectivity}) // concerns everybody
	}
	return slices.Sorted(maps.Keys(keys))
}

// removedOf returns the services of a query's clients that have left the inventory.
func (k *Actions) removedOf(x *pastQuery) (all []model.ServiceKey) {
	if k.d.Past == nil {
		return nil
	}
	clients := x.sel.Clients
	if x.sel.IsZero() {
		clients = x.scope.Clients
	}
	for _, client := range clients {
		for _, key := range k.d.Past.Removed(x.inv, client) {
			if x.hasService(key) {
				all = append(all, key)
			}
		}
	}
	return all
}

// hasService reports whether anything of a service is selected. One that has left the inventory is by the names of its client and its own.
func (x *pastQuery) hasService(key model.ServiceKey) bool {
	if !x.scope.Sees(key.Client) {
		return false
	}
	if checks := x.inv.ChecksOfService(key); len(checks) > 0 {
		return slices.ContainsFunc(checks, x.sel.Matches)
	}
	names := x.sel
	return len(names.Hosts)+len(names.Checks)+len(names.Labels) == 0 &&
		(len(names.Clients) == 0 || slices.Contains(names.Clients, key.Client)) && (len(names.Services) == 0 || slices.Contains(names.Services, key.Service))
}

// hasEvent reports whether an event is on a host that the scope has a share in, and with something that is selected.
func (x *pastQuery) hasEvent(e *model.Event) bool {
	if x.all() {
		return true
	}
	return x.inv.HostSharedBy(e.Host, x.scope) && slices.ContainsFunc(x.inv.ChecksOfHost(e.Host), func(c *model.Check) bool {
		return x.scope.Sees(c.Client()) && (x.sel.IsZero() || x.sel.Matches(c))
	})
}

// touches reports whether an incident affects anything that is selected and in the scope.
func (x *pastQuery) touches(in *model.Incident) bool {
	if !seesSome(x.scope, in) {
		return false
	}
	if x.sel.IsZero() {
		return true
	}
	if in.Kind == model.IncidentCheck {
		c, known := x.inv.Check(in.Check)
		return known && x.sel.Matches(c)
	}
	for _, f := range in.Failing {
		if c, known := x.inv.Check(f.Check); known && x.sel.Matches(c) {
			return true
		}
	}
	if in.Kind == model.IncidentService && len(x.inv.ChecksOfService(in.ServiceKey)) == 0 {
		return x.hasService(in.ServiceKey)
	}
	return in.Gathered() && slices.ContainsFunc(touched(in), func(s model.ServiceState) bool { return x.hasService(s.ServiceKey) })
}
