package oncall

import (
	"strconv"
	"time"

	"opsbot/model"
)

// Rotation is a layer in which people take turns: the first begins at Start, and each turn begins Every after the one before. A turn
// ends where the next begins, so that clock changes leave no gap and no overlap.
type Rotation struct {
	People []string // at least one
	Start  Wall
	Every  Every
	Zone   *time.Location     // of Start and of turns; that of Hours is their own
	Hours  *model.ActiveHours // outside of them the layer has nobody; nil: always
}

// Shifts implements Layer.
func (r *Rotation) Shifts(from, to time.Time) []Shift {
	var all []Shift
	i := r.turnBefore(from)
	for begin := r.turn(i); begin.Before(to); i++ {
		end := r.turn(i + 1)
		if from.Before(end) && begin.Before(end) { // where a day was skipped, a turn of a day is empty
			person := r.People[i%len(r.People)]
			for _, open := range r.Hours.Windows(begin, end) {
				all = append(all, Shift{Person: person, From: open.From, To: open.To})
			}
		}
		begin = end
	}
	return all
}

// turn is when the i-th turn begins: hours are counted in elapsed time, days on the wall clock.
func (r *Rotation) turn(i int) time.Time {
	start := time.Time(r.Start)
	if r.Every.days == 0 {
		first, _ := model.Instants(start, r.Zone)
		return first.Add(time.Duration(i) * r.Every.length)
	}
	first, _ := model.Instants(start.AddDate(0, 0, i*r.Every.days), r.Zone)
	return first
}

// turnBefore is a turn that has begun at t, at most a few before the one that t is in; the first one before Start.
func (r *Rotation) turnBefore(t time.Time) int {
	const slack = 3 * model.Day // the wall clock may be a day off at either end
	passed := wallOf(t, r.Zone).Sub(time.Time(r.Start)) - slack
	every := r.Every.length
	if r.Every.days > 0 {
		every = time.Duration(r.Every.days) * model.Day
	}
	return max(0, int(passed/every))
}

// wallOf is what a zone's clock shows at t, as a time in UTC.
func wallOf(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// Wall is a moment on a wall clock, without its zone: its fields are those of the time in UTC.
type Wall time.Time

const wallLayout = "2006-01-02 15:04"

// UnmarshalText accepts "2026-12-07 10:00".
func (w *Wall) UnmarshalText(text []byte) error {
	t, err := time.Parse(wallLayout, string(text))
	if err != nil || t.Year() < 1980 || t.Year() > 2200 {
		return &model.ValueError{What: model.Say("config.value.wall", "key", "start", "got", string(text))}
	}
	*w = Wall(t)
	return nil
}

// MarshalText writes what UnmarshalText accepts.
func (w Wall) MarshalText() ([]byte, error) { return []byte(time.Time(w).Format(wallLayout)), nil }

// Every is the length of a turn: elapsed hours, or days on the wall clock.
type Every struct {
	length time.Duration
	days   int // 0: length counts
}

// Hours is a turn of hours, 1 to 23.
func Hours(n int) Every { return Every{length: time.Duration(n) * time.Hour} }

// Days is a turn of days, 1 to 56.
func Days(n int) Every { return Every{days: n} }

// IsZero reports whether it is not set.
func (e Every) IsZero() bool { return e == Every{} }

// String is what UnmarshalText accepts.
func (e Every) String() string {
	switch {
	case e.days == 0:
		return strconv.Itoa(int(e.length/time.Hour)) + "h"
	case e.days%7 == 0:
		return strconv.Itoa(e.days/7) + "w"
	default:
		return strconv.Itoa(e.days) + "d"
	}
}

// MarshalText writes String.
func (e Every) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText accepts "1h" to "23h", "1d" to "56d" and "1w" to "8w".
func (e *Every) UnmarshalText(text []byte) error {
	wrong := &model.ValueError{What: model.Say("config.value.every", "key", "every", "got", string(text))}
	if len(text) < 2 {
		return wrong
	}
	last := len(text) - 1
	n, err := strconv.ParseUint(string(text[:last]), 10, 8)
	if err != nil || n == 0 {
		return wrong
	}
	switch unit := text[last]; {
	case unit == 'h' && n <= 23:
		*e = Hours(int(n))
	case unit == 'd' && n <= 56:
		*e = Days(int(n))
	case unit == 'w' && n <= 8:
		*e = Days(7 * int(n))
	default:
		return wrong
	}
	return nil
}
