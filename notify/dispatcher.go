package notify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// The defaults of Options.
const (
	DefaultParallel     = 32
	DefaultSendTimeout  = 30 * time.Second
	DefaultStopTime     = 5 * time.Second
	DefaultFirstPause   = 200 * time.Millisecond
	DefaultLongestPause = 30 * time.Second
)

const (
	asidesAtOnce = 4                // concurrent reports and the like per channel
	batch        = 50               // notifications of one queue that are read at once
	longestSleep = 15 * time.Second // the given clock may jump
	storePause   = time.Second      // between attempts to read a failing store
	storeTime    = 5 * time.Second  // for the store to record the result of a delivery while Run stops
)

// Dispatcher sends the notifications of the outbox. One goroutine reads the outbox; each destination with something due has one
// more, which sends its notifications in order and stops at the first that fails. Reports have queues of their own: an alert
// never waits behind one.
type Dispatcher struct {
	Options
	wake chan struct{}

	mu         sync.Mutex
	channels   map[string]Channel
	semaphores map[string]*semaphore // by channel
	asides     map[string]*semaphore // by channel: for reports and the like
	queues     map[queueKey]*queue
	coalesces  int                             // digests of backlogs, in all queues
	failing    map[model.Destination]time.Time // since when every attempt fails
	said       map[string]time.Time            // when the last notice about an undelivered recipient was sent, by channel and address
	stats      Stats
}

// New returns a Dispatcher; Run starts it.
func New(o Options) *Dispatcher {
	o.Parallel = cmp.Or(o.Parallel, DefaultParallel)
	o.SendTimeout = cmp.Or(o.SendTimeout, DefaultSendTimeout)
	o.StopTime = cmp.Or(o.StopTime, DefaultStopTime)
	o.FirstPause = cmp.Or(o.FirstPause, DefaultFirstPause)
	o.LongestPause = cmp.Or(o.LongestPause, DefaultLongestPause)
	o.BacklogAge = cmp.Or(o.BacklogAge, DefaultBacklogAge)
	if o.Migrated == nil {
		o.Migrated = func(_, _ model.ChatID) {}
	}
	d := &Dispatcher{
		Options: o, wake: make(chan struct{}, 1), semaphores: map[string]*semaphore{}, asides: map[string]*semaphore{}, queues: map[queueKey]*queue{},
		failing: map[model.Destination]time.Time{}, said: map[string]time.Time{}, stats: Stats{Failures: map[model.SendFailure]uint64{}, Tries: map[Try]uint64{}},
	}
	d.SetChannels(o.Channels)
	return d
}

// SetChannels replaces the channels. Deliveries in progress finish on the old ones; notifications for a removed channel become
// dead letters. It is safe for concurrent use.
func (d *Dispatcher) SetChannels(channels map[string]Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.channels = maps.Clone(channels)
	for name := range channels {
		if d.semaphores[name] == nil {
			d.semaphores[name], d.asides[name] = newSemaphore(d.Parallel), newSemaphore(asidesAtOnce)
		}
	}
}

// channel returns a channel by name, and its semaphore for alerts or for reports and the like.
func (d *Dispatcher) channel(name string, aside bool) (Channel, *semaphore, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, known := d.channels[name]
	if aside {
		return c, d.asides[name], known
	}
	return c, d.semaphores[name], known
}

// Run sends until ctx ends; then deliveries in progress have StopTime to finish and the others are marked as ambiguous. It
// returns an error only if the store cannot be read at the start.
func (d *Dispatcher) Run(ctx context.Context) error {
	if err := d.Store.Recover(ctx); err != nil {
		return fmt.Errorf("recover the outbox: %w", err)
	}
	if err := d.recallFailing(ctx); err != nil {
		d.storeErr(err) // which destination fails is learnt again; nothing waits for it
	}
	var queues sync.WaitGroup
	defer queues.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.wake:
		case <-timer.C:
		}
		timer.Reset(d.round(ctx, &queues))
	}
}

// Notify wakes Run: there may be new notifications. It returns at once and is safe for concurrent use.
func (d *Dispatcher) Notify() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Answers reports that a channel answers again: notifications that wait only because it did not are retried now. Waits that the
// channel itself asked for go on. It returns at once and is safe for concurrent use.
func (d *Dispatcher) Answers(channel string) {
	d.mu.Lock()
	for key, l := range d.queues {
		if key.to.Channel == channel && l.outage {
			l.until, l.hurry = time.Time{}, true
		}
	}
	d.mu.Unlock()
	d.Notify()
}

