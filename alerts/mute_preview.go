package alerts

import (
	"slices"

	"opsbot/model"
)

// Preview counts what a mute would hide now.
func (m *Manager) Preview(mute model.Mute) model.Hidden {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.hides(&mute, model.Scope{})
}

// muteFor is a mute as the readers of a destination may know it: all of it where it was made there, or covers nothing of others.
func (s *state) muteFor(m *model.Mute, to model.Destination) *model.Mute {
	scope, _ := s.routing.scope(to)
	if !scope.Limited || m.Chat != 0 && m.Chat == to.Chat {
		return m
	}
	foreign := func(tr *tracked) bool { return !scope.Sees(tr.check.Client()) }
	if m.Incident == 0 && !slices.ContainsFunc(s.coveredBy(m), foreign) {
		return m
	}
	shown := m.Within(scope)
	return &shown
}

// hides counts what a mute picks of what a scope sees, by the inventory and the states alone.
func (s *state) hides(m *model.Mute, scope model.Scope) model.Hidden {
	var h model.Hidden
	clients := map[string]bool{} // true: of the gold tier
	for _, tr := range s.coveredBy(m) {
		if !scope.Sees(tr.check.Client()) {
			continue
		}
		h.Checks++
		if c := tr.check.Client(); c != "" {
			service, _ := s.checks.inv.Service(tr.check.Endpoint.ServiceKey)
			clients[c] = clients[c] || service.Tier == model.TierGold
		}
		if tr.state.Condition() == model.ConditionOpen {
			h.Broken++
		}
	}
	h.Clients = len(clients)
	for name, gold := range clients {
		if gold {
			h.Gold = append(h.Gold, name)
		}
	}
	slices.SortFunc(h.Gold, model.CompareNatural)
	if in := s.incidents.byID[m.Incident]; in != nil && in.Kind != model.IncidentCheck { // nothing joins a check
		h.Names = s.namesOf(m.Incident, scope)
	}
	return h
}

// namesOf names what an incident consists of, worst first: services, then standalone checks, then hosts that nobody knows.
func (s *state) namesOf(id model.IncidentID, scope model.Scope) []string {
	var names []string
	var services []model.ServiceState
	for _, in := range s.whole(id) {
		services = append(services, in.unabridged().Affected...)
		if in.Kind == model.IncidentCheck && !scope.Limited {
			names = append(names, string(in.Check))
		}
		if in.EventGroup != nil && !scope.Limited {
			names = append(names, in.EventGroup.Unmapped...)
		}
	}
	slices.SortFunc(services, model.CompareStates)
	services = slices.DeleteFunc(services, func(s model.ServiceState) bool { return s.Verdict == model.VerdictOK || !scope.Sees(s.Client) })
	named := make([]string, len(services))
	for i := range services {
		named[i] = services[i].String()
	}
	return slices.Concat(slices.Compact(named), names)
}

// coveredBy are the checks that a mute covers: those of its incident, or of its selector.
func (s *state) coveredBy(m *model.Mute) []*tracked {
	var all []*tracked
	if m.Incident == 0 {
		for _, c := range s.checks.inv.Checks() {
			if m.Selector.Matches(c) {
				all = append(all, s.checks.all[c.ID])
			}
		}
		return all
	}
	for _, in := range s.whole(m.Incident) {
		for _, id := range in.broken() {
			if tr := s.checks.all[id]; tr != nil {
				all = append(all, tr)
			}
		}
	}
	return all
}

// whole is an open incident, of a storm all its parts.
func (s *state) whole(id model.IncidentID) []*incident {
	in := s.incidents.byID[id]
	switch {
	case in == nil:
		return nil
	case in.storm != nil:
		return s.incidents.partsOf(in)
	default:
		return []*incident{in}
	}
}
