package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// The constants of event groups.
const (
	// EventGroupWait is how long the first card of an event group waits, from its first event on, so that more events and the
	// first verifications are on it.
	EventGroupWait = 3 * time.Second
	// EventGroupQuiet is how long an event group takes in events after the last that it took in. What comes later begins the
	// next one.
	EventGroupQuiet = time.Minute
	// EventGroupMaxLength is how long it does so at all: where something breaks somewhere every minute, each hour would be
	// part of the last.
	EventGroupMaxLength = 10 * time.Minute
	// EventMaxAge is how long before it was received an event may have begun for the event group to begin with it: what a
	// source brings up again after a day is not about what broke today.
	EventMaxAge = 15 * time.Minute
	// EventGroupMinHosts is from how many hosts on it is worth a card that nobody is affected.
	EventGroupMinHosts = 3

	groupSmall    = 2000                   // endpoints up to which a group is assessed at groupPace, above it at groupSlowPace
	groupPace     = 250 * time.Millisecond // what an assessment of 2,000 endpoints costs is 1% of it
	groupSlowPace = time.Second
)

// eventGroups are the open groups of events that belong together.
type eventGroups struct {
	open []*eventGroup
}

// eventGroup is the part of an incident that gathers events of sources.
type eventGroup struct {
	cardPace
	in       *incident // whose part it is
	places             // what its events are about
	verified verified
	assessed time.Time    // when it was last found out what it means
	due      time.Time    // when that is to be done again, whatever comes
	dirty    bool         // something it is made of has changed since
	impact   model.Impact // what it means, whole
	views    views        // the same for those who do not see everything
	restored bool         // it was notified before a restart
	untested []untested   // open critical events that no check can verify
	flapping bool         // what it is about comes and goes, and is notified as that

	carded      bool // the time of its first card has come
	partitioned bool // what is not related to it has become groups of their own
	mixed       bool // it is about many hosts that are not related
}

func newEventGroup(in *incident) *eventGroup {
	return &eventGroup{in: in, dirty: true, places: newPlaces(), verified: verified{asked: map[model.CheckID]time.Time{}}}
}

// markDirty notes a result that a group waits for, or shows.
func (gs *eventGroups) markDirty(id model.CheckID) {
	for _, g := range gs.open {
		if _, asked := g.verified.asked[id]; asked {
			g.dirty = true
		}
	}
}

// have reports whether an endpoint is one of what a group's events are about.
func (gs *eventGroups) have(e *model.Endpoint) bool {
	return slices.ContainsFunc(gs.open, func(g *eventGroup) bool { return g.covers(e) })
}

// join makes an event part of the group that goes on, or the first of a new one; was is what was known of it.
func (gs *eventGroups) join(t *transaction, was, e *model.Event) {
	g := gs.takingIn(t, e)
	if g == nil {
		g = t.open(&model.Incident{Kind: model.IncidentEventGroup, EventGroup: &model.EventGroup{Since: t.at}}).group
	}
	in := g.in
	e.Incident = in.ID
	grown := *in.EventGroup
	if again := was != nil && was.Incident == in.ID && was.End == model.EndClosed; !again { // it never ended at its source
		grown.Events++
	}
	grown.LastAt = t.at
	grown.Since = model.Earlier(grown.Since, beginning(e, t.at))
	in.EventGroup = &grown
	t.store(in)
	g.dirty = true
	g.add(e)
	g.verifyEvent(t, e)
}

// beginning is when an event began, as far as that is believed.
func beginning(e *model.Event, now time.Time) time.Time {
	oldest := now.Add(-EventMaxAge)
	switch {
	case e.OpenedAt.IsZero(), e.OpenedAt.After(now):
		return now
	case e.OpenedAt.Before(oldest):
		return oldest
	default:
		return e.OpenedAt
	}
}

// assess finds out what the event groups mean, and attaches to them what they explain. It comes before storms: which
// hosts their sources call broken says more than that there are many.
func (gs *eventGroups) assess(t *transaction) {
	for _, g := range slices.Clone(gs.open) {
		if !g.partitioned && g.in.Parent == 0 && !g.waits(t.at) {
			gs.partition(t, g)
		}
	}
	for _, g := range slices.Clone(gs.open) {
		g.assess(t)
	}
	gs.order(t)
}
