package opsbot

import "time"

// MaintenanceWindow is a planned time in which what it picks is not told: a mute that comes by itself. It is immutable.
type MaintenanceWindow struct {
	Name     string // unique among the windows
	Selector Selector
	Reason   string
	Length   time.Duration                   // of each
	Next     func(after time.Time) time.Time // the next beginning after a moment; zero is never
}

// Current is the window that holds at t.
func (w *MaintenanceWindow) Current(t time.Time) (from time.Time, holds bool) {
	from = w.Next(t.Add(-w.Length))
	return from, !from.IsZero() && !from.After(t)
}
