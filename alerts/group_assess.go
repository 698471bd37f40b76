package alerts

import (
	"slices"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// assess finds out what an event group means, at a pace, attaches the incidents that it explains, and ends it when all
// is well.
func (g *eventGroup) assess(t *transaction) {
	in := g.in
	in.editLate(t)
	for other := range t.touched {
		g.dirty = g.dirty || other.Parent == in.ID
	}
	if !g.isDue(t) {
		return
	}
	g.verifyAll(t)
	g.assessed, g.dirty = t.at, false
	g.verifyLost(t)
	q := g.question(t.state, model.Scope{})
	cause := g.impact.Cause
	g.impact = impact.Assess(t.checks.inv, q)
	if !q.Cause {
		g.impact.Cause = cause
	}
	g.flapping = g.flaps(t)
	g.views.forget()
	g.detach(t)
	g.attach(t)
	if !g.carded && !g.waits(t.at) { // where it has no card, its parts are notified
		g.carded = true
		t.touchParts(in)
	}
	if g.isOver(t) {
		g.end(t)
		return
	}
	g.update(t)
	g.due = g.nextAssessment(t)
	if !q.Cause {
		g.due = model.Earlier(g.due, g.edited.Add(StormPace))
	}
	t.wakeBy(g.due)
}

func (g *eventGroup) update(t *transaction) {
	in := g.in
	want := in.Incident
	g.summarize(t.state, &want, &g.impact, model.Scope{})
	t.change(in, &want)
	g.showVerified(t)
	t.touch(in, touch{raised: true})
}

func (g *eventGroup) end(t *transaction) {
	in := g.in
	g.summarize(t.state, &in.Incident, &g.impact, model.Scope{})
	t.end(in)
	g.keepViews(t)
	t.events.forgetEnded(in.ID)
	if parent := t.incidents.byID[in.Parent]; parent != nil && parent.group != nil { // it may be over too
		parent.group.dirty = true
		t.wakeBy(t.at.Add(groupPace))
	}
	for _, st := range t.storms.open {
		if st.in.Parent == in.ID { // nothing of it is left
			t.touch(st.in, touch{edited: true})
		}
	}
}

// keepViews makes what limited chats are shown of an event group while its events are known.
func (g *eventGroup) keepViews(t *transaction) {
	for _, card := range g.in.cards {
		if scope, known := t.routing.scope(card.To); known && scope.Limited {
			t.viewOf(&g.in.Incident, g.in, scope)
		}
	}
}

// isDue reports whether it is time to assess a group, and has it done when it is.
func (g *eventGroup) isDue(t *transaction) bool {
	if !g.due.IsZero() {
		if !t.at.Before(g.due) {
			return true
		}
		t.wakeBy(g.due)
	}
	pace := groupPace
	if g.impact.Total > groupSmall {
		pace = groupSlowPace
	}
	if next := g.assessed.Add(pace); g.dirty && t.at.Before(next) && !t.at.Before(g.assessed) {
		t.wakeBy(next)
		return false
	}
	return g.dirty
}

// nextAssessment is when a group changes by time alone: its first card is due, it takes in no more, what was asked for is
// lost. Zero is never.
func (g *eventGroup) nextAssessment(t *transaction) time.Time {
	in := g.in
	firstCard, quiet := in.OpenedAt.Add(EventGroupWait), in.EventGroup.LastAt.Add(EventGroupQuiet+time.Millisecond)
	if t.at.Before(firstCard) {
		return firstCard
	}
	var next time.Time
	if g.impact.Done < g.impact.Total {
		last := g.verified.last
		next = later(last.Add(g.patience(t.now())), last.Add(lostAfter), t.at)
	}
	if t.at.Before(quiet) {
		next = model.Earlier(next, quiet)
	}
	return next
}

// later is the first of two moments that is still to come, else the second.
func later(a, b, now time.Time) time.Time {
	if a.After(now) {
		return a
	}
	return b
}

// patience is for how long what was known of an endpoint counts after it was asked for. On the first card all that was not
// verified is unknown; later that would be news which is none, also of a group that was not worth a card so far.
func (g *eventGroup) patience(now time.Time) time.Duration {
	switch {
	case g.restored:
		return groupResume
	case g.in.isNotified(), now.After(g.in.OpenedAt.Add(EventGroupWait)):
		return EventGroupWait
	default:
		return 0
	}
}

// question asks what an event group means to a scope.
func (g *eventGroup) question(s *state, scope model.Scope) model.ImpactQuestion {
	about, patience := g.in.EventGroup, g.patience(s.now())
	hosts := make([]string, 0, len(g.hosts))
	for host := range g.hosts {
		hosts = append(hosts, host)
	}
	return model.ImpactQuestion{
		Hosts: hosts, About: s.checks.inv.ServicesAbout(g.keys()), Began: about.Since.Add(-model.EventSlack), Until: about.LastAt.Add(model.EventSlack), Scope: scope,
		// Of many endpoints it is looked for when it can be shown.
		Cause: g.impact.Total <= groupSmall || g.impact.Cause == nil || !s.now().Before(g.edited.Add(StormPace)),
		See: func(c *model.Check) model.EndpointState {
			tr := s.checks.all[c.ID]
			if tr == nil {
				return model.EndpointState{}
			}
			asked := g.verified.asked[c.ID]
			seen := tr.state.EndpointState(asked)
			seen.Soon = s.now().Before(asked.Add(patience))
			if seen.Since.IsZero() {
				seen.Since = asked // of what was not seen since, or never
			}
			return seen
		},
	}
}

// isOver reports whether a group takes in no more and nothing is wrong any more that it is about: nobody is affected, nothing
// of it fails, no host that nobody knows is reported broken, and nothing critical that nobody can verify.
func (g *eventGroup) isOver(t *transaction) bool {
	in := g.in
	f := &g.impact
	if !t.at.After(in.EventGroup.LastAt.Add(EventGroupQuiet)) || f.Done < f.Total || len(f.Services) > 0 {
		return false
	}
	if slices.ContainsFunc(f.Hosts, func(h model.HostImpact) bool { return h.Since }) || t.events.anyActive(func(e *model.Event) bool {
		return t.belongs(in, e) && (!e.Mapped() || e.HostUnknown || isUntested(e, f.VerificationOf(e.Host), t.rules.UntestableSilent))
	}) {
		return false
	}
	for _, part := range t.incidents.open {
		if part.Parent == in.ID && part.storm == nil {
			return false
		}
	}
	return true
}

// worthNotifying reports whether a group has waited for its time and is news to whoever sees a scope: somebody is affected,
// or nobody is although many hosts are reported broken.
func (g *eventGroup) worthNotifying(t *transaction, scope model.Scope) bool {
	in := g.in
	if g.waits(t.at) || g.flapping && len(g.untested) == 0 {
		return false
	}
	view := t.viewOf(&in.Incident, in, scope)
	if view.Severity > model.SeverityInfo {
		return true
	}
	return !scope.Limited && view.EventGroup.HostsAll+view.EventGroup.UnmappedAll >= EventGroupMinHosts
}
