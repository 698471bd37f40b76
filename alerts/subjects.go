package alerts

import (
	"cmp"
	"slices"
	"time"

	"opsbot/model"
)

// subject is one thing that an incident tells its readers of: a client's service, a standalone check, or a host of a source
// that the inventory does not know. Notifications, mutes and acknowledgements count by subjects: what joins an incident later
// is news, whatever was notified, muted or acknowledged of it before.
type subject struct {
	name     string // as in model.Named
	of       *incident
	severity model.Severity
	down     bool
	fine     bool // a host carries it, and what is left of it is enough
	service  model.ServiceState
	check    model.CheckID
	unmapped string
	place    model.Located // of an event that no check can verify
}

// anySubject reports whether one of the subjects of an incident that a scope sees is wanted. Of a storm one that several of its
// parts have comes as often.
func (s *state) anySubject(in *incident, scope model.Scope, wanted func(*subject) bool) bool {
	one := func(sub subject) bool { return wanted(&sub) }
	switch {
	case in.storm != nil:
		scope = scope.And(in.Readers)
		return slices.ContainsFunc(s.incidents.partsOf(in), func(part *incident) bool { return s.anySubject(part, scope, wanted) })
	case in.group != nil:
		return slices.ContainsFunc(s.subjectsOfGroup(in, scope), one)
	case in.Kind == model.IncidentCheck:
		return !scope.Limited && one(checkSubject(in))
	default:
		return slices.ContainsFunc(in.Affected, func(state model.ServiceState) bool {
			return scope.Sees(state.Client) && one(serviceSubject(in, state))
		})
	}
}

// subjects are those of an incident that a scope sees, each once.
func (s *state) subjects(in *incident, scope model.Scope) []subject {
	var all []subject
	var at map[string]int
	if in.storm != nil {
		at = map[string]int{}
	}
	s.anySubject(in, scope, func(sub *subject) bool {
		switch i, known := at[sub.name]; {
		case !known:
			if at != nil {
				at[sub.name] = len(all)
			}
			all = append(all, *sub)
		case compareSubjects(*sub, all[i]) < 0:
			all[i] = *sub
		}
		return false
	})
	return all
}

func checkSubject(in *incident) subject {
	return subject{
		name: model.CheckSubject(in.Check), of: in, check: in.Check, severity: in.Severity,
		down: in.Reason.Code != model.ReasonUnknownLong,
	}
}

func serviceSubject(in *incident, state model.ServiceState) subject {
	sub := subject{
		name: model.ServiceSubject(state.ServiceKey), of: in, service: state, severity: state.Severity(),
		down: state.Verdict == model.VerdictDown, fine: state.Verdict == model.VerdictOK,
	}
	if in.Kind == model.IncidentService { // it has an incident for a reason: a share below err_threshold, or unknown for long
		sub.severity, sub.fine = in.Severity, false
	}
	return sub
}

func (s *state) subjectsOfGroup(in *incident, scope model.Scope) []subject {
	states := in.group.affected(s, scope)
	all := make([]subject, 0, len(states))
	for _, state := range states {
		all = append(all, serviceSubject(in, state))
	}
	for _, one := range in.group.untested {
		if _, whole := one.place.Within(s.checks.inv, scope); whole {
			all = append(all, subject{name: model.UnmappedSubject(one.name), of: in, unmapped: one.name, place: one.place, severity: one.severity})
		}
	}
	return all
}

func compareSubjects(a, b subject) int {
	if a.down != b.down {
		if a.down {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.severity, a.severity), model.CompareNatural(a.name, b.name))
}

// named are all subjects of an incident as they are now.
func (s *state) named(in *incident) model.Named {
	named := model.Named{}
	for _, sub := range s.subjects(in, model.Scope{}) {
		named.Add(sub.name, sub.down)
	}
	return named
}

// news are the subjects of an incident that are news to a destination, worst first.
func (t *transaction) news(in *incident, card *model.Card) []subject {
	scope, _ := t.routing.scope(card.To)
	news := slices.DeleteFunc(t.subjects(in, scope), func(sub subject) bool { return !t.isNew(in, card, &sub) })
	slices.SortFunc(news, compareSubjects)
	return news
}

// hasNews reports whether there are any.
func (t *transaction) hasNews(in *incident, card *model.Card) bool {
	scope, _ := t.routing.scope(card.To)
	return t.anySubject(in, scope, func(sub *subject) bool { return t.isNew(in, card, sub) })
}

// isNew reports whether a destination has not been notified of a subject as it is now, by this incident or by another that is
// open, and it is not muted there.
func (t *transaction) isNew(in *incident, card *model.Card, sub *subject) bool {
	return !sub.fine && !knows(card, sub) && !t.knowsElsewhere(in, card.To, sub) && t.subjectMutedUntil(in, sub, card.To).IsZero()
}

// knows reports whether a destination was notified of a subject by a card.
func knows(card *model.Card, sub *subject) bool {
	return card.Down && card.Named.Covers(sub.name, sub.down) && sub.severity <= card.Severity
}

