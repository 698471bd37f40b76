package alerts

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// The constants of storms.
const (
	// StormQuiet is how long a storm takes in what begins after the last that it took in. What comes later is told by
	// itself, or makes the next storm.
	StormQuiet = time.Minute
	// StormPace is the least time between two edits of a storm's card.
	StormPace = 5 * time.Second

	stormDetail = 50 // services of which a storm keeps what became of them: the worst
	stormNames  = 20 // hosts and checks that it names
)

// gather makes incidents that opened together one storm, and storms what their parts make them. It comes after all that
// a step changes is known, and before any of it is told.
func (s *transaction) gather() {
	for _, in := range slices.Clone(s.groups) { // before storms, of which they explain what they can
		s.weigh(in)
	}
	s.orderVerifications()
	rule := s.rules.Storm
	s.recent = slices.DeleteFunc(s.recent, func(in *incident) bool {
		return !in.Open() || in.Parent != 0 || !in.OpenedAt.Add(rule.Within).After(s.at)
	})
	if rule.Over > 0 && s.first == nil && s.offline() == nil {
		loud := slices.DeleteFunc(slices.Clone(s.recent), s.quiet)
		if len(loud) > rule.Over {
			s.startStorm(loud)
		}
	}
	for _, in := range slices.Clone(s.storms) {
		s.updateStorm(in)
	}
}

// quiet reports whether nobody is told of an incident anyway: planned work makes no storm.
func (s *transaction) quiet(in *incident) bool { return s.isMuted(in, model.Destination{}) }

func (s *transaction) startStorm(parts []*incident) {
	storm := s.begin(&model.Incident{Kind: model.IncidentStorm, Storm: &model.Storm{}})
	storm.edited = s.at
	for _, in := range parts {
		s.attach(in, storm)
	}
	s.recent = nil
}

// arrived counts an incident that opens among those which may be a storm, or makes it part of one that goes on.
func (s *transaction) arrived(in *incident) {
	if !in.gathers() || s.attachNew(in) {
		return
	}
	for _, storm := range s.storms {
		if storm.Open() && !s.at.After(storm.Storm.LastAt.Add(StormQuiet)) && !s.quiet(in) {
			s.attach(in, storm)
			return
		}
	}
	s.recent = append(s.recent, in)
}

// gathers reports whether an incident is of those that make storms.
func (in *incident) gathers() bool {
	switch in.Kind {
	case model.IncidentCheck, model.IncidentService, model.IncidentHost:
		return true
	default:
		return false
	}
}

// adopt makes an incident part of a storm.
func (s *transaction) attach(in, storm *incident) {
	in.Parent = storm.ID
	s.waiting.incidents[in.ID] = in.Incident
	s.touch(in, touch{edited: true})
	grown := *storm.Storm
	grown.Total++
	grown.LastAt = s.at
	storm.Storm = &grown
	s.touch(storm, touch{raised: true}) // it may have to be told elsewhere too
}

// rootParent is the storm or the burst that an incident was part of, by itself or with its host; 0 is none.
func (s *transaction) rootParent(in *incident) model.IncidentID {
	for parent := s.byID[in.Parent]; parent != nil; parent = s.byID[parent.Parent] {
		if parent.Gathered() && parent.Open() {
			return parent.ID
		}
	}
	return 0
}

// weather makes a storm what its parts make it, and ends it with the last of them.
func (s *transaction) updateStorm(storm *incident) {
	s.editLate(storm)
	if !s.concerned(storm) {
		return
	}
	parts := s.parts(storm)
	if len(parts) == 0 {
		if !s.yield(storm) {
			s.end(storm)
		}
		return
	}
	want := storm.Incident
	s.picture(&want, parts, model.Scope{})
	want.Storm.Cause = storm.Storm.Cause
	if want.Storm.Cause == nil || !s.at.Before(storm.edited.Add(StormPace)) { // it is shown no sooner, and costs more than the rest
		want.Storm.Cause = s.causeOf(parts, model.Scope{})
	}
	s.change(storm, &want)
}

// editLate edits the cards of a storm or a burst of which an edit waits, when its time has come.
func (s *transaction) editLate(in *incident) {
	switch next := in.edited.Add(StormPace); {
	case !in.stale:
	case s.at.Before(next):
		s.wakeBy(next)
	default:
		s.touch(in, touch{edited: true})
	}
}

// concerned reports whether a step touches a storm or a part of it.
func (s *transaction) concerned(storm *incident) bool {
	for in := range s.touched {
		if in == storm || in.Parent == storm.ID {
			return true
		}
	}
	return false
}

// parts are the open incidents that a storm took in, in no order.
func (b *Manager) parts(storm *incident) []*incident {
	all := make([]*incident, 0, storm.Storm.Total)
	for _, in := range b.open {
		if in.Parent == storm.ID {
			all = append(all, in)
		}
	}
	return all
}

