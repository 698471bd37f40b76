package model

import "time"

// Rules of time. Lengths (2 h, a retry, a wait) follow elapsed time, moments (18:00, a cron expression) follow the wall clock. A time
// from time.Now has both clocks, and Go compares two of them by elapsed time; one that was stored has only the wall clock.

// MinStep is the least change of the wall clock that counts as a step: NTP slews by less.
const MinStep = time.Second

// WallClock notices that the wall clock was set: by NTP, by hand, or by a resume from suspend, in which elapsed time stands still. The
// zero value is ready to use; it is not safe for concurrent use.
type WallClock struct{ last time.Time }

// Stepped reports whether the next Step returns one.
func (w *WallClock) Stepped(now time.Time) bool {
	next := *w
	return next.Step(now) != 0
}

// Step is by how much the clock was set since the last call that returned a step; 0 if it was not. What is slewed adds up to a step.
// Times without elapsed time, as from a test's clock, never have one.
func (w *WallClock) Step(now time.Time) time.Duration {
	if w.last.IsZero() {
		w.last = now
		return 0
	}
	by := now.Round(0).Sub(w.last.Round(0)) - now.Sub(w.last)
	if by.Abs() < MinStep {
		return 0
	}
	w.last = now
	return by
}

// Elapses reports whether a time has elapsed time: it was counted from now, as a length is. A moment that was read, or stored, has none.
func Elapses(t time.Time) bool { return t != t.Round(0) }

// Anchored is a time as the clocks have it now: as far away in elapsed time as it was, on the wall clock as that is set now. A stored
// time gets the distance that the wall clock gives it, and follows elapsed time from then on. It is for lengths only: a moment stays
// where it is on the wall clock. Zero stays zero.
func Anchored(t, now time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return now.Add(t.Sub(now))
}

// Within is Anchored for the end of a wait, of which at most a length can be left: when the wall clock was set back while opsbot did not
// run, more would seem to be.
func Within(t, now time.Time, length time.Duration) time.Time {
	if t.Sub(now) > length {
		return now.Add(length)
	}
	return Anchored(t, now)
}

// Since is Anchored for something that has happened: it is not in the future, whatever the wall clock was then.
func Since(t, now time.Time) time.Time { return Within(t, now, 0) }

// LastRun is when something on the wall clock last ran, as far as it says when it runs next. After the clock was set back a little, that
// is in the future, and what ran does not run again; when it is further ahead than most, the clock was wrong then, and it ran just now.
func LastRun(t, now time.Time, most time.Duration) time.Time {
	if t.Round(0).Sub(now.Round(0)) > most {
		return now
	}
	return t
}
