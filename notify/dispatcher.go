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
	rewrites   int                      // digests of backlogs, and messages that are for fewer recipients now, in all queues
	said       map[string]time.Duration // when, by Elapsed, the last notice about something was sent
	limit      pageLimit
	stats      Stats

	outages *outages
}

// New returns a Dispatcher; Run starts it.
func New(o Options) *Dispatcher {
	o.Parallel = cmp.Or(o.Parallel, DefaultParallel)
	o.SendTimeout = cmp.Or(o.SendTimeout, DefaultSendTimeout)
	o.StopTime = cmp.Or(o.StopTime, DefaultStopTime)
	o.FirstPause = cmp.Or(o.FirstPause, DefaultFirstPause)
	o.LongestPause = cmp.Or(o.LongestPause, DefaultLongestPause)
	o.BacklogAge = cmp.Or(o.BacklogAge, DefaultBacklogAge)
	o.FirstProbe, o.LongestProbe = cmp.Or(o.FirstProbe, DefaultFirstProbe), cmp.Or(o.LongestProbe, DefaultLongestProbe)
	if o.Migrated == nil {
		o.Migrated = func(_, _ model.ChatID) {}
	}
	if o.Outage == nil {
		o.Outage = func(model.Outage) {}
	}
	if o.Elapsed == nil {
		start := o.Now()
		o.Elapsed = func() time.Duration { return o.Now().Sub(start) }
	}
	d := &Dispatcher{
		Options: o, wake: make(chan struct{}, 1), semaphores: map[string]*semaphore{}, asides: map[string]*semaphore{}, queues: map[queueKey]*queue{},
		said: map[string]time.Duration{}, stats: Stats{Failures: map[model.SendFailure]uint64{}, Tries: map[Try]uint64{}}, outages: newOutages(&o),
		limit: newPageLimit(o.PageLimit),
	}
	d.SetChannels(o.Channels)
	return d
}

// SetChannels replaces the channels. Deliveries in progress finish on the old ones; notifications for a removed channel become
// dead letters, and whatever denied us is tried at once. It is safe for concurrent use.
func (d *Dispatcher) SetChannels(channels map[string]Channel) {
	d.setChannels(channels)
	d.hurry(func(*outage) bool { return true }, 0)
}

func (d *Dispatcher) setChannels(channels map[string]Channel) {
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
	if err := d.recallOutages(ctx); err != nil {
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
			l.until = 0
		}
	}
	d.mu.Unlock()
	d.Notify()
}

// round starts every queue that may send now, and returns how long to sleep.
func (d *Dispatcher) round(ctx context.Context, queues *sync.WaitGroup) time.Duration {
	now, rewrites := d.Now(), d.rewritten()
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
	sleep := longestSleep
	if !next.IsZero() {
		sleep = min(sleep, next.Sub(now))
	}
	rows := byQueue(due)
	pages, others, wait := d.claimAll(ctx, rows, now, rewrites)
	sleep = min(sleep, wait, d.startPages(ctx, queues, pages))
	for _, c := range others {
		queues.Go(func() {
			defer d.Notify()
			defer d.free(c.queue)
			c.run(ctx, c.rows)
		})
	}
	d.forget(rows)
	d.forgetOutages(ctx, rows)
	return max(time.Millisecond, min(sleep, d.copyWaiting(ctx, queues)))
}

// claimed is a queue that is locked, with what was read of it.
type claimed struct {
	*queue
	rows []model.Notification
}

// claimAll locks the queues that may send now, those of pages apart, and returns how long the others have to wait.
func (d *Dispatcher) claimAll(ctx context.Context, rows map[queueKey][]model.Notification, now time.Time, rewrites int) (pages, others []claimed, sleep time.Duration) {
	sleep = longestSleep
	at := d.Elapsed() // one for all: what waits equally long is claimed together
	for _, key := range mostUrgentFirst(rows) {
		l, wait := d.claim(key, rows, now, at)
		if l != nil && l.lastRewrite > rewrites { // the rows were read before one was written anew: a digest would be missed, or recipients get a mail again
			d.release(l)
			l, wait = nil, 0
		}
		switch {
		case l == nil:
			sleep = min(sleep, wait)
			if wait > 0 && wait != longestSleep {
				d.notifyWaiting(ctx, key, &rows[key][0])
			}
		case l.page:
			pages = append(pages, claimed{l, rows[key]})
		default:
			others = append(others, claimed{l, rows[key]})
		}
	}
	return pages, others, sleep
}

func byQueue(due []model.Notification) map[queueKey][]model.Notification {
	rows := map[queueKey][]model.Notification{}
	for i := range due {
		key := queueKey{due[i].To, due[i].Queue()}
		rows[key] = append(rows[key], due[i])
	}
	return rows
}

// claim locks a queue, or returns how long to wait at an elapsed time; a busy one wakes Run when it is free.
func (d *Dispatcher) claim(key queueKey, rows map[queueKey][]model.Notification, now time.Time, at time.Duration) (*queue, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.queues[key]
	if l == nil {
		l = newQueue(d, key)
		l.until = at + min(max(0, rows[key][0].RetryAt.Sub(now)), d.mostRest(l)) // of an earlier run: the clock may have been set
		d.queues[key] = l
	}
	if l.busy {
		return nil, longestSleep
	}
	wait := l.until - at
	if !l.expires(&rows[key][0]) {
		wait = max(wait, d.outages.wait(key.to, l.aside))
	}
	if wait > 0 {
		return nil, wait
	}
	if l.standsBack(rows) {
		return nil, longestSleep
	}
	l.busy = true
	d.outages.probe(key.to, l.aside)
	return l, 0
}

// mostRest is how long a wait of an earlier run can last at most.
func (d *Dispatcher) mostRest(l *queue) time.Duration {
	o, _, _ := d.outages.of(l.to)
	return min(max(o.Asked, l.pause.MaxInterval), model.MostWait)
}

// rewritten is how often a row was written anew.
func (d *Dispatcher) rewritten() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rewrites
}

// release unlocks a queue of which nothing was tried.
func (d *Dispatcher) release(l *queue) {
	d.outages.free(l.to, l.aside) // the attempt that claim took is not made
	d.free(l)
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
		return !l.busy && len(rows[key]) == 0 && d.Elapsed() >= l.until
	})
}

// pagesFirst orders queues of pages before all others.
func pagesFirst(a, b queueKey) int {
	switch page, other := model.IsPageQueue(a.queue), model.IsPageQueue(b.queue); {
	case page == other:
		return 0
	case page:
		return -1
	default:
		return 1
	}
}

// mostUrgentFirst orders queues by pages, then the worst severity, then by waiting time.
func mostUrgentFirst(rows map[queueKey][]model.Notification) []queueKey {
	worst := func(key queueKey) model.Severity {
		return slices.MaxFunc(rows[key], func(a, b model.Notification) int { return cmp.Compare(a.Severity, b.Severity) }).Severity
	}
	return slices.SortedFunc(maps.Keys(rows), func(a, b queueKey) int {
		return cmp.Or(pagesFirst(a, b), cmp.Compare(worst(b), worst(a)), cmp.Compare(rows[a][0].ID, rows[b][0].ID))
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
