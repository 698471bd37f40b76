package alerts

import (
	"slices"
	"time"

	"opsbot"
)

// The constants of bursts.
const (
	// BurstWait is how long the first card of a burst waits, from its first event on, so that more events and the first looks
	// are on it.
	BurstWait = 3 * time.Second
	// BurstQuiet is how long a burst takes in events after the last that it took in. What comes later begins the next one.
	BurstQuiet = time.Minute
	// BurstLongest is how long it does so at all: where something breaks somewhere every minute, each hour would be part of
	// the last.
	BurstLongest = 10 * time.Minute
	// BurstAge is how long before it was first heard of an event may have begun for the burst to begin with it: what a source
	// brings up again after a day is not about what broke today.
	BurstAge = 15 * time.Minute
	// BurstHosts is from how many hosts on it is worth a word that nobody is affected.
	BurstHosts = 3

	burstAgain  = 5 * time.Second        // a host that is reported again after so long is looked at anew
	burstResume = opsbot.Day             // after a restart what was known of endpoints holds until they are looked at again: it was stored
	burstLost   = 2 * time.Minute        // after so long what was asked for is asked for again
	burstSmall  = 2000                   // endpoints up to which a burst is weighed at burstPace, above it at burstSlow
	burstPace   = 250 * time.Millisecond // what an assessment of 2,000 endpoints costs is 1% of it
	burstSlow   = time.Second
)

// join makes an event part of the burst that goes on, or the first of a new one.
func (s *transaction) join(e *opsbot.Event) {
	burst := s.takingIn()
	if burst == nil {
		burst = s.begin(&opsbot.Incident{Kind: opsbot.IncidentBurst, Burst: &opsbot.Burst{Since: s.at}})
	}
	e.Incident = burst.ID
	grown := *burst.Burst
	grown.Events++
	grown.LastAt = s.at
	grown.Since = earlier(grown.Since, s.began(e))
	burst.Burst = &grown
	s.waiting.incidents[burst.ID] = burst.Incident
	burst.stirred = true
	if e.Host != "" {
		burst.hosts[e.Host] = true
		s.askFor(burst, e.Host, true)
	}
}

// began is when an event began, as far as that is believed.
func (s *transaction) began(e *opsbot.Event) time.Time {
	oldest := s.at.Add(-BurstAge)
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
	for _, in := range s.bursts {
		if in.Open() && !s.at.After(in.Burst.LastAt.Add(BurstQuiet)) && s.at.Before(in.OpenedAt.Add(BurstLongest)) {
			return in
		}
	}
	return nil
}

// stir notes a result that a burst waits for, or shows.
func (s *transaction) stir(id opsbot.CheckID) {
	for _, burst := range s.bursts {
		if _, asked := burst.asked[id]; asked {
			burst.stirred = true
		}
	}
}

// weigh finds out what a burst means, at a pace, takes in the incidents that it explains, and ends it when all is well.
func (s *transaction) weigh(burst *incident) {
	s.editLate(burst)
	for in := range s.touched {
		burst.stirred = burst.stirred || in.Parent == burst.ID
	}
	if !s.isDue(burst) {
		return
	}
	if !burst.covered { // after a restart and with another inventory there is more to ask for
		for host := range burst.hosts {
			s.askFor(burst, host, false)
		}
		burst.covered = true
	}
	burst.weighed, burst.stirred = s.at, false
	s.askLate(burst)
	q := s.question(burst, opsbot.Scope{})
	cause := burst.found.Cause
	burst.found = s.assess(s.inv, q)
	if !q.Cause {
		burst.found.Cause = cause
	}
	burst.flapping = s.flaps(burst)
	burst.views.forget()
	s.setFree(burst)
	s.explain(burst)
	if s.isOver(burst) {
		s.portray(&burst.Incident, burst, &burst.found, opsbot.Scope{})
		s.end(burst)
		s.forgetEvents(burst)
		for _, storm := range s.storms {
			if storm.Parent == burst.ID { // nothing of it is left
				s.touch(storm, touch{edited: true})
			}
		}
		return
	}
	want := burst.Incident
	s.portray(&want, burst, &burst.found, opsbot.Scope{})
	s.change(burst, &want)
	s.showLook(burst)
	s.touch(burst, touch{raised: true})
	burst.due = s.nextLook(burst)
	if !q.Cause {
		burst.due = earlier(burst.due, burst.edited.Add(StormPace))
	}
	s.wakeBy(burst.due)
}

