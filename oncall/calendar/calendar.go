// Package calendar reads shifts from calendars (ICS) and tables (CSV), and writes them as a calendar.
//
// It is pure like package oncall, which it belongs to: it gets the bytes of a file and must not know where they are from.
package calendar

import (
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// Options say how a calendar is read. Both are required.
type Options struct {
	Zone *time.Location // of times without a zone, and of whole days
	// Person is whom a name in the calendar means; ok is false if it is nobody's.
	Person func(name string) (person string, ok bool)
}

// Calendar is the shifts of a file. It implements oncall.Layer: recurring events are expanded for the time that is asked for. It is safe
// for concurrent use.
type Calendar struct {
	// Notes are the events that are left out, wholly or partly, and why.
	Notes  []model.Sentence
	events []event
}

// event is an entry of a calendar. Times on its wall clock are times in UTC with the same fields.
type event struct {
	people []string
	zone   *time.Location
	begin  time.Time // on the wall clock
	length time.Duration
	exact  bool // length is elapsed time; otherwise the end is as much later on the wall clock
	repeat *repeat
}

// mostNotes bounds what is said about one calendar.
const mostNotes = 50

func (c *Calendar) note(what model.Sentence) {
	if len(c.Notes) < mostNotes {
		c.Notes = append(c.Notes, what)
	}
}

// Shifts implements oncall.Layer.
func (c *Calendar) Shifts(from, to time.Time) []oncall.Shift {
	var all []oncall.Shift
	for i := range c.events {
		e := &c.events[i]
		for _, begin := range e.begins(from, to) {
			a, b := e.stretch(begin)
			if !a.Before(to) || !from.Before(b) {
				continue
			}
			for _, person := range e.people {
				all = append(all, oncall.Shift{Person: person, From: a, To: b})
			}
		}
	}
	return all
}

// stretch is the time of an occurrence that begins at a time of the wall clock.
func (e *event) stretch(begin time.Time) (from, to time.Time) {
	from, _ = model.Instants(begin, e.zone)
	if e.exact {
		return from, from.Add(e.length)
	}
	to, _ = model.Instants(begin.Add(e.length), e.zone)
	return from, to
}

// begins are the beginnings of occurrences that may overlap some time.
func (e *event) begins(from, to time.Time) []time.Time {
	if e.repeat == nil {
		return []time.Time{e.begin}
	}
	const slack = 2 * model.Day // the wall clock may be a day off at either end
	return e.repeat.between(wallOf(from, e.zone).Add(-e.length-slack), wallOf(to, e.zone).Add(slack))
}

// wallOf is what a zone's clock shows at t, as a time in UTC.
func wallOf(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
