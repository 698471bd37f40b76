package history

import (
	"cmp"
	"slices"
	"time"

	"opsbot/model"
)

// state is the known state of a check.
type state uint8

const (
	unmeasured state = iota
	up
	down
	unknown
	expected // not measured yet, but soon: a new service is not down because one of its endpoints had a result first
	states   // number of states
)

// soon is how long before its first result an endpoint is expected. A first round is spread over less; an endpoint that joins a
// service next week says nothing about today.
const soon = 15 * time.Minute

// stateOf returns the state after a transition: a check that is down stays down while its status is unknown, as for verdicts.
func stateOf(t *model.Transition) state {
	switch {
	case t.Gone:
		return unmeasured
	case t.Phase == model.PhaseDown:
		return down
	case t.Status == model.StatusUnknown:
		return unknown
	default:
		return up
	}
}

// stretch is a time range in milliseconds; to is exclusive.
type stretch struct{ from, to int64 }

// turn is the beginning of a state.
type turn struct {
	at int64
	to state
}

// track is what is known of one check over a time.
type track struct {
	turns   []turn    // by time
	excused []stretch // planned maintenance; ranges may overlap
}

// add appends a transition, which is not before the last.
func (t *track) add(tr *model.Transition) {
	at, to := tr.At.UnixMilli(), stateOf(tr)
	last := turn{}
	if n := len(t.turns); n > 0 {
		last = t.turns[n-1]
	}
	if last.to == unmeasured && to != unmeasured {
		t.turns = append(t.turns, turn{max(last.at, at-soon.Milliseconds()), expected})
	}
	t.turns = append(t.turns, turn{at, to})
}

// view is the state of one check during a part of the time in which nothing changes.
type view struct {
	state   state
	excused bool
}

// event is a change.
type event struct {
	at    int64
	track int // -1: a gap
	begin int // of an excuse or a gap: +1 begins, -1 ends; 0: a turn
	to    state
}

// walk calls f with each part of a span in which nothing changes, in order, skipping empty parts. In gaps nothing is measured.
// The slice passed to f is valid only during the call.
func walk(span stretch, gaps []stretch, tracks []track, f func(part stretch, all []view)) {
	events := eventsOf(span, gaps, tracks)
	now, shown := make([]state, len(tracks)), make([]view, len(tracks))
	excuses := make([]int, len(tracks))
	away, at := 0, span.from
	for i := 0; i <= len(events); i++ {
		next := span.to
		if i < len(events) {
			next = min(max(events[i].at, span.from), span.to)
		}
		if next > at {
			for t := range shown {
				shown[t] = view{now[t], excuses[t] > 0}
				if away > 0 {
					shown[t].state = unmeasured
				}
			}
			f(stretch{at, next}, shown)
			at = next
		}
		if i == len(events) {
			break
		}
		switch e := events[i]; {
		case e.track < 0:
			away += e.begin
		case e.begin != 0:
			excuses[e.track] += e.begin
		default:
			now[e.track] = e.to
		}
	}
}

// eventsOf returns all changes within a span, by time; at the same time, the turns of a check keep their order.
func eventsOf(span stretch, gaps []stretch, tracks []track) []event {
	var all []event
	add := func(s stretch, of int) {
		if s.from < s.to && s.from < span.to && s.to > span.from {
			all = append(all, event{at: s.from, track: of, begin: 1}, event{at: s.to, track: of, begin: -1})
		}
	}
	for _, g := range gaps {
		add(g, -1)
	}
	for i := range tracks {
		for _, s := range tracks[i].excused {
			add(s, i)
		}
		for _, t := range tracks[i].turns {
			if t.at < span.to {
				all = append(all, event{at: t.at, track: i, to: t.to})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return all
}

// times is the time spent in each state, in milliseconds.
type times struct {
	in      [states]int64
	excused int64
	outages int
}

func (t *times) add(s view, length int64) {
	switch {
	case !s.state.measured():
		t.in[unmeasured] += length
	case s.excused:
		t.excused += length
	default:
		t.in[s.state] += length
	}
}

func (s state) measured() bool { return s == up || s == down || s == unknown }

// outage counts outages. Excused and unmeasured time neither begins nor ends one.
type outage struct{ is bool }

func (o *outage) begins(s view) bool {
	if s.excused || !s.state.measured() {
		return false
	}
	was := o.is
	o.is = s.state == down
	return o.is && !was
}

// together combines the states of endpoints into that of their service: see model.ServicePast.
func together(all []view, minUp model.MinUp) view {
	var seen, spared, hoped model.Tally // as they are; those in maintenance as up; expected ones as up too
	planned := 0
	for _, s := range all {
		switch {
		case s.state == expected:
			hoped.Add(model.StatusOK)
		case s.state == unmeasured:
		case s.excused:
			planned++
			seen.Add(statusOf(s.state))
			spared.Add(model.StatusOK)
			hoped.Add(statusOf(s.state))
		default:
			seen.Add(statusOf(s.state))
			spared.Add(statusOf(s.state))
			hoped.Add(statusOf(s.state))
		}
	}
	is := judged(seen, minUp)
	switch {
	case is == unmeasured, is != up && hoped.Total() > seen.Total() && judged(hoped, minUp) == up:
		return view{}
	case planned == seen.Total():
		return view{is, true}
	default:
		return view{is, is != up && judged(spared, minUp) == up}
	}
}

func statusOf(s state) model.Status {
	switch s {
	case up:
		return model.StatusOK
	case down:
		return model.StatusFail
	default:
		return model.StatusUnknown
	}
}

func judged(seen model.Tally, minUp model.MinUp) state {
	if seen.Total() == 0 {
		return unmeasured
	}
	switch seen.Verdict(minUp, 100) {
	case model.VerdictDown:
		return down
	case model.VerdictUnknown:
		return unknown
	default:
		return up
	}
}