// round starts every queue that may send now, and returns how long to sleep.
func (d *Dispatcher) round(ctx context.Context, queues *sync.WaitGroup) time.Duration {
	now, coalesces := d.Now(), d.coalesced()
	if d.CatchUp != nil && d.CatchUp(ctx) != nil {
		return storePause
	}
	due, err := d.Store.Due(ctx, now, batch)
	if err != nil {
		d.storeErr(err)
		return storePause
	}
	next, err := d.Store.NextDue(ctx, now)
	d.storeErr(err)
	rows := map[queueKey][]model.Notification{}
	for i := range due {
		key := queueKey{due[i].To, due[i].Queue()}
		rows[key] = append(rows[key], due[i])
	}
	for _, key := range mostUrgentFirst(rows) {
		l, wait := d.claim(key, &rows[key][0], now)
		if l != nil && l.lastCoalesced > coalesces { // the rows were read before the queue's digest was written, which would be missed and come too late
			d.free(l)
			l, wait = nil, now
		}
		if l == nil {
			next = model.Earlier(next, wait)
			continue
		}
		queues.Go(func() {
			defer d.Notify()
			defer d.free(l)
			l.run(ctx, rows[key])
		})
	}
	d.forget(rows)
	d.forgetFailing(ctx, rows)
	if next.IsZero() {
		return longestSleep
	}
	return min(longestSleep, max(time.Millisecond, next.Sub(now)))
}

// claim locks a queue, or returns when to retry; zero: when it is free, which wakes Run.
func (d *Dispatcher) claim(key queueKey, head *model.Notification, now time.Time) (*queue, time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.queues[key]
	if l == nil {
		l = newQueue(d, key)
		d.queues[key] = l
	}
	if l.busy {
		return nil, time.Time{}
	}
	until := later(l.until, head.RetryAt)
	if l.hurry {
		until = l.until
	}
	if now.Before(until) {
		return nil, until
	}
	l.busy, l.hurry = true, false
	return l, time.Time{}
}

// coalesced is the number of digests that replaced a backlog.
func (d *Dispatcher) coalesced() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.coalesces
}

func (d *Dispatcher) free(l *queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l.busy = false
}

// forget removes queues that have nothing to send any more.
func (d *Dispatcher) forget(rows map[queueKey][]model.Notification) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.queues, func(key queueKey, l *queue) bool {
		return !l.busy && len(rows[key]) == 0 && !d.Now().Before(l.until) && !d.Now().Before(l.noticed.Add(noticePause))
	})
}

// mostUrgentFirst orders queues by the worst severity, then by waiting time.
func mostUrgentFirst(rows map[queueKey][]model.Notification) []queueKey {
	worst := func(key queueKey) model.Severity {
		return slices.MaxFunc(rows[key], func(a, b model.Notification) int { return cmp.Compare(a.Severity, b.Severity) }).Severity
	}
	return slices.SortedFunc(maps.Keys(rows), func(a, b queueKey) int {
		return cmp.Or(cmp.Compare(worst(b), worst(a)), cmp.Compare(rows[a][0].ID, rows[b][0].ID))
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Try is the result of a delivery by a channel.
type Try struct {
	Channel string            // model.Destination.Channel
	Failure model.SendFailure // "" if the channel accepted it
}

// Stats are counters since the start.
type Stats struct {
	Sent           uint64                       // messages and edits that a channel accepted
	Skipped        uint64                       // edits that needed no message of their own, and messages that said nothing new any more
	DeadAt         uint64                       // dead letters
	Coalesced      uint64                       // messages that became part of a digest
	FallbackCopies uint64                       // messages also sent elsewhere
	Failures       map[model.SendFailure]uint64 // failed attempts, by kind
	Tries          map[Try]uint64               // all attempts, by channel and result
	StoreErr       error                        // the store's last error; nil after it worked again
}

// Stats returns the current counters. Length and age of the queue are in the store's QueueStats.
func (d *Dispatcher) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.stats
	out.Failures, out.Tries = maps.Clone(d.stats.Failures), maps.Clone(d.stats.Tries)
	return out
}

func (d *Dispatcher) count(add func(*Stats)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	add(&d.stats)
}

// storeErr records the store's last error.
func (d *Dispatcher) storeErr(err error) {
	d.count(func(s *Stats) { s.StoreErr = err })
}
