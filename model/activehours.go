package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ActiveHours are the times of a week in which notifications may be sent, in one time zone. The zero ActiveHours, and a
// nil pointer, are always open. It is a pure value: every method takes its clock.
type ActiveHours struct {
	text  string
	spans []span
	zone  *time.Location // nil is UTC
}

// span is one window on given weekdays, in minutes of the wall clock; to <= from runs past midnight.
type span struct {
	days     [7]bool // by time.Weekday, the day on which it starts
	from, to int
}

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseActiveHours parses windows separated by ";": optional days ("Mon-Fri", "Sat,Sun"; none means every day) and
// "HH:MM-HH:MM"; an end not after its start is on the next day, 24:00 is midnight. "always" is always open. Errors are
// *ValueError.
func ParseActiveHours(text string, zone *time.Location) (ActiveHours, error) {
	h := ActiveHours{text: strings.TrimSpace(text), zone: zone}
	if strings.EqualFold(h.text, "always") {
		return h, nil
	}
	for part := range strings.SplitSeq(h.text, ";") {
		s, ok := parseSpan(strings.Fields(part))
		if !ok {
			return ActiveHours{}, &ValueError{What: Say("config.value.hours", "key", "hours", "got", text)}
		}
		h.spans = append(h.spans, s)
	}
	return h, nil
}

func parseSpan(words []string) (span, bool) {
	var s span
	switch len(words) {
	case 1:
		for d := range s.days {
			s.days[d] = true
		}
	case 2:
		if !parseDays(&s.days, words[0]) {
			return s, false
		}
		words = words[1:]
	default:
		return s, false
	}
	from, to, ok := strings.Cut(words[0], "-")
	if !ok {
		return s, false
	}
	var okFrom, okTo bool
	s.from, okFrom = parseClock(from)
	s.to, okTo = parseClock(to)
	return s, okFrom && okTo && s.from < 24*60
}

func parseDays(days *[7]bool, text string) bool {
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		from, to, isRange := strings.Cut(part, "-")
		a := weekday(from)
		b := a
		if isRange {
			b = weekday(to)
		}
		if a < 0 || b < 0 {
			return false
		}
		for d := a; ; d = (d + 1) % 7 {
			days[d] = true
			if d == b {
				break
			}
		}
	}
	return true
}

func weekday(name string) int {
	for i, w := range weekdays {
		if name == w {
			return i
		}
	}
	return -1
}

func parseClock(text string) (int, bool) {
	hh, mm, ok := strings.Cut(text, ":")
	h, errH := strconv.Atoi(hh)
	m, errM := strconv.Atoi(mm)
	if !ok || errH != nil || errM != nil || len(mm) != 2 || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, false
	}
	return h*60 + m, true
}

// UnmarshalText is ParseActiveHours in UTC; In sets the zone afterwards.
func (h *ActiveHours) UnmarshalText(text []byte) error {
	v, err := ParseActiveHours(string(text), nil)
	if err != nil {
		return err
	}
	*h = v
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (h ActiveHours) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// String returns the text it was parsed from, "always" for the zero ActiveHours.
func (h ActiveHours) String() string {
	if h.text == "" {
		return "always"
	}
	return h.text
}

// In returns the same windows in another time zone.
func (h ActiveHours) In(zone *time.Location) ActiveHours {
	h.zone = zone
	return h
}

// Open reports whether t is inside a window. A nil receiver is always open.
func (h *ActiveHours) Open(t time.Time) bool {
	if h == nil || len(h.spans) == 0 {
		return true
	}
	for _, s := range h.spans {
		for back := range 3 { // a window of yesterday may still be open, and where a day was skipped, one of the day before
			if from, to, ok := h.window(s, t, -back); ok && !t.Before(from) && t.Before(to) {
				return true
			}
		}
	}
	return false
}

// NextOpen returns t if it is open, else the time at which the next window opens.
func (h *ActiveHours) NextOpen(t time.Time) time.Time {
	if h.Open(t) {
		return t
	}
	var next time.Time
	for _, s := range h.spans {
		for ahead := range 9 { // a week, plus a day in case a clock change swallowed a window
			from, to, ok := h.window(s, t, ahead)
			if ok && from.After(t) && to.After(from) && (next.IsZero() || from.Before(next)) {
				next = from
			}
		}
	}
	return next
}

// window is the span that starts on the day `days` after t's, as two instants. Wall clock times skipped by a change to
// summer time move forward with the clock; ones that occur twice mean the first for a start and the last for an end, so
// that a window never ends before it began.
func (h *ActiveHours) window(s span, t time.Time, days int) (from, to time.Time, ok bool) {
	zone := h.zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := t.In(zone).Date()
	day := time.Date(y, m, d+days, 12, 0, 0, 0, zone)
	if !s.days[day.Weekday()] {
		return time.Time{}, time.Time{}, false
	}
	y, m, d = day.Date()
	end := d
	if s.to <= s.from {
		end++
	}
	from, _ = Instants(time.Date(y, m, d, 0, s.from, 0, 0, time.UTC), zone)
	_, to = Instants(time.Date(y, m, end, 0, s.to, 0, 0, time.UTC), zone)
	return from, to, true
}

// Windows are the parts of a stretch of time that are open: in order, apart from each other, and within it. A nil receiver is open
// throughout.
func (h *ActiveHours) Windows(from, to time.Time) []Stretch {
	if !from.Before(to) {
		return nil
	}
	if h == nil || len(h.spans) == 0 {
		return []Stretch{{from, to}}
	}
	var all []Stretch
	days := int(to.Sub(from)/Day) + 3 // a stretch may touch a day more on the wall clock, and a clock change may add one
	for _, s := range h.spans {
		for day := -2; day <= days; day++ { // a window of the day before yesterday may end late where a whole day was skipped
			if a, b, ok := h.window(s, from, day); ok {
				all = append(all, Stretch{later(a, from), Earlier(b, to)})
			}
		}
	}
	return joined(all)
}

// Stretch is the time from From until before To.
type Stretch struct{ From, To time.Time }

// joined sorts stretches, drops empty ones and joins those that touch.
func joined(all []Stretch) []Stretch {
	slices.SortFunc(all, func(a, b Stretch) int { return a.From.Compare(b.From) })
	kept := all[:0]
	for _, s := range all {
		switch last := len(kept) - 1; {
		case !s.From.Before(s.To):
		case last >= 0 && !s.From.After(kept[last].To):
			kept[last].To = later(kept[last].To, s.To)
		default:
			kept = append(kept, s)
		}
	}
	return kept
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// Instants returns the first and the last instant at which a zone's clock shows what wall shows in UTC: they differ
// only around clock changes. A skipped time goes by the clock before the change.
func Instants(wall time.Time, zone *time.Location) (first, last time.Time) {
	_, before := wall.Add(-Day).In(zone).Zone() // no zone changes twice in two days
	_, after := wall.Add(Day).In(zone).Zone()
	old, changed := wall.Add(-time.Duration(before)*time.Second), wall.Add(-time.Duration(after)*time.Second)
	_, now := old.In(zone).Zone()
	_, then := changed.In(zone).Zone()
	switch {
	case now != before && then == after:
		return changed, changed
	case now == before && then == after:
		return old, changed
	default:
		return old, old
	}
}

// GoString makes failing tests readable.
func (h ActiveHours) GoString() string { return fmt.Sprintf("ActiveHours(%q, %v)", h.text, h.zone) }
