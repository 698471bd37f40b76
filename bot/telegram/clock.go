package telegram

import "time"

// Clock is where the time is read and waited for, so that tests can move it.
type Clock interface {
	Now() time.Time
	// After is time.After on this clock. The channel has room for its value.
	After(d time.Duration) <-chan time.Time
}

// wallClock is the machine's clock.
type wallClock struct{}

func (wallClock) Now() time.Time                         { return time.Now() }
func (wallClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
