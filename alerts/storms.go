package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// The constants of storms.
const (
	// StormQuiet is how long a storm takes in what begins after the last that it took in. What comes later opens by itself,
	// or makes the next storm.
	StormQuiet = time.Minute
	// StormPace is the least time between two edits of a storm's card.
	StormPace = 5 * time.Second

	stormDetail = 50 // services of which a storm keeps the state: the worst
	stormNames  = 20 // hosts and checks that it names
)

// storms are the open storms, and what may become one.
type storms struct {
	open   []*storm
	recent []*incident // opened lately, and without a parent
}

// storm is the part of an incident that gathers others which opened together.
type storm struct {
	cardPace
	in         *incident   // whose part it is
	absorbedBy *eventGroup // the event group that took over parts of it; nil when none did
}

// takingIn is the storm that an incident which opens becomes part of; nil when there is none.
func (ss *storms) takingIn(at time.Time) *storm {
	for _, st := range ss.open {
		if st.in.Open() && !at.After(st.in.Storm.LastAt.Add(StormQuiet)) {
			return st
		}
	}
	return nil
}

// forget leaves of the recent incidents those that may still become a storm.
func (ss *storms) forget(at time.Time, rule Storm) {
	ss.recent = slices.DeleteFunc(ss.recent, func(in *incident) bool {
		return !in.Open() || in.Parent != 0 || !in.OpenedAt.Add(rule.Within).After(at)
	})
}

// gather makes incidents that opened together one storm, and storms what their parts make them. It comes after all that
// a transaction changes is known, and before anybody is notified.
func (ss *storms) gather(t *transaction) {
	rule := t.rules.Storm
	ss.forget(t.at, rule)
	if rule.Over > 0 && t.deferred.first == nil && t.offline() == nil {
		parts := slices.DeleteFunc(slices.Clone(ss.recent), t.isQuiet)
		if len(parts) > rule.Over {
			ss.start(t, parts)
		}
	}
	for _, st := range slices.Clone(ss.open) {
		st.update(t)
	}
}

// isQuiet reports whether nobody is notified of an incident anyway: planned work makes no storm.
func (t *transaction) isQuiet(in *incident) bool { return t.isMuted(in, model.Destination{}) }

func (ss *storms) start(t *transaction, parts []*incident) {
	st := t.open(&model.Incident{Kind: model.IncidentStorm, Storm: &model.Storm{}}).storm
	st.edited = t.at
	for _, part := range parts {
		st.join(t, part)
	}
	ss.recent = nil
}

// join makes an incident part of a storm.
func (st *storm) join(t *transaction, in *incident) {
	in.Parent = st.in.ID
	t.store(in)
	t.touch(in, touch{edited: true})
	grown := *st.in.Storm
	grown.Total++
	grown.LastAt = t.at
	st.in.Storm = &grown
	t.touch(st.in, touch{raised: true}) // more destinations may have to be notified of it
}

// update makes a storm what its parts make it, and ends it with the last of them.
func (st *storm) update(t *transaction) {
	in := st.in
	in.editLate(t)
	if !t.isTouched(in) {
		return
	}
	parts := t.incidents.partsOf(in)
	if len(parts) == 0 {
		if !st.absorb(t) {
			last := *in.Storm
			last.Parts = t.partsOfSmall(&in.Incident, nil, model.Scope{})
			in.Storm = &last
			t.end(in)
		}
		return
	}
	want := in.Incident
	t.summarizeStorm(&want, parts, model.Scope{})
	want.Storm.Cause = in.Storm.Cause
	if want.Storm.Cause == nil || !t.at.Before(st.edited.Add(StormPace)) { // it is shown no sooner, and costs more than the rest
		want.Storm.Cause = t.causeOf(parts, model.Scope{})
	}
	t.change(in, &want)
}

// absorb makes a storm of which an event group took over the last parts one of them, and reports whether it did.
func (st *storm) absorb(t *transaction) bool {
	if parent := t.incidents.byID[st.in.Parent]; parent != nil && parent.Open() {
		return true
	}
	if st.absorbedBy == nil || !st.absorbedBy.in.Open() {
		return false
	}
	st.absorbedBy.join(t, st.in)
	return true
}
