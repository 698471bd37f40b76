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
	asidesAtOnce = 4                // reports, and the like, that one channel delivers at once
	batch        = 50               // tellings of one lane that are read at once
	longestSleep = 15 * time.Second // the clock that is handed in may jump
	storePause   = time.Second      // between tries to read a store that gives errors
	storeTime    = 5 * time.Second  // for the store to write down what became of a delivery while Run stops
)

// Dispatcher sends what the outbox holds. One goroutine reads the outbox; each destination with something due has one
// more, which sends its tellings in order and ends at the first that fails. Reports have lanes of their own: an alert never waits
// behind one.
type Dispatcher struct {
	Options
	wake chan struct{}

	mu         sync.Mutex
	channels   map[string]Channel
	semaphores map[string]*semaphore // by channel
	asides     map[string]*semaphore // by channel: of what is told aside
	queues     map[queueKey]*queue
	coalesces  int                             // digests of backlogs, in all lanes
	failing    map[model.Destination]time.Time // since when every try fails
	said       map[string]time.Time            // when it was said that a recipient does not get mails, by channel and address
	stats      Stats
}

// New makes a Dispatcher that sends nothing yet.
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

// SetChannels takes channels in place of those that there are. Deliveries under way end by the old ones; what waits for
// a channel that is there no more becomes dead letters. It may be called from anywhere.
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

// channel is the one of a name, and its gate for alerts or for what is told aside.
func (d *Dispatcher) channel(name string, aside bool) (Channel, *semaphore, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, known := d.channels[name]
	if aside {
		return c, d.asides[name], known
	}
	return c, d.semaphores[name], known
}

// Run sends until ctx ends; then deliveries in flight have StopTime to finish and what did not is marked as ambiguous.
// It returns an error only when the store cannot be read at the start.
func (d *Dispatcher) Run(ctx context.Context) error {
	if err := d.Store.Recover(ctx); err != nil {
		return fmt.Errorf("recover the outbox: %w", err)
	}
	if err := d.recallFailing(ctx); err != nil {
		return fmt.Errorf("recall what fails: %w", err)
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

// Notify wakes Run: there may be new tellings. It returns at once and may be called from anywhere.
func (d *Dispatcher) Notify() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Answers says that a channel answers again: what waits only because it did not is tried now. What the channel itself
// asked to wait for goes on waiting. It returns at once and may be called from anywhere.
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

// round starts every lane that may send now, and returns how long to sleep.
func (d *Dispatcher) round(ctx context.Context, queues *sync.WaitGroup) time.Duration {
	now, coalesces := d.Now(), d.coalesced()
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
		if l != nil && l.lastCoalesced > coalesces { // what was read is from before its digest: that would be passed over, and come too late
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

// claim takes a lane, or says when to ask again; zero: when it is free, which wakes Run.
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

// folded is how many digests were put in the place of what had piled up.
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

// forget drops the lanes that have nothing to send any more.
func (d *Dispatcher) forget(rows map[queueKey][]model.Notification) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.queues, func(key queueKey, l *queue) bool {
		return !l.busy && len(rows[key]) == 0 && !d.Now().Before(l.until) && !d.Now().Before(l.noticed.Add(noticePause))
	})
}

// mostUrgentFirst orders lanes by the worst they have to say, then by who waits longest.
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

// Try says what came of a delivery by a channel.
type Try struct {
	Channel string            // model.Destination.Channel
	Failure model.SendFailure // "" when the channel took it
}

// Stats are counters since the start.
type Stats struct {
	Sent           uint64                       // messages and edits a channel took
	Skipped        uint64                       // edits that needed no message of their own
	DeadAt         uint64                       // dead letters
	Coalesced      uint64                       // messages that became part of a digest
	FallbackCopies uint64                       // messages told elsewhere as well
	Failures       map[model.SendFailure]uint64 // tries that failed, by kind
	Tries          map[Try]uint64               // all tries, by channel and what came of them
	StoreErr       error                        // the store's last error; nil after it worked again
}

// Stats returns the present counters. Length and age of the queue are the store's QueueStats.
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

// storeErr keeps the store's last word.
func (d *Dispatcher) storeErr(err error) {
	d.count(func(s *Stats) { s.StoreErr = err })
}
