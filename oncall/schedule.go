// Package oncall says who is on call when: schedules with layers, and overrides of them, as a pure function of time.
//
// It is a leaf above model: it must not know a clock, the store, the configuration, the network or how somebody is paged.
package oncall

import (
	"slices"
	"time"

	"opsbot/model"
)

// Horizon is how far a schedule looks for the beginning and the end of a shift, and for the next change.
const Horizon = 366 * model.Day

// Schedule says who is on call. Where several layers have somebody, the last of them wins; overrides win over layers. It is a pure
// value and safe for concurrent use as long as nobody changes it.
type Schedule struct {
	Name      string
	Zone      *time.Location // on whose wall clock shifts are told
	Layers    []Layer
	Overrides []Override // the later one wins

	GapsAllowed bool // times with nobody are meant
	Missing     bool // a calendar of it was never read: who is on call is not known
}

// Layer is one source of shifts of a schedule.
type Layer interface {
	// Shifts returns the shifts that overlap the time from `from` until before `to`, in any order; they may overlap each other.
	Shifts(from, to time.Time) []Shift
}

// Shift is the time in which one person is on call: from From until before To. A zero From or To is further away than the Horizon.
type Shift struct {
	Person string
	From   time.Time
	To     time.Time
}

// Fixed is a layer of shifts that were written down one by one.
type Fixed []Shift

// Shifts implements Layer.
func (f Fixed) Shifts(from, to time.Time) []Shift {
	var all []Shift
	for _, s := range f {
		if s.From.Before(to) && from.Before(s.To) {
			all = append(all, s)
		}
	}
	return all
}

// Override changes a schedule for some time.
type Override = model.Override

// overridden is who is on call by an override, of those who would be.
func overridden(people []string, o *Override) []string {
	switch at := slices.Index(people, o.Instead); {
	case o.Add:
		return with(people, o.Person)
	case o.Instead == "":
		return []string{o.Person}
	case at < 0:
		return people
	default:
		return with(slices.Delete(slices.Clone(people), at, at+1), o.Person)
	}
}

// with adds a person to others, once, in the order of names.
func with(people []string, person string) []string {
	at, known := slices.BinarySearch(people, person)
	if known {
		return people
	}
	return slices.Insert(slices.Clone(people), at, person)
}

// At lists who is on call at t, in the order of names.
func (s *Schedule) At(t time.Time) []string {
	return s.pieces(t, t.Add(1))[0].people
}

// Who lists the shifts of those who are on call at t, in the order of names: whole shifts, that begin and end where the person's
// time on call does.
func (s *Schedule) Who(t time.Time) []Shift {
	var all []Shift
	for _, person := range s.At(t) {
		all = append(all, Shift{Person: person, From: s.begin(person, t), To: s.end(person, t)})
	}
	return all
}

// Next is the first moment after t at which others are on call than at t. ok is false if there is none within the Horizon.
func (s *Schedule) Next(t time.Time) (next time.Time, ok bool) {
	next = s.until(t, s.At(t), slices.Equal)
	return next, !next.IsZero()
}

// Shifts lists the shifts that overlap the time from `from` until before `to`, as Who gives them, by their beginning.
func (s *Schedule) Shifts(from, to time.Time) []Shift {
	if !from.Before(to) {
		return nil
	}
	var all []Shift
	open := map[string]int{} // the shift of a person that goes on
	for _, p := range s.pieces(from, to) {
		now := map[string]int{}
		for _, person := range p.people {
			at, goesOn := open[person]
			if !goesOn {
				at = len(all)
				all = append(all, Shift{Person: person, From: p.from})
			}
			all[at].To, now[person] = p.to, at
		}
		open = now
	}
	s.whole(all, from, to)
	slices.SortStableFunc(all, func(a, b Shift) int { return a.From.Compare(b.From) })
	return all
}

// whole gives shifts that were cut off at the ends of a stretch of time their own beginning and end.
func (s *Schedule) whole(all []Shift, from, to time.Time) {
	for i := range all {
		if shift := &all[i]; shift.From.Equal(from) {
			shift.From = s.begin(shift.Person, from)
		}
		if shift := &all[i]; shift.To.Equal(to) {
			shift.To = s.end(shift.Person, to.Add(-1))
		}
	}
}

// Gaps are the stretches of a time in which nobody is on call.
func (s *Schedule) Gaps(from, to time.Time) []model.Stretch {
	if !from.Before(to) {
		return nil
	}
	var all []model.Stretch
	for _, p := range s.pieces(from, to) {
		if len(p.people) == 0 {
			all = append(all, model.Stretch{From: p.from, To: p.to})
		}
	}
	return all
}

// People lists everybody who has a shift in some time, in the order of names.
func (s *Schedule) People(from, to time.Time) []string {
	var all []string
	for _, shift := range s.Shifts(from, to) {
		all = with(all, shift.Person)
	}
	return all
}
