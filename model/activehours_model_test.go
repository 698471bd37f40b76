package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// changes are nights on which clocks were or will be changed, and places without a change.
var changes = []struct{ zone, night string }{
	{"Europe/Berlin", "2026-03-29"},
	{"Europe/Berlin", "2026-10-25"},
	{"America/New_York", "2026-03-08"},
	{"America/New_York", "2026-11-01"},
	{"Europe/Moscow", "2026-03-29"},
	{"Europe/Moscow", "2010-10-31"}, // when it still had summer time
	{"Europe/Moscow", "2014-10-26"}, // its last change
	{"Australia/Lord_Howe", "2026-10-04"},
}

// wall is what the wall clock shows, as minutes.
func wall(t time.Time, zone *time.Location) int64 {
	l := t.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC).Unix() / 60
}

// wallClock lists every minute of some days, in order, with what the wall clock shows then: searched, never computed.
type wallClock struct {
	at    []time.Time
	shown []int64
}

func watch(zone *time.Location, middle time.Time, days int) wallClock {
	var w wallClock
	for t := middle.AddDate(0, 0, -days).UTC(); t.Before(middle.AddDate(0, 0, days)); t = t.Add(time.Minute) {
		w.at, w.shown = append(w.at, t), append(w.shown, wall(t, zone))
	}
	return w
}

// when returns the first and the last instant at which the wall clock shows wanted; a skipped time is as much later as it
// lies behind the last time shown before it.
func (w *wallClock) when(wanted int64) (first, last time.Time) {
	before := -1
	for i, shown := range w.shown {
		switch {
		case shown == wanted && first.IsZero():
			first, last = w.at[i], w.at[i]
		case shown == wanted:
			last = w.at[i]
		case shown < wanted && (before < 0 || shown >= w.shown[before]):
			before = i
		}
	}
	if first.IsZero() {
		first = w.at[before].Add(time.Duration(wanted-w.shown[before]) * time.Minute)
		last = first
	}
	return first, last
}

// hoursSpan is one generated window.
type hoursSpan struct {
	days     [7]bool
	from, to int // minutes
}

var dayNames = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

func (s *hoursSpan) text() string {
	var days []string
	for d, on := range s.days {
		if on {
			days = append(days, dayNames[d])
		}
	}
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", strings.Join(days, ","), s.from/60, s.from%60, s.to/60, s.to%60)
}

func someSpan(r *rapid.T) (s hoursSpan) {
	s.days[rapid.IntRange(0, 6).Draw(r, "day")] = true
	for range rapid.IntRange(0, 3).Draw(r, "more days") {
		s.days[rapid.IntRange(0, 6).Draw(r, "day")] = true
	}
	s.from = 15 * rapid.IntRange(0, 95).Draw(r, "from")
	s.to = 15 * rapid.IntRange(0, 96).Draw(r, "to")
	return s
}

// opens are the windows of a span that begin within some days, as instants.
func (s *hoursSpan) opens(w *wallClock, middle time.Time, days int) (all [][2]time.Time) {
	for d := -days; d <= days; d++ {
		day := time.Date(middle.Year(), middle.Month(), middle.Day()+d, 0, 0, 0, 0, time.UTC)
		if !s.days[day.Weekday()] {
			continue
		}
		end := int64(s.to)
		if s.to <= s.from {
			end += 24 * 60
		}
		from, _ := w.when(day.Unix()/60 + int64(s.from))
		_, to := w.when(day.Unix()/60 + end)
		all = append(all, [2]time.Time{from, to})
	}
	return all
}

// TestHoursAreTheModel compares ActiveHours with a calendar filled in minute by minute.
func TestHoursAreTheModel(t *testing.T) {
	const days = 3
	for _, c := range changes {
		t.Run(c.zone+" "+c.night, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Skip("no time zones here")
			}
			middle, _ := time.ParseInLocation("2006-01-02", c.night, zone)
			clock := watch(zone, middle, days+3)
			rapid.Check(t, func(r *rapid.T) { hoursAreTheModel(r, &clock, middle) })
		})
	}
}

func hoursAreTheModel(r *rapid.T, clock *wallClock, middle time.Time) {
	var texts []string
	var windows [][2]time.Time
	for range rapid.IntRange(1, 3).Draw(r, "windows") {
		s := someSpan(r)
		texts, windows = append(texts, s.text()), append(windows, s.opens(clock, middle, 5)...)
	}
	hours, err := model.ParseActiveHours(strings.Join(texts, "; "), middle.Location())
	if err != nil {
		r.Fatal(err)
	}
	at := middle.Add(time.Duration(rapid.IntRange(-48*60, 48*60).Draw(r, "minute")) * time.Minute)
	open, next := false, time.Time{}
	for _, w := range windows {
		open = open || (!at.Before(w[0]) && at.Before(w[1]))
		if w[0].After(at) && w[0].Before(w[1]) && (next.IsZero() || w[0].Before(next)) {
			next = w[0]
		}
	}
	if hours.Open(at) != open {
		r.Fatalf("%s at %s: open is %t, want %t", hours.String(), at, !open, open)
	}
	if open {
		next = at
	}
	if got := hours.NextOpen(at); !next.IsZero() && !got.Equal(next) {
		r.Fatalf("%s at %s: next opens at %s, want %s", hours.String(), at, got, next)
	}
}

// TestWindowsAreOpen: the windows of some time are in order and apart, and are what is open minute by minute.
func TestWindowsAreOpen(t *testing.T) {
	for _, c := range append(changes, struct{ zone, night string }{"Pacific/Apia", "2011-12-30"}) {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Skip("no time zones here")
		}
		night, _ := time.ParseInLocation("2006-01-02", c.night, zone)
		rapid.Check(t, func(r *rapid.T) {
			one, two := someSpan(r), someSpan(r)
			hours, err := model.ParseActiveHours(one.text()+"; "+two.text(), zone)
			if err != nil {
				r.Fatal(err)
			}
			from := night.Add(time.Duration(rapid.IntRange(-48*60, 24*60).Draw(r, "from")) * time.Minute)
			windowsAreOpen(r, &hours, from, from.Add(time.Duration(rapid.IntRange(0, 36*60).Draw(r, "length"))*time.Minute))
		})
	}
}

func windowsAreOpen(r *rapid.T, hours *model.ActiveHours, from, to time.Time) {
	open := map[time.Time]bool{}
	last := from.Add(-1)
	for _, w := range hours.Windows(from, to) {
		if !w.From.After(last) || !w.From.Before(w.To) || w.To.After(to) {
			r.Fatalf("%s from %s to %s: %v after %s", hours, from, to, w, last)
		}
		last = w.To
		for t := w.From; t.Before(w.To); t = t.Add(time.Minute) {
			open[t.UTC()] = true
		}
	}
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		if open[t.UTC()] != hours.Open(t) {
			r.Fatalf("%s at %s: in a window is %t, open is %t", hours, t, open[t.UTC()], hours.Open(t))
		}
	}
}
