package alerts

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"

	"opsbot/model"
)

// State is what is remembered of a check; false when it is not in the inventory. A check that never ran has the zero
// state.
func (m *Manager) State(id model.CheckID) (model.CheckState, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	tr := m.state.checks.all[id]
	if tr == nil {
		return model.CheckState{}, false
	}
	return tr.state, true
}

// States returns a copy of the states of all checks of the inventory.
func (m *Manager) States() map[model.CheckID]model.CheckState {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := m.state.checks.all
	out := make(map[model.CheckID]model.CheckState, len(all))
	for id, tr := range all {
		out[id] = tr.state
	}
	return out
}

// listedStates is how many checks StatesJSON lists at most.
const listedStates = 200

// StatesJSON is one line of JSON: {"main-db":true,…}, true unless the check is down, by id; above 200 checks
// {"checks":24000,"ok":…,"failing":…,"down":…,"unknown":…,"not_ok":["id",…]} with at most 200 ids. A check counts as
// unknown only when it is not down.
func (m *Manager) StatesJSON() []byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := &m.state.checks
	if len(c.all) > listedStates {
		return line(c.counts())
	}
	works := make(map[model.CheckID]bool, len(c.all))
	for id, tr := range c.all {
		works[id] = tr.state.Phase != model.PhaseDown
	}
	return line(works)
}

func line(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil { // texts, numbers and flags always marshal
		return []byte("{}")
	}
	return out
}

type stateCounts struct {
	Checks  int             `json:"checks"`
	OK      int             `json:"ok"`
	Failing int             `json:"failing"`
	Down    int             `json:"down"`
	Unknown int             `json:"unknown"`
	NotOK   []model.CheckID `json:"not_ok"`
}

func (c *checks) counts() stateCounts {
	n := stateCounts{Checks: len(c.all), NotOK: []model.CheckID{}}
	for _, tr := range c.ordered {
		check, st := tr.check, &tr.state
		switch {
		case st.Phase == model.PhaseDown:
			n.Down++
		case !st.UnknownSince.IsZero():
			n.Unknown++
		case st.Phase == model.PhaseFailing:
			n.Failing++
		default:
			n.OK++
			continue
		}
		if len(n.NotOK) < listedStates {
			n.NotOK = append(n.NotOK, check.ID)
		}
	}
	return n
}

// ServiceStates judges every client's service in the scope from the judged states, worst first.
func (m *Manager) ServiceStates(scope model.Scope) []model.ServiceState {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.checks.servicesOf(scope)
}

// servicesOf is every service in a scope, worst first, then by name.
func (c *checks) servicesOf(scope model.Scope) []model.ServiceState {
	out := make([]model.ServiceState, 0, len(c.services))
	all := c.inv.Services() // by name
	for i := range all {
		if state, judged := c.services[all[i].ServiceKey]; judged && scope.Sees(all[i].Client) {
			out = append(out, state)
		}
	}
	slices.SortStableFunc(out, model.CompareBadness)
	return out
}

// Overview returns how everything is that a scope sees. It copies no state of a check.
func (m *Manager) Overview(scope model.Scope) model.Overview {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := &m.state
	out := model.Overview{Services: s.checks.servicesOf(scope), Incidents: s.shown(scope, maps.Values(s.incidents.byID))}
	for tr := range s.checks.within(scope) {
		out.Add(tr.check, &tr.state)
	}
	return out
}

// within is every check that a scope sees.
func (c *checks) within(scope model.Scope) iter.Seq[*tracked] {
	if !scope.Limited {
		return slices.Values(c.ordered)
	}
	return func(yield func(*tracked) bool) {
		for _, client := range slices.Compact(slices.Clone(scope.Clients)) {
			for _, check := range c.inv.ChecksOfClient(client) {
				if !yield(c.all[check.ID]) {
					return
				}
			}
		}
	}
}

// StateOf returns how some checks are. It costs with these checks, not with all.
func (m *Manager) StateOf(scope model.Scope, checks []*model.Check) model.SelectionState {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := &m.state
	out := model.SelectionState{Checks: make([]model.CheckState, len(checks))}
	services := map[model.ServiceKey]bool{}
	for i, c := range checks {
		if tr := s.checks.all[c.ID]; tr != nil {
			out.Checks[i] = tr.state
		}
		if c.Endpoint != nil {
			services[c.Endpoint.ServiceKey] = true
		}
	}
	for key := range services {
		if state, judged := s.checks.services[key]; judged && scope.Sees(key.Client) {
			out.Services = append(out.Services, state)
		}
	}
	slices.SortFunc(out.Services, model.CompareStates)
	out.Incidents = s.shown(scope, s.incidents.about(checks))
	return out
}

// about returns the open incidents of some checks, of their services and hosts, and those that are of no check, service or host.
func (ins *incidents) about(checks []*model.Check) iter.Seq[*incident] {
	found := map[*incident]bool{}
	add := func(key string) {
		if in := ins.open[key]; in != nil {
			found[in] = true
		}
	}
	for _, c := range checks {
		add("check:" + string(c.ID))
		if e := c.Endpoint; e != nil {
			add("service:" + e.String())
			add("host:" + e.Host)
		}
	}
	for _, in := range ins.byID {
		if in.Gathered() || in.Kind == model.IncidentSource || in.Kind == model.IncidentConnectivity {
			found[in] = true
		}
	}
	return maps.Keys(found)
}

// OpenIncidents returns the open incidents that touch the scope, showing only what lies in it, worst first. MutedUntil is set on
// those that are muted wherever they have a card, Acknowledged on those of which all in the scope is.
func (m *Manager) OpenIncidents(scope model.Scope) []model.Incident {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.shown(scope, maps.Values(m.state.incidents.byID))
}

// shown returns those of some incidents that touch the scope, as OpenIncidents does.
func (s *state) shown(scope model.Scope, some iter.Seq[*incident]) []model.Incident {
	out := []model.Incident{}
	for in := range some {
		if s.inScope(in, scope) {
			shown := s.scoped(&in.Incident, scope)
			shown.MutedUntil, shown.Acknowledged = s.mutedEverywhere(in), s.inHand(in, scope)
			if !scope.Limited {
				shown.Paged = s.pagedOf(in.ID)
			}
			out = append(out, *shown)
		}
	}
	slices.SortFunc(out, func(x, y model.Incident) int { return model.CompareIncidents(&x, &y) })
	return out
}

// OpenAt returns the open incidents that a destination was routed, as it may see them, worst first, without those whose parent is
// known there: what its daily digest lists. A destination that is no longer known has none.
func (m *Manager) OpenAt(to model.Destination) []model.Incident {
	m.mu.RLock()
	defer m.mu.RUnlock()
	scope, known := m.state.routing.scope(to)
	if !known {
		return nil
	}
	return m.begin().openAt(Target{To: to, Scope: scope})
}

// Incident returns one open incident, whole.
func (m *Manager) Incident(id model.IncidentID) (model.Incident, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	in := m.state.incidents.byID[id]
	if in == nil {
		return model.Incident{}, false
	}
	shown := in.Incident
	shown.MutedUntil, shown.Acknowledged = m.state.mutedEverywhere(in), m.state.inHand(in, model.Scope{})
	shown.Paged = m.state.pagedOf(in.ID)
	return shown, true
}