// picture fills in what a storm comes to, as far as a scope may see it. It puts the parts in order, worst first.
func (b *Manager) picture(in *model.Incident, parts []*incident, scope model.Scope) {
	slices.SortFunc(parts, func(x, y *incident) int { return model.CompareIncidents(&x.Incident, &y.Incident) })
	storm := model.Storm{Total: in.Storm.Total, LastAt: in.Storm.LastAt}
	in.Severity = model.SeverityInfo
	states := map[model.ServiceKey]model.ServiceState{}
	for _, part := range parts {
		if !touches(&part.Incident, scope) {
			continue
		}
		storm.Open++
		in.Severity = max(in.Severity, b.severity(part, scope))
		switch part.Kind {
		case model.IncidentHost:
			storm.HostsAll++
			storm.Hosts = append(storm.Hosts, part.Host)
		case model.IncidentCheck:
			storm.ChecksAll++
			storm.Checks = append(storm.Checks, part.Check)
		}
		for _, state := range part.Affected {
			if scope.Sees(state.Client) {
				states[state.ServiceKey] = state
			}
		}
	}
	if scope.Limited {
		storm.Total = storm.Open // how many there were elsewhere is nobody's business here
		storm.Cause = b.causeOf(parts, scope)
	}
	storm.Hosts, storm.Checks = firstFew(storm.Hosts), firstFew(storm.Checks)
	storm.Services = len(states)
	storm.Clients, storm.Down = countClients(states)
	worst := slices.SortedFunc(maps.Values(states), model.CompareStates)
	in.Affected = slices.Clip(worst[:min(len(worst), stormDetail)])
	in.Storm = &storm
	in.Reason = model.NewReason(model.ReasonStorm, "total", strconv.Itoa(storm.Total), "open", strconv.Itoa(storm.Open))
}

// causeOf is what a storm's failures have in common, among all that a scope sees. What was not judged is left out.
func (b *Manager) causeOf(parts []*incident, scope model.Scope) *model.Cause {
	down := map[model.CheckID]bool{}
	for _, part := range parts {
		for _, f := range part.Failing {
			down[f.Check] = true
		}
	}
	var failed, fine []*model.Check
	for _, c := range b.inv.Checks() {
		switch st := &b.checks[c.ID].state; {
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

// inScope reports whether an incident is about anything that lies in a scope.
func (b *Manager) inScope(in *incident, scope model.Scope) bool {
	if in.Kind != model.IncidentStorm || !scope.Limited {
		return touches(b.unabridged(in), scope)
	}
	return slices.ContainsFunc(b.parts(in), func(part *incident) bool { return touches(&part.Incident, scope) })
}

// endWithin ends a storm or a burst for chats of whose clients nothing is left in it, as soon as it takes in no more: they need not
// wait for what they may not see.
func (s *transaction) endWithin(storm *incident) {
	last := storm.passedAt()
	switch {
	case !s.at.After(last):
		s.wakeBy(last.Add(time.Millisecond))
		return
	case storm.passed && !s.concerned(storm):
		return
	}
	storm.passed = true
	for _, card := range storm.cards {
		scope, known := s.routing.scope(card.To)
		if !known || !card.Down || s.inScope(storm, scope) {
			continue
		}
		over := *storm
		over.ClosedAt = s.at
		s.notifyResolved(&over, card)
		card.Down = false
		s.keepCard(card)
	}
}

// passedAt is from when on a storm takes in no more, and nothing that fails is blamed on a burst.
func (in *incident) passedAt() time.Time {
	if in.EventGroup != nil {
		return in.EventGroup.LastAt.Add(model.EventSlack)
	}
	return in.Storm.LastAt.Add(StormQuiet)
}

// tooSoon reports whether the edit of a storm's or a burst's card has to wait, and has it made later.
func (s *transaction) tooSoon(in *incident) bool {
	if !in.Gathered() || !in.Open() {
		return false
	}
	if next := in.edited.Add(StormPace); s.at.Before(next) {
		in.stale = true
		s.wakeBy(next)
		return true
	}
	in.edited, in.stale = s.at, false
	return false
}

// sameStorm reports whether two storms show the same.
func sameStorm(a, b *model.Storm) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Total == b.Total && a.Open == b.Open && a.Clients == b.Clients && a.Down == b.Down &&
		a.Services == b.Services && a.HostsAll == b.HostsAll && a.ChecksAll == b.ChecksAll &&
		slices.Equal(a.Hosts, b.Hosts) && slices.Equal(a.Checks, b.Checks) && sameCause(a.Cause, b.Cause)
}

func sameCause(a, b *model.Cause) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Failed == b.Failed && a.Of == b.Of && a.Fine == b.Fine && slices.Equal(a.Labels, b.Labels)
}
