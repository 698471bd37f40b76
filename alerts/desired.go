package alerts

import (
	"cmp"
	"maps"
	"slices"

	"opsbot/model"
)

// DesiredState returns what the acknowledgements and mutes that hold mean to the sources of events.
//
// Of an acknowledged burst or host that is every event of it that stood by then. Somebody limited to clients speaks for hosts that
// carry nobody else's alone. Mutes of one chat, of clients, services and checks are none of the sources' business: a
// downtime there hides a host from everybody.
func (b *Manager) DesiredState() model.DesiredState {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var w model.DesiredState
	for _, id := range slices.Sorted(maps.Keys(b.byID)) {
		in := b.byID[id]
		if in.Kind == model.IncidentEventGroup {
			w.Cards = append(w.Cards, id)
		}
		if in.Ack != nil && (in.Kind == model.IncidentEventGroup || in.Kind == model.IncidentHost) {
			w.Acks = append(w.Acks, model.DesiredAck{Incident: id, Ack: *in.Ack, Events: b.acknowledged(in)})
		}
	}
	for _, m := range b.mutes {
		if q := b.desiredSilence(m); q != nil {
			w.Silences = append(w.Silences, *q)
		}
	}
	slices.SortFunc(w.Silences, func(x, y model.DesiredSilence) int { return cmp.Compare(x.Mute.ID, y.Mute.ID) })
	return w
}

// acknowledged are the events that an acknowledgement speaks for.
func (b *Manager) acknowledged(in *incident) []model.Event {
	return b.stillOpen(func(e *model.Event) bool {
		return in.tookIn(e) && !e.Acked && !e.SeenAt.After(in.Ack.At) && b.inv.HostIsOf(e.Host, in.Ack.Scope)
	})
}

// tookIn reports whether an event is one of a burst's, or on the host of a host's incident.
func (in *incident) tookIn(e *model.Event) bool {
	if in.Kind == model.IncidentHost {
		return e.Host == in.Host
	}
	return e.Incident == in.ID
}

// desiredSilence is what a mute means to the sources; nil is nothing.
func (b *Manager) desiredSilence(m *model.Mute) *model.DesiredSilence {
	if !m.Active(b.now()) || m.Here {
		return nil
	}
	if m.Incident != 0 {
		in := b.byID[m.Incident]
		if in == nil || in.Kind != model.IncidentEventGroup && in.Kind != model.IncidentHost {
			return nil
		}
		return &model.DesiredSilence{Mute: *m, Events: b.stillOpen(in.tookIn)}
	}
	q := &model.DesiredSilence{Mute: *m, Hosts: b.wholeHosts(&m.Selector)}
	if len(q.Hosts) == 0 {
		return nil
	}
	on := make(map[string]bool, len(q.Hosts))
	for _, host := range q.Hosts {
		on[host] = true
	}
	q.Events = b.stillOpen(func(e *model.Event) bool { return on[e.Host] })
	return q
}

// wholeHosts are the hosts that a selector picks with all that is on them: by their names, or by labels of their own.
func (b *Manager) wholeHosts(sel *model.Selector) []string {
	if len(sel.Clients)+len(sel.Services)+len(sel.Checks) > 0 || sel.IsZero() {
		return nil
	}
	var names []string
	for _, h := range b.inv.Hosts() {
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

// standing are the events that stand and fit, worst first.
func (b *Manager) stillOpen(fits func(e *model.Event) bool) []model.Event {
	var out []model.Event
	for _, e := range b.events {
		if e.Active() && fits(e) {
			out = append(out, *e)
		}
	}
	slices.SortFunc(out, model.CompareEvents)
	return out
}
