package alerts

import (
	"time"

	"opsbot/model"
)

// Rules are the limits and times of judging, from the configuration. The zero Rules have no storm, no flapping, no reminder,
// no daily digest and no maintenance windows.
type Rules struct {
	Storm    Storm
	Flapping Flapping
	Remind   []time.Duration                 // ages at which an incident is notified again, rising; the last one repeats
	Daily    func(after time.Time) time.Time // the next daily digest; nil is none
	Windows  []model.MaintenanceWindow       // planned work
	// UntestableSilent are the names of sources whose critical events are not critical notifications when no check can verify them.
	UntestableSilent map[string]bool
	// HealthIssues is what ails opsbot itself, for the daily digest; nil is nothing. It must not call the Manager, which is
	// judging.
	HealthIssues func() []model.Reason
	// Leader is who leads, of several opsbots, and since when, for the daily digest; nil: there is one.
	Leader func() (who model.Reason, since time.Time)
}

// Storm is when many incidents become one.
type Storm struct {
	Over   int           // more than this many incidents; 0 is never
	Within time.Duration // of each other
}

// Flapping is when an incident that comes and goes is notified no more.
type Flapping struct {
	Over   int           // more than this many changes, each an opening or an end; 0 is never
	Within time.Duration // of each other
	Quiet  time.Duration // how long it has to be quiet
}
