package moving

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// week is times of a week, by minutes from the beginning of Monday. The zero week is none.
type week [7 * 24 * 60]bool

const day = 24 * 60

// add adds some minutes from a time of the week; what runs past its end goes on at its beginning.
func (w *week) add(from, length int) {
	for i := range min(length, len(w)) {
		w[((from+i)%len(w)+len(w))%len(w)] = true
	}
}

// hours writes times of a week as active hours: "" if they are all of it, ok is false if they are none.
func (w *week) hours() (text string, ok bool) {
	if !slices.Contains(w[:], true) {
		return "", false
	}
	if !slices.Contains(w[:], false) {
		return "", true
	}
	names := []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	days := map[string][]string{} // names of days by their times
	var order []string
	for d, name := range names {
		for _, span := range w.spansOf(d) {
			if days[span] == nil {
				order = append(order, span)
			}
			days[span] = append(days[span], name)
		}
	}
	var parts []string
	for _, span := range order {
		if len(days[span]) == len(names) {
			parts = append(parts, span)
		} else {
			parts = append(parts, strings.Join(days[span], ",")+" "+span)
		}
	}
	return strings.Join(parts, "; "), true
}

// spansOf are the stretches of one day, cut at midnight.
func (w *week) spansOf(d int) []string {
	var spans []string
	for m := d * day; m < (d+1)*day; m++ {
		from := m
		for m < (d+1)*day && w[m] {
			m++
		}
		if m > from {
			spans = append(spans, clock(from-d*day)+"-"+clock(m-d*day))
		}
	}
	return spans
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// minuteOf is a time of the week on a wall clock.
func minuteOf(weekday time.Weekday, hour, minute int) int {
	return ((int(weekday)+6)%7)*day + hour*60 + minute
}

// weekdays are the days by their names in exports, and the first two letters of these.
var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday, "friday": time.Friday, "saturday": time.Saturday, "sunday": time.Sunday,
	"mo": time.Monday, "tu": time.Tuesday, "we": time.Wednesday, "th": time.Thursday, "fr": time.Friday, "sa": time.Saturday, "su": time.Sunday,
}
