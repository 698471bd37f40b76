package alerts

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// HandleEvents takes what sources say of their problems, each event as it is now, and commits it with what follows from it in
// one transaction. An event that is known already replaces what was known. The error is the store's: what was decided is
// kept and committed with the next change, and the source may bring it again.
func (b *Manager) HandleEvents(ctx context.Context, events ...model.Event) error {
	return b.update(ctx, func(s *transaction) {
		for i := range events {
			s.receive(events[i])
		}
	})
}

// hear takes one event. News joins a burst; all else changes what the burst it is part of shows.
func (s *transaction) receive(e model.Event) {
	was := s.events[e.EventKey]
	e.Host, e.Incident = s.located(&e), 0
	if was != nil {
		e.Incident = was.Incident
	}
	s.events[e.EventKey] = &e
	restless := s.restless(was, &e)
	switch group := s.byID[e.Incident]; {
	case isNews(was, &e) && !restless:
		s.join(&e)
	case group != nil && group.EventGroup != nil:
		group.dirty = true
		if was.Active() && !e.Active() { // what is said to be over is looked at, and stands as it is meanwhile
			s.verifyAgain(group, e.Host)
		}
	case !e.Active():
		delete(s.events, e.EventKey)
	}
	s.waiting.events[e.EventKey] = e
}

// restless reports whether an event is about a host that is not in the inventory and came and went too often lately: nothing
// could be said of it but that, each time with a card. It is still listed.
func (s *transaction) restless(was, e *model.Event) bool {
	rule := s.rules.Flapping
	if e.Host != "" || rule.Over == 0 {
		return false
	}
	key := "event:" + e.Source + "/" + e.Name()
	if known := was != nil && was.Active(); known != e.Active() {
		return s.countChange(key) > rule.Over
	}
	lately := slices.DeleteFunc(slices.Clone(s.changes[key]), func(t time.Time) bool { return !t.Add(rule.Within).After(s.at) })
	return len(lately) > rule.Over
}

// isNews reports whether an event is to be told: it stands, and nobody at its source has taken it on or planned it.
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

func (s *transaction) located(e *model.Event) string {
	if s.locate == nil {
		return ""
	}
	return s.locate(e)
}

// restoreEvents takes up the events that stand, and those of open bursts.
func (b *Manager) restoreEvents(all []model.Event) {
	if b.locator != nil {
		b.locate = b.locator(b.inv)
	}
	for i := range all {
		e := all[i]
		if b.locate != nil {
			e.Host = b.locate(&e)
		}
		b.events[e.EventKey] = &e
		if group := b.byID[e.Incident]; group != nil && group.EventGroup != nil && e.Host != "" {
			group.hosts[e.Host] = true
		}
	}
}

// relocate finds the hosts of all events in another inventory.
func (s *transaction) relocate() {
	if s.locator == nil {
		return
	}
	s.locate = s.locator(s.inv)
	for _, e := range s.events {
		group, was := s.byID[e.Incident], e.Host
		if host := s.locate(e); host != was {
			e.Host = host
			s.waiting.events[e.EventKey] = *e
		}
		if group == nil || group.EventGroup == nil || e.Host == "" {
			continue
		}
		group.hosts[e.Host] = true
		if was == "" && e.Active() { // that a host is known is as good as an event: what it carries is looked at for the first time
			grown := *group.EventGroup
			grown.LastAt = s.at
			group.EventGroup = &grown
		}
	}
	for _, group := range s.groups {
		group.dirty, group.covered = true, false
		maps.DeleteFunc(group.hosts, func(host string, _ bool) bool { _, known := s.inv.Host(host); return !known })
	}
}

// forgetEvents drops the ended events of a burst that is over.
func (s *transaction) forgetEvents(group *incident) {
	maps.DeleteFunc(s.events, func(_ model.EventKey, e *model.Event) bool { return e.Incident == group.ID && !e.Active() })
}

// SetSources says which sources there are; how their names are found in the inventory may have changed with them. The events of
// others end, unconfirmed, and so does their silence. The error is the store's.
func (b *Manager) SetSources(ctx context.Context, names []string) error {
	return b.update(ctx, func(s *transaction) {
		s.relocate()
		for _, e := range s.events {
			if e.Active() && !slices.Contains(names, e.Source) {
				over := *e
				over.EndedAt, over.End = s.at, model.EndUnconfirmed
				s.receive(over)
			}
		}
		for name := range s.disconnected {
			if !slices.Contains(names, name) {
				s.setSource(name, model.Reason{})
			}
		}
	})
}

// SetSource says that a source has been silent for too long, and why; the zero Reason: it is heard. The error is the store's.
func (b *Manager) SetSource(ctx context.Context, name string, why model.Reason) error {
	return b.update(ctx, func(s *transaction) { s.setSource(name, why) })
}

func (s *transaction) setSource(name string, why model.Reason) {
	if why.IsZero() {
		delete(s.disconnected, name)
	} else {
		s.disconnected[name] = why
	}
	s.apply("source:"+name, s.wantSource(name))
	for _, group := range s.groups {
		group.dirty = true // its card says which of its sources are not heard
	}
}

func (s *transaction) wantSource(name string) *model.Incident {
	why, silent := s.disconnected[name]
	if !silent {
		return nil
	}
	return &model.Incident{Kind: model.IncidentSource, Source: name, Severity: model.SeverityCritical, Reason: why}
}

// Events returns the events that stand, worst first, those on hosts that carry nothing of the scope left out, and of the others what
// Event.Within leaves.
func (b *Manager) Events(scope model.Scope) []model.Event {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := []model.Event{}
	for _, e := range b.events {
		if e.Active() && b.seesEvent(e, scope) {
			out = append(out, e.Within(b.inv, scope))
		}
	}
	slices.SortFunc(out, model.CompareEvents)
	return out
}

func (b *Manager) seesEvent(e *model.Event, scope model.Scope) bool {
	return !scope.Limited || slices.ContainsFunc(b.inv.ChecksOfHost(e.Host), func(c *model.Check) bool { return scope.Sees(c.Endpoint.Client) })
}

// strangers counts what the events that stand are about and what is not in the inventory.
func (b *Manager) unmapped() int {
	seen := map[string]bool{}
	for _, e := range b.events {
		if e.Active() && e.Host == "" && len(e.Names) > 0 {
			seen[e.Source+"\x00"+e.Names[0]] = true
		}
	}
	return len(seen)
}

func compareKeys(a, b model.EventKey) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
}
