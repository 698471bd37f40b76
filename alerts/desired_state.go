package alerts

import (
	"cmp"
	"maps"
	"slices"

	"opsbot/model"
)

// DesiredState returns what the acknowledgements and active mutes mean to the sources of events.
//
// Of an acknowledged event group or host that is every event of it that was open by then. Somebody limited to clients
// acknowledges only hosts that carry nobody else's. What is no longer acknowledged, of an incident that is open, is taken back. Mutes of one chat, of clients, services and checks are none of the
// sources' business: a downtime there hides a host from everybody.
func (m *Manager) DesiredState() model.DesiredState {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := &m.state
	var desired model.DesiredState
	for _, id := range slices.Sorted(maps.Keys(s.incidents.byID)) {
		in := s.incidents.byID[id]
		if in.Kind == model.IncidentEventGroup {
			desired.Cards = append(desired.Cards, id)
		}
		if in.Kind == model.IncidentEventGroup || in.Kind == model.IncidentHost {
			desired.Acks = append(desired.Acks, s.desiredAcks(in)...)
		}
	}
	for _, m := range s.mutes.active {
		if silence := s.desiredSilence(m); silence != nil {
			desired.Silences = append(desired.Silences, *silence)
		}
	}
	desired.Unacked = s.unackedEvents()
	slices.SortFunc(desired.Silences, func(x, y model.DesiredSilence) int { return cmp.Compare(x.Mute.ID, y.Mute.ID) })
	return desired
}

// desiredAcks are the acknowledgements of an incident, each with the events that it covers and no earlier one does.
func (s *state) desiredAcks(in *incident) []model.DesiredAck {
	var all []model.DesiredAck
	for i, ack := range in.Acks {
		all = append(all, model.DesiredAck{Incident: in.ID, Ack: ack, Events: s.events.open(func(e *model.Event) bool {
			return s.ackCovers(in, &in.Acks[i], e) && !slices.ContainsFunc(in.Acks[:i], func(a model.Ack) bool { return s.ackCovers(in, &a, e) })
		})})
	}
	return all
}

// ackCovers reports whether an acknowledgement of an incident covers an event.
func (s *state) ackCovers(in *incident, a *model.Ack, e *model.Event) bool {
	_, whole := e.Located().Within(s.checks.inv, a.Scope)
	return s.belongs(in, e) && !e.SeenAt.After(a.At) && whole
}

// unackedEvents are the open events that their source has as acknowledged, of open incidents, that nobody acknowledged here.
func (s *state) unackedEvents() []model.Event {
	return s.events.open(func(e *model.Event) bool {
		if !e.Acked {
			return false
		}
		of := s.incidentsOf(e)
		return len(of) > 0 && !slices.ContainsFunc(of, func(in *incident) bool {
			return slices.ContainsFunc(in.Acks, func(a model.Ack) bool { return s.ackCovers(in, &a, e) })
		})
	})
}

// incidentsOf are the open event groups and the host's incident that an event belongs to.
func (s *state) incidentsOf(e *model.Event) []*incident {
	of := []*incident{s.incidents.open["host:"+e.Host], s.incidents.byID[e.Incident]}
	if of[1] != nil {
		of = append(of, s.incidents.byID[of[1].Parent])
	}
	return slices.DeleteFunc(of, func(in *incident) bool { return in == nil || !s.belongs(in, e) })
}

// belongs reports whether an event is one of an event group's, or of a group that is part of it, or on the host of a host's
// incident.
func (s *state) belongs(in *incident, e *model.Event) bool {
	if in.Kind == model.IncidentHost {
		return e.Host == in.Host
	}
	if e.Incident == in.ID {
		return true
	}
	of := s.incidents.byID[e.Incident]
	return of != nil && of.Parent == in.ID
}

// desiredSilence is what a mute means to the sources; nil is nothing.
func (s *state) desiredSilence(m *model.Mute) *model.DesiredSilence {
	if !m.Active(s.now()) || m.Here {
		return nil
	}
	if m.Incident != 0 {
		in := s.incidents.byID[m.Incident]
		if in == nil || in.Kind != model.IncidentEventGroup && in.Kind != model.IncidentHost {
			return nil
		}
		return &model.DesiredSilence{Mute: *m, Events: s.events.open(func(e *model.Event) bool {
			return !e.SeenAt.After(m.From) && s.belongs(in, e) // what came later is not muted
		})}
	}
	silence := &model.DesiredSilence{Mute: *m, Hosts: wholeHosts(s.checks.inv.Hosts(), &m.Selector)}
	if len(silence.Hosts) == 0 {
		return nil
	}
	on := make(map[string]bool, len(silence.Hosts))
	for _, host := range silence.Hosts {
		on[host] = true
	}
	silence.Events = s.events.open(func(e *model.Event) bool { return on[e.Host] })
	return silence
}

// wholeHosts are the hosts that a selector picks with all that is on them: by their names, or by labels of their own.
func wholeHosts(hosts []model.Host, sel *model.Selector) []string {
	if len(sel.Clients)+len(sel.Services)+len(sel.Checks) > 0 || sel.IsZero() {
		return nil
	}
	var names []string
	for _, h := range hosts {
		selection := len(sel.Hosts) == 0 || slices.Contains(sel.Hosts, h.Name)
		for key, values := range sel.Labels {
			value, has := h.Labels[key]
			selection = selection && has && slices.Contains(values, value)
		}
		if selection {
			names = append(names, h.Name)
		}
	}
	return names
}
