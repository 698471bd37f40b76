package oncall

import (
	"slices"
	"time"

	"opsbot/model"
)

// piece is a stretch of time in which the same people are on call.
type piece struct {
	from, to time.Time
	people   []string // in the order of names
}

// presence is who a layer has on call, while its shifts are walked through in the order of time.
type presence struct {
	begins, ends []Shift // by From, by To
	here         map[string]int
}

func newPresence(l Layer, from, to time.Time) *presence {
	all := slices.DeleteFunc(slices.Clone(l.Shifts(from, to)), func(s Shift) bool { return !s.From.Before(s.To) })
	ends := slices.Clone(all)
	slices.SortFunc(all, func(a, b Shift) int { return a.From.Compare(b.From) })
	slices.SortFunc(ends, func(a, b Shift) int { return a.To.Compare(b.To) })
	return &presence{begins: all, ends: ends, here: map[string]int{}}
}

// move walks on to t.
func (p *presence) move(t time.Time) {
	for ; len(p.begins) > 0 && !p.begins[0].From.After(t); p.begins = p.begins[1:] {
		p.here[p.begins[0].Person]++
	}
	for ; len(p.ends) > 0 && !p.ends[0].To.After(t); p.ends = p.ends[1:] {
		if person := p.ends[0].Person; p.here[person] > 1 {
			p.here[person]--
		} else {
			delete(p.here, person)
		}
	}
}

func (p *presence) people() []string {
	var all []string
	for person := range p.here {
		all = with(all, person)
	}
	return all
}

// pieces divides the time from `from` until before `to` where others come on call: without gaps, and no two neighbours the same.
func (s *Schedule) pieces(from, to time.Time) []piece {
	layers, overrides, cuts := s.during(from, to)
	all := make([]piece, 0, len(cuts))
	for i, at := range cuts {
		end := to
		if i+1 < len(cuts) {
			end = cuts[i+1]
		}
		people := onCall(layers, overrides, at)
		if last := len(all) - 1; last >= 0 && slices.Equal(all[last].people, people) {
			all[last].to = end
			continue
		}
		all = append(all, piece{at, end, people})
	}
	return all
}

// during is what a schedule has in some time, and the moments at which anything of it changes, `from` first.
func (s *Schedule) during(from, to time.Time) (layers []*presence, overrides []Override, cuts []time.Time) {
	cuts = []time.Time{from}
	cut := func(at time.Time) {
		if at.After(from) && at.Before(to) {
			cuts = append(cuts, at)
		}
	}
	for _, l := range s.Layers {
		p := newPresence(l, from, to)
		for _, shift := range p.begins {
			cut(shift.From)
			cut(shift.To)
		}
		layers = append(layers, p)
	}
	for _, o := range s.Overrides {
		if o.From.Before(to) && from.Before(o.To) {
			cut(o.From)
			cut(o.To)
			overrides = append(overrides, o)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	return layers, overrides, slices.CompactFunc(cuts, time.Time.Equal)
}

// onCall is who is on call at a moment: of the last layer that has somebody, and then by each override in turn.
func onCall(layers []*presence, overrides []Override, at time.Time) []string {
	var people []string
	for _, l := range layers {
		l.move(at)
		if here := l.people(); len(here) > 0 {
			people = here
		}
	}
	for i := range overrides {
		if o := &overrides[i]; !at.Before(o.From) && at.Before(o.To) {
			people = overridden(people, o)
		}
	}
	return people
}

// firstLook is the first stretch that is searched for a change; each further one is twice as long.
const firstLook = 2 * model.Week

// until is the first moment after t whose people are not the same as those that are given; zero if there is none within the Horizon.
func (s *Schedule) until(t time.Time, people []string, same func(people, now []string) bool) time.Time {
	for from, look := t, firstLook; from.Before(t.Add(Horizon)); from, look = from.Add(look), 2*look {
		for _, p := range s.pieces(from, from.Add(look)) {
			if !same(people, p.people) {
				return within(p.from, t)
			}
		}
	}
	return time.Time{}
}

// end is when a person who is on call at t is no longer.
func (s *Schedule) end(person string, t time.Time) time.Time {
	return s.until(t, []string{person}, isThere)
}

// begin is since when a person who is on call at t has been.
func (s *Schedule) begin(person string, t time.Time) time.Time {
	after := t.Add(1)
	for to, look := after, firstLook; to.After(t.Add(-Horizon)); to, look = to.Add(-look), 2*look {
		for _, p := range slices.Backward(s.pieces(to.Add(-look), to)) {
			if !isThere([]string{person}, p.people) {
				return within(p.to, t)
			}
		}
	}
	return time.Time{}
}

func isThere(one, people []string) bool {
	_, there := slices.BinarySearch(people, one[0])
	return there
}

// within is a moment, or zero if it is further from t than the Horizon.
func within(at, t time.Time) time.Time {
	if at.Sub(t).Abs() > Horizon {
		return time.Time{}
	}
	return at
}
