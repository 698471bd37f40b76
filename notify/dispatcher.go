package notify

import (
	"context"
	"time"

	"opsbot"
)

// The defaults of Options.
const (
	DefaultParallel    = 32
	DefaultSendTimeout = 30 * time.Second
	DefaultStopTime    = 5 * time.Second
	DefaultRetryMin    = 200 * time.Millisecond
	DefaultRetryMax    = 30 * time.Second
)

// Dispatcher sends what the outbox holds.
type Dispatcher struct{}

// New makes a Dispatcher that sends nothing yet.
func New(o Options) *Dispatcher { return &Dispatcher{} }

// Run sends until ctx ends; then deliveries in flight have StopTime to finish and what did not is marked as ambiguous.
// It returns an error only when the store cannot be read at the start.
func (d *Dispatcher) Run(ctx context.Context) error { return nil }

// Notify wakes Run: there may be new tellings. It returns at once and may be called from anywhere.
func (d *Dispatcher) Notify() {}

// Stats are counters since the start.
type Stats struct {
	Sent     uint64                        // messages and edits a channel took
	Skipped  uint64                        // edits that needed no message of their own
	Buried   uint64                        // dead letters
	Failures map[opsbot.SendFailure]uint64 // tries that failed, by kind
	StoreErr error                         // the store's last error; nil after it worked again
}

// Stats returns the present counters. Length and age of the queue are the store's QueueStats.
func (d *Dispatcher) Stats() Stats { return Stats{} }