// knowsElsewhere reports whether a destination was notified of a subject, as it is since it got so, by another open incident: that
// of its own, of a host it fails on, what these are part of, or one that gathers and had it before.
func (t *transaction) knowsElsewhere(in *incident, to model.Destination, sub *subject) bool {
	since := t.since(sub).Add(-time.Millisecond) // a card is stored without what is less
	known := func(other *incident) bool {
		if other == nil || other == in || !other.Open() {
			return false
		}
		card := other.card(to)
		return card != nil && knows(card, sub) && !card.NotifiedAt.Before(since)
	}
	if sub.check != "" && t.lineage(t.incidents.open[model.CheckSubject(sub.check)], to, known) {
		return true
	}
	if sub.service.Service != "" {
		if t.lineage(t.incidents.open[sub.name], to, known) {
			return true
		}
		for _, c := range t.checks.inv.ChecksOfService(sub.service.ServiceKey) {
			if t.lineage(t.incidents.open["host:"+c.Endpoint.Host], to, known) {
				return true
			}
		}
	}
	return slices.ContainsFunc(t.groups.open, func(g *eventGroup) bool { return known(g.in) }) ||
		slices.ContainsFunc(t.storms.open, func(st *storm) bool { return known(st.in) })
}

// since is since when a subject has been as it is: a service is down since so many endpoints fail that fewer than it needs are left.
// Zero when that is not known.
func (s *state) since(sub *subject) time.Time {
	if tr := s.checks.all[sub.check]; tr != nil {
		return tr.state.NotOKSince()
	}
	var failing []time.Time
	all := s.checks.inv.ChecksOfService(sub.service.ServiceKey)
	for _, c := range all {
		if at := s.checks.all[c.ID].state.NotOKSince(); !at.IsZero() {
			failing = append(failing, at)
		}
	}
	if len(failing) == 0 {
		return time.Time{}
	}
	slices.SortFunc(failing, time.Time.Compare)
	if !sub.down {
		return failing[0]
	}
	return failing[min(max(len(all)-sub.service.Need, 0), len(failing)-1)]
}

// lineage reports whether an incident, or one that it is part of at a destination, is known.
func (t *transaction) lineage(in *incident, to model.Destination, known func(*incident) bool) bool {
	for ; in != nil; in = t.parentAt(in, to) {
		if known(in) {
			return true
		}
	}
	return false
}

// subjectMutedUntil is until when a subject of an incident is muted at a destination. Zero when it is not.
func (s *state) subjectMutedUntil(in *incident, sub *subject, to model.Destination) time.Time {
	return s.subjectMutedBy(s.mutes.active, in, sub, to)
}

// subjectMutedBy is until when some mutes hide a subject of an incident at a destination: those that select all that fails of it, or
// one of the incident, or of the part that it comes from, which covers it. Zero when they do not.
func (s *state) subjectMutedBy(by []*model.Mute, in *incident, sub *subject, to model.Destination) time.Time {
	holding := holding(by, to, s.now())
	if len(holding) == 0 {
		return time.Time{}
	}
	until := lastEnd(holding, func(m *model.Mute) bool {
		return m.Incident != 0 && (m.Covers == nil || m.Covers.Covers(sub.name, sub.down)) && s.isMuteOf(m, in, sub)
	})
	if end := selectedUntil(holding, s.failingOf(sub)); end.After(until) {
		return end
	}
	return until
}

// isMuteOf reports whether a mute of one incident is one of a subject in another: of that itself, or of what is part of it. A host that
// was muted stays so when an event group that is about it takes it in.
func (s *state) isMuteOf(m *model.Mute, in *incident, sub *subject) bool {
	if m.Incident == in.ID || m.Incident == sub.of.ID {
		return true
	}
	part := s.incidents.byID[m.Incident]
	return part != nil && m.Covers != nil && isPart(part, in)
}

// failingOf are the checks that a subject fails by, in its incident; all that it has there when none is known to.
func (s *state) failingOf(sub *subject) []*model.Check {
	if tr := s.checks.all[sub.check]; tr != nil {
		return []*model.Check{tr.check}
	}
	if sub.place.Mapped() { // what it means for them nobody can check
		return s.checksAt(sub.place)
	}
	var all, failing []*model.Check
	for _, c := range s.checks.inv.ChecksOfService(sub.service.ServiceKey) {
		if !sub.of.covers(c.Endpoint) {
			continue
		}
		all = append(all, c)
		if st := &s.checks.all[c.ID].state; st.Phase != model.PhaseOK || !st.UnknownSince.IsZero() {
			failing = append(failing, c)
		}
	}
	if len(failing) > 0 {
		return failing
	}
	return all
}

// checksAt are the checks on a host, or of services that an event is about.
func (s *state) checksAt(place model.Located) []*model.Check {
	all := slices.Clone(s.checks.inv.ChecksOfHost(place.Host))
	for _, key := range s.checks.inv.ServicesAbout(place.About) {
		all = append(all, s.checks.inv.ChecksOfService(key)...)
	}
	return all
}

// covers reports whether an endpoint belongs to an incident.
func (in *incident) covers(e *model.Endpoint) bool {
	switch {
	case in.Kind == model.IncidentHost:
		return in.Host == e.Host
	case in.group != nil:
		return in.group.covers(e)
	default:
		return true
	}
}
