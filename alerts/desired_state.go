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
// acknowledges only hosts that carry nobody else's. Mutes of one chat, of clients, services and checks are none of the
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
		if in.Ack != nil && (in.Kind == model.IncidentEventGroup || in.Kind == model.IncidentHost) {
			desired.Acks = append(desired.Acks, model.DesiredAck{Incident: id, Ack: *in.Ack, Events: s.acknowledged(in)})
		}
	}
	for _, m := range s.mutes.active {
		if silence := s.desiredSilence(m); silence != nil {
			desired.Silences = append(desired.Silences, *silence)
		}
	}
	slices.SortFunc(desired.Silences, func(x, y model.DesiredSilence) int { return cmp.Compare(x.Mute.ID, y.Mute.ID) })
	return desired
}

// acknowledged are the events that an acknowledgement covers.
func (s *state) acknowledged(in *incident) []model.Event {
	return s.events.open(func(e *model.Event) bool {
		return s.belongs(in, e) && !e.Acked && !e.SeenAt.After(in.Ack.At) && s.checks.inv.HostIsOf(e.Host, in.Ack.Scope)
	})
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
