package alerts

import (
	"maps"
	"slices"
	"strconv"

	"opsbot/impact"
	"opsbot/model"
)

// summarizeStorm fills in what a storm comes to, as far as a scope may see it. It puts the parts in order, worst first.
func (s *state) summarizeStorm(in *model.Incident, parts []*incident, scope model.Scope) {
	sortIncidents(parts)
	parts = slices.DeleteFunc(slices.Clone(parts), func(part *incident) bool { return !touches(&part.Incident, scope) })
	storm := model.Storm{Total: in.Storm.Total, LastAt: in.Storm.LastAt}
	in.Severity = model.SeverityInfo
	states := map[model.ServiceKey]model.ServiceState{}
	for _, part := range parts {
		in.Severity = max(in.Severity, s.severity(part, scope))
		if part.Condition().Works() { // what it hit works right now
			continue
		}
		addPart(&storm, part)
		for _, state := range part.Affected {
			if scope.Sees(state.Client) {
				states[state.ServiceKey] = state
			}
		}
	}
	storm.Parts = s.listedParts(in, parts, scope)
	storm.Place = impact.PlaceOf(s.checks.inv, storm.Hosts, scope)
	storm.Hosts, storm.Checks = firstFew(storm.Hosts), firstFew(storm.Checks)
	storm.Services = len(states)
	storm.Clients, storm.Down = countClients(states)
	worst := slices.SortedFunc(maps.Values(states), model.CompareStates)
	in.Affected = slices.Clip(worst[:min(len(worst), stormDetail)])
	rememberWorst(&storm, in.Storm, worst)
	in.Storm = &storm
	in.Reason = model.NewReason(model.ReasonStorm, "total", strconv.Itoa(storm.Total), "open", strconv.Itoa(storm.Open))
}

// rememberWorst carries over what a storm was at its worst, for when it is over.
func rememberWorst(now, was *model.Storm, worst []model.ServiceState) {
	now.Worst = worstStates(was.Worst, worst)
	now.Most = model.StormSize{
		Clients: max(was.Most.Clients, now.Clients), Down: max(was.Most.Down, now.Down), Hosts: max(was.Most.Hosts, now.HostsAll),
	}
}

// worstStates is the worst that services were, of those known before and those now, worst first, as many as are kept.
func worstStates(was, now []model.ServiceState) []model.ServiceState {
	all, at := slices.Clone(was), make(map[model.ServiceKey]int, len(was))
	for i := range all {
		at[all[i].ServiceKey] = i
	}
	for _, s := range now {
		if k, known := at[s.ServiceKey]; !known {
			at[s.ServiceKey] = len(all)
			all = append(all, s)
		} else if s.Verdict > all[k].Verdict {
			all[k] = s
		}
	}
	slices.SortFunc(all, model.CompareStates)
	return slices.Clip(all[:min(len(all), stormDetail)])
}

// listedParts are the parts of a storm that is small enough to list them, as a scope may see them, worst first: those that are open,
// then those that ended.
func (s *state) listedParts(in *model.Incident, open []*incident, scope model.Scope) []model.Incident {
	if len(open) > model.ListedStorm || in.Storm.Total > model.ListedStorm {
		return nil
	}
	var all []model.Incident
	for _, part := range open {
		all = append(all, *s.partOf(&part.Incident, scope))
	}
	for i := range in.Storm.Parts {
		if part, ended := s.endedPart(&in.Storm.Parts[i]); ended && touches(part, scope) {
			all = append(all, *s.partOf(part, scope))
		}
	}
	if len(all) > model.ListedStorm {
		return nil
	}
	return all
}

// partOf is a part of a storm that lists them as its card keeps it.
func (s *state) partOf(part *model.Incident, scope model.Scope) *model.Incident {
	shown := s.scoped(part, scope)
	shown.Logs, shown.Storm = nil, nil
	shown.Failing = slices.Clone(shown.Failing[:min(len(shown.Failing), stormNames)])
	shown.Affected = slices.Clone(shown.Affected[:min(len(shown.Affected), stormNames)])
	return shown
}

// endedPart is a part of a storm that lists them that ended, by itself or with the storm; one that left it is none.
func (s *state) endedPart(part *model.Incident) (last *model.Incident, ended bool) {
	if !part.Open() {
		return part, true
	}
	now := s.incidents.byID[part.ID]
	if now == nil || now.Open() {
		return nil, false
	}
	return &now.Incident, true
}

// addPart counts a part of a storm, and names what it is about.
func addPart(storm *model.Storm, part *incident) {
	storm.Open++
	switch part.Kind {
	case model.IncidentHost:
		storm.HostsAll++
		storm.Hosts = append(storm.Hosts, part.Host)
	case model.IncidentCheck:
		storm.ChecksAll++
		storm.Checks = append(storm.Checks, part.Check)
	}
}

// causeOf is what a storm's failures have in common, among all that a scope sees. What was not judged is left out.
func (s *state) causeOf(parts []*incident, scope model.Scope) *model.Cause {
	down := map[model.CheckID]bool{}
	for _, part := range parts {
		if part.Condition().Works() {
			continue
		}
		for _, f := range part.Failing {
			down[f.Check] = true
		}
	}
	var failed, fine []*model.Check
	for _, c := range s.checks.inv.Checks() {
		switch st := &s.checks.all[c.ID].state; {
		case !scope.Sees(c.Client()):
		case down[c.ID]:
			failed = append(failed, c)
		case st.Phase == model.PhaseOK && st.Status == model.StatusOK:
			fine = append(fine, c)
		}
	}
	return impact.CommonCause(failed, fine)
}

func firstFew[T any](all []T) []T { return slices.Clip(all[:min(len(all), stormNames)]) }

func countClients(states map[model.ServiceKey]model.ServiceState) (all, down int) {
	clients := map[string]bool{} // true: a service of it is down
	for key, state := range states {
		clients[key.Client] = clients[key.Client] || state.Verdict == model.VerdictDown
	}
	for _, isDown := range clients {
		if isDown {
			down++
		}
	}
	return len(clients), down
}

// sameStorm reports whether two storms show the same.
func sameStorm(a, b *model.Storm) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Total == b.Total && a.Open == b.Open && a.Clients == b.Clients && a.Down == b.Down &&
		a.Services == b.Services && a.HostsAll == b.HostsAll && a.ChecksAll == b.ChecksAll &&
		slices.Equal(a.Hosts, b.Hosts) && slices.Equal(a.Checks, b.Checks) && sameCause(a.Cause, b.Cause) && a.Place.Same(b.Place) && a.Most == b.Most &&
		slices.EqualFunc(a.Parts, b.Parts, samePart)
}

func samePart(a, b model.Incident) bool {
	return a.ID == b.ID && a.Open() == b.Open() && showsSame(&a, &b)
}

func sameCause(a, b *model.Cause) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Failed == b.Failed && a.Of == b.Of && a.Fine == b.Fine && a.Partly == b.Partly && slices.Equal(a.Labels, b.Labels)
}
