package alerts

import (
	"slices"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// The constants of bursts.
const (
	// EventGroupWait is how long the first card of a burst waits, from its first event on, so that more events and the first looks
	// are on it.
	EventGroupWait = 3 * time.Second
	// EventGroupQuiet is how long a burst takes in events after the last that it took in. What comes later begins the next one.
	EventGroupQuiet = time.Minute
	// EventGroupMaxLength is how long it does so at all: where something breaks somewhere every minute, each hour would be part of
	// the last.
	EventGroupMaxLength = 10 * time.Minute
	// EventMaxAge is how long before it was first heard of an event may have begun for the burst to begin with it: what a source
	// brings up again after a day is not about what broke today.
	EventMaxAge = 15 * time.Minute
	// EventGroupMinHosts is from how many hosts on it is worth a word that nobody is affected.
	EventGroupMinHosts = 3

	reverifyAfter = 5 * time.Second        // a host that is reported again after so long is looked at anew
	groupResume   = model.Day              // after a restart what was known of endpoints holds until they are looked at again: it was stored
	verifyLost    = 2 * time.Minute        // after so long what was asked for is asked for again
	groupSmall    = 2000                   // endpoints up to which a burst is weighed at groupPace, above it at groupSlowPace
	groupPace     = 250 * time.Millisecond // what an assessment of 2,000 endpoints costs is 1% of it
	groupSlowPace = time.Second
)

// join makes an event part of the burst that goes on, or the first of a new one.
func (s *transaction) join(e *model.Event) {
	group := s.takingIn()
	if group == nil {
		group = s.begin(&model.Incident{Kind: model.IncidentEventGroup, EventGroup: &model.EventGroup{Since: s.at}})
	}
	e.Incident = group.ID
	grown := *group.EventGroup
	grown.Events++
	grown.LastAt = s.at
	grown.Since = earlier(grown.Since, s.began(e))
	group.EventGroup = &grown
	s.waiting.incidents[group.ID] = group.Incident
	group.dirty = true
	if e.Host != "" {
		group.hosts[e.Host] = true
		s.askFor(group, e.Host, true)
	}
}

// began is when an event began, as far as that is believed.
func (s *transaction) began(e *model.Event) time.Time {
	oldest := s.at.Add(-EventMaxAge)
	switch {
	case e.OpenedAt.IsZero(), e.OpenedAt.After(s.at):
		return s.at
	case e.OpenedAt.Before(oldest):
		return oldest
	default:
		return e.OpenedAt
	}
}

func (s *transaction) takingIn() *incident {
	for _, in := range s.groups {
		if in.Open() && !s.at.After(in.EventGroup.LastAt.Add(EventGroupQuiet)) && s.at.Before(in.OpenedAt.Add(EventGroupMaxLength)) {
			return in
		}
	}
	return nil
}

// stir notes a result that a burst waits for, or shows.
func (s *transaction) markDirty(id model.CheckID) {
	for _, group := range s.groups {
		if _, asked := group.asked[id]; asked {
			group.dirty = true
		}
	}
}

// weigh finds out what a burst means, at a pace, takes in the incidents that it explains, and ends it when all is well.
func (s *transaction) weigh(group *incident) {
	s.editLate(group)
	for in := range s.touched {
		group.dirty = group.dirty || in.Parent == group.ID
	}
	if !s.isDue(group) {
		return
	}
	if !group.covered { // after a restart and with another inventory there is more to ask for
		for host := range group.hosts {
			s.askFor(group, host, false)
		}
		group.covered = true
	}
	group.weighed, group.dirty = s.at, false
	s.askLate(group)
	q := s.question(group, model.Scope{})
	cause := group.found.Cause
	group.found = impact.Assess(s.inv, q)
	if !q.Cause {
		group.found.Cause = cause
	}
	group.flapping = s.flaps(group)
	group.views.forget()
	s.detach(group)
	s.attachIncidents(group)
	if s.isOver(group) {
		s.summarize(&group.Incident, group, &group.found, model.Scope{})
		s.end(group)
		s.forgetEvents(group)
		for _, storm := range s.storms {
			if storm.Parent == group.ID { // nothing of it is left
				s.touch(storm, touch{edited: true})
			}
		}
		return
	}
	want := group.Incident
	s.summarize(&want, group, &group.found, model.Scope{})
	s.change(group, &want)
	s.showVerification(group)
	s.touch(group, touch{raised: true})
	group.due = s.nextVerification(group)
	if !q.Cause {
		group.due = earlier(group.due, group.edited.Add(StormPace))
	}
	s.wakeBy(group.due)
}

// isDue reports whether it is time to weigh a burst, and has it done when it is.
func (s *transaction) isDue(group *incident) bool {
	if !group.due.IsZero() {
		if !s.at.Before(group.due) {
			return true
		}
		s.wakeBy(group.due)
	}
	pace := groupPace
	if group.found.Total > groupSmall {
		pace = groupSlowPace
	}
	if next := group.weighed.Add(pace); group.dirty && s.at.Before(next) && !s.at.Before(group.weighed) {
		s.wakeBy(next)
		return false
	}
	return group.dirty
}

// nextVerification is when a burst changes by time alone: its first card is told, it takes in no more, what was asked for is lost.
// Zero is never.
func (s *transaction) nextVerification(group *incident) time.Time {
	notified, quiet := group.OpenedAt.Add(EventGroupWait), group.EventGroup.LastAt.Add(EventGroupQuiet+time.Millisecond)
	if s.at.Before(notified) {
		return notified
	}
	var next time.Time
	if group.found.Done < group.found.Total {
		next = later(group.lastAsk.Add(s.patience(group)), group.lastAsk.Add(verifyLost), s.at)
	}
	if s.at.Before(quiet) {
		next = earlier(next, quiet)
	}
	return next
}

// patience is for how long what was known of an endpoint holds after it was asked for. On the first card all that was not
// seen is unknown; later that would be news which is none, also of a burst that was not worth a card so far.
func (b *Manager) patience(group *incident) time.Duration {
	switch {
	case group.restored:
		return groupResume
	case group.isNotified(), b.now().After(group.OpenedAt.Add(EventGroupWait)):
		return EventGroupWait
	default:
		return 0
	}
}

// later is the first of two moments that is still to come, else the second.
func later(a, b, now time.Time) time.Time {
	if a.After(now) {
		return a
	}
	return b
}

// isNotified reports whether some destination has a card of an incident.
func (in *incident) isNotified() bool {
	return slices.ContainsFunc(in.cards, func(c *model.Card) bool { return c.Down })
}

func (b *Manager) question(group *incident, scope model.Scope) model.ImpactQuestion {
	patience := b.patience(group)
	hosts := make([]string, 0, len(group.hosts))
	for host := range group.hosts {
		hosts = append(hosts, host)
	}
	return model.ImpactQuestion{
		Hosts: hosts, Began: group.EventGroup.Since.Add(-model.EventSlack), Until: group.EventGroup.LastAt.Add(model.EventSlack), Scope: scope,
		// Of many endpoints it is looked for when it can be shown.
		Cause: group.found.Total <= groupSmall || group.found.Cause == nil || !b.now().Before(group.edited.Add(StormPace)),
		See: func(c *model.Check) model.EndpointState {
			t := b.checks[c.ID]
			if t == nil {
				return model.EndpointState{}
			}
			asked := group.asked[c.ID]
			verification := t.state.EndpointState(asked)
			verification.Soon = b.now().Before(asked.Add(patience))
			if verification.Since.IsZero() {
				verification.Since = asked // of what was not seen since, or never
			}
			return verification
		},
	}
}

// isOver reports whether a burst takes in no more and nothing is wrong any more that it is about: nobody is affected,
// nothing of it fails, and no host that nobody knows is said to be broken.
func (s *transaction) isOver(group *incident) bool {
	f := &group.found
	if !s.at.After(group.EventGroup.LastAt.Add(EventGroupQuiet)) || f.Done < f.Total || len(f.Services) > 0 {
		return false
	}
	if slices.ContainsFunc(f.Hosts, func(h model.HostImpact) bool { return h.Since }) {
		return false
	}
	for _, e := range s.events {
		if e.Incident == group.ID && e.Active() && e.Host == "" {
			return false
		}
	}
	for _, in := range s.open {
		if in.Parent == group.ID && in.Kind != model.IncidentStorm {
			return false
		}
	}
	return true
}
