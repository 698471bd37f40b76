package schedule

import "time"

// Missed is the last due time of a timetable after one and not after now; ok is false if there is none, or if it is longer ago
// than grace.
func Missed(t Timetable, after, now time.Time, grace time.Duration) (due time.Time, ok bool) {
	if oldest := now.Add(-grace - time.Nanosecond); after.Before(oldest) {
		after = oldest
	}
	if every, is := t.(everyTable); is { // a month of seconds takes long to iterate
		if last := every.Next(now).Add(-time.Duration(every)); last.After(after) {
			return last, true
		}
		return time.Time{}, false
	}
	for {
		next := t.Next(after)
		if next.IsZero() || next.After(now) {
			return due, ok
		}
		after, due, ok = next, next, true
	}
}
