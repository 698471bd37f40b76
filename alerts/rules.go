package alerts

import (
	"time"

	"opsbot/model"
)

// Rules are the measures of what is told, from the configuration. The zero Rules have no storm, no flapping, no
// reminder, no digest of the day and no planned windows.
type Rules struct {
	Storm        Storm
	Flapping     Flapping
	Remind       []time.Duration                 // after its opening an incident is told again; the last one repeats. Rising
	Daily        func(after time.Time) time.Time // the next digest of a day; nil is none
	Windows      []model.MaintenanceWindow       // planned times of no telling
	HealthIssues func() []model.Reason           // what ails opsbot itself, for the digest of the day; nil is nothing. It must not call the Manager, which is judging
}

// Storm is when many incidents become one.
type Storm struct {
	Over   int           // more than this many incidents; 0 is never
	Within time.Duration // of each other
}

// Flapping is when an incident that comes and goes is told no more.
type Flapping struct {
	Over   int           // more than this many changes, each an opening or an end; 0 is never
	Within time.Duration // of each other
	Quiet  time.Duration // how long it has to stay as it is
}

// SetRules changes the measures. What is told already stays told.
func (b *Manager) SetRules(r Rules) {
	b.updating.Lock()
	defer b.updating.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = r
	b.wakeBy(b.now())
}
