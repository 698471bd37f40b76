package alerts

import (
	"slices"

	"opsbot/model"
)

// Preview counts what a mute would hide now.
func (m *Manager) Preview(mute model.Mute) model.Hidden {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.hides(&mute)
}

// hides counts what a mute picks, by the inventory and the states alone.
func (s *state) hides(m *model.Mute) model.Hidden {
	var h model.Hidden
	clients := map[string]bool{} // true: of the gold tier
	for _, tr := range s.coveredBy(m) {
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
		h.Names = s.namesOf(m.Incident)
	}
	return h
}

// namesOf names what an incident consists of, worst first: services, then standalone checks, then hosts that nobody knows.
func (s *state) namesOf(id model.IncidentID) []string {
	var names []string
	var services []model.ServiceState
	for _, in := range s.whole(id) {
		services = append(services, in.unabridged().Affected...)
		if in.Kind == model.IncidentCheck {
			names = append(names, string(in.Check))
		}
		if in.EventGroup != nil {
			names = append(names, in.EventGroup.Unmapped...)
		}
	}
	slices.SortFunc(services, model.CompareStates)
	services = slices.DeleteFunc(services, func(s model.ServiceState) bool { return s.Verdict == model.VerdictOK })
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
