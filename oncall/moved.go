package oncall

import (
	"slices"
	"time"
)

// Move is what a change of a schedule means for one person.
type Move struct {
	Person string
	Was    []Shift // that are no longer so
	Now    []Shift // in their place
}

// Moved lists the people whose shifts in the time from `from` until before `to` differ between two schedules, by name. What differs
// outside of that time alone does not count. A nil schedule has no shifts.
func Moved(before, after *Schedule, from, to time.Time) []Move {
	was, now := before.byPerson(from, to), after.byPerson(from, to)
	var people []string
	for person := range was {
		people = with(people, person)
	}
	for person := range now {
		people = with(people, person)
	}
	var all []Move
	for _, person := range people {
		m := Move{Person: person, Was: missing(was[person], now[person], from, to), Now: missing(now[person], was[person], from, to)}
		if len(m.Was)+len(m.Now) > 0 {
			all = append(all, m)
		}
	}
	return all
}

func (s *Schedule) byPerson(from, to time.Time) map[string][]Shift {
	all := map[string][]Shift{}
	if s == nil {
		return all
	}
	for _, shift := range s.Shifts(from, to) {
		all[shift.Person] = append(all[shift.Person], shift)
	}
	return all
}

// missing are the shifts that others do not have, as far as they are within some time.
func missing(shifts, others []Shift, from, to time.Time) []Shift {
	var all []Shift
	for _, s := range shifts {
		c := s.Cut(from, to)
		same := func(o Shift) bool { o = o.Cut(from, to); return o.From.Equal(c.From) && o.To.Equal(c.To) }
		if !slices.ContainsFunc(others, same) {
			all = append(all, s)
		}
	}
	return all
}

// Cut is the part of a shift that lies within some time, with both of its ends.
func (s Shift) Cut(from, to time.Time) Shift {
	if s.From.Before(from) {
		s.From = from
	}
	if s.To.IsZero() || s.To.After(to) {
		s.To = to
	}
	return s
}