// isDue reports whether it is time to weigh a burst, and has it done when it is.
func (s *transaction) isDue(burst *incident) bool {
	if !burst.due.IsZero() {
		if !s.at.Before(burst.due) {
			return true
		}
		s.wakeBy(burst.due)
	}
	pace := burstPace
	if burst.found.Total > burstSmall {
		pace = burstSlow
	}
	if next := burst.weighed.Add(pace); burst.stirred && s.at.Before(next) && !s.at.Before(burst.weighed) {
		s.wakeBy(next)
		return false
	}
	return burst.stirred
}

// nextLook is when a burst changes by time alone: its first card is told, it takes in no more, what was asked for is lost.
// Zero is never.
func (s *transaction) nextLook(burst *incident) time.Time {
	notified, quiet := burst.OpenedAt.Add(BurstWait), burst.Burst.LastAt.Add(BurstQuiet+time.Millisecond)
	if s.at.Before(notified) {
		return notified
	}
	var next time.Time
	if burst.found.Done < burst.found.Total {
		next = later(burst.lastAsk.Add(s.patience(burst)), burst.lastAsk.Add(burstLost), s.at)
	}
	if s.at.Before(quiet) {
		next = earlier(next, quiet)
	}
	return next
}

// patience is for how long what was known of an endpoint holds after it was asked for. On the first card all that was not
// seen is unknown; later that would be news which is none, also of a burst that was not worth a card so far.
func (b *Manager) patience(burst *incident) time.Duration {
	switch {
	case burst.restored:
		return burstResume
	case burst.isNotified(), b.now().After(burst.OpenedAt.Add(BurstWait)):
		return BurstWait
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
	return slices.ContainsFunc(in.cards, func(c *opsbot.Card) bool { return c.Down })
}

func (b *Manager) question(burst *incident, scope opsbot.Scope) opsbot.ImpactQuestion {
	patience := b.patience(burst)
	hosts := make([]string, 0, len(burst.hosts))
	for host := range burst.hosts {
		hosts = append(hosts, host)
	}
	return opsbot.ImpactQuestion{
		Hosts: hosts, Began: burst.Burst.Since.Add(-opsbot.EventSlack), Until: burst.Burst.LastAt.Add(opsbot.EventSlack), Scope: scope,
		// Of many endpoints it is looked for when it can be shown.
		Cause: burst.found.Total <= burstSmall || burst.found.Cause == nil || !b.now().Before(burst.edited.Add(StormPace)),
		See: func(c *opsbot.Check) opsbot.EndpointLook {
			t := b.checks[c.ID]
			if t == nil {
				return opsbot.EndpointLook{}
			}
			asked := burst.asked[c.ID]
			look := t.state.Look(asked)
			look.Soon = b.now().Before(asked.Add(patience))
			if look.Since.IsZero() {
				look.Since = asked // of what was not seen since, or never
			}
			return look
		},
	}
}

// isOver reports whether a burst takes in no more and nothing is wrong any more that it is about: nobody is affected,
// nothing of it fails, and no host that nobody knows is said to be broken.
func (s *transaction) isOver(burst *incident) bool {
	f := &burst.found
	if !s.at.After(burst.Burst.LastAt.Add(BurstQuiet)) || f.Done < f.Total || len(f.Services) > 0 {
		return false
	}
	if slices.ContainsFunc(f.Hosts, func(h opsbot.HostImpact) bool { return h.Since }) {
		return false
	}
	for _, e := range s.events {
		if e.Incident == burst.ID && e.Stands() && e.Host == "" {
			return false
		}
	}
	for _, in := range s.open {
		if in.Parent == burst.ID && in.Kind != opsbot.IncidentStorm {
			return false
		}
	}
	return true
}
