// Package schedule decides when checks run: it turns cron expressions into start times, spread over a splay, never
// overlapping themselves, and catches up after downtime. A due time is a moment on the wall clock; once planned it is waited for
// in elapsed time, and planned anew when the wall clock is set.
//
// It must not know what a check does or what comes of it: it passes on ids.
package schedule

import (
	"context"
	"fmt"
	"sync"
	"time"

	"opsbot/model"
)

// Entry is one check's schedule.
type Entry struct {
	ID         model.CheckID
	Expression model.Schedule
	Takes      time.Duration // the longest that a run may take, with its retries
}

// Slots stores, for each expression, the last due time of which all checks were started.
type Slots interface {
	Slots(ctx context.Context) (map[string]time.Time, error)
	SaveSlots(ctx context.Context, due map[string]time.Time) error
}

// Options configure a Scheduler.
type Options struct {
	Zone  *time.Location // of cron expressions
	Tick  time.Duration  // starts are batched on it: waking up for one check costs more than the check
	Splay time.Duration  // the checks of an expression are spread over this, or over its interval if that is shorter
	Slots Slots
	// TakenOver: another process ran until a moment ago. What it may have missed is spread over the splay instead of being caught up with.
	TakenOver bool
	// Start starts checks and returns at once; done must be called once for each when it has ended.
	Start func(ctx context.Context, ids []model.CheckID, done func(model.CheckID))
	Fault func(err error)                            // the slots could not be read or written: only catching up is affected
	Now   func() time.Time                           // both clocks; nil is time.Now
	Clock func(now time.Time, stepped time.Duration) // the wall clock was set, and all is planned anew; nil is fine
}

// The limits of catching up.
const (
	// catchUp is the time over which the first round after a start is spread, and what is late after a standstill.
	catchUp = 30 * time.Second
	// eager is the longest interval of checks that run soon after a first start, when no slot is stored.
	eager = time.Hour
	// slotWorth is the shortest interval whose slots are stored: for shorter ones the next run is near enough.
	slotWorth = time.Minute
)

// watchPace is how often the clocks are compared when nothing is due.
const watchPace = 2 * time.Second

// Scheduler passes on ids when they are due. It is safe for concurrent use.
type Scheduler struct {
	o Options

	mu      sync.Mutex
	plans   map[model.Schedule]*plan
	known   map[model.CheckID]time.Duration // the entries, and how long each may take
	running map[model.CheckID]time.Time     // since when a result is due
	again   map[model.CheckID]int           // the number of the latest Again
	last    int                             // the last number assigned
	queue   queue
	wake    chan struct{}
	skipped uint64
	started bool

	clock  model.WallClock
	looked time.Time // when Run last went to sleep
	awake  time.Time // when Run last went on after a standstill: nothing was late before
	ended  time.Time // when a run last ended
}

// New returns a scheduler without entries.
func New(o Options) *Scheduler {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Scheduler{
		o: o, running: map[model.CheckID]time.Time{}, again: map[model.CheckID]int{}, known: map[model.CheckID]time.Duration{},
		wake: make(chan struct{}, 1),
	}
}

// Set replaces all entries; on an error the old ones stay. Checks that are new while the scheduler runs start soon, spread; rounds and runs
// in progress go on.
func (s *Scheduler) Set(entries []Entry) error {
	plans, err := s.plan(entries)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for expression, p := range plans {
		if old := s.plans[expression]; old != nil {
			p.due, p.began, p.next = old.due, old.began, old.next
		}
	}
	before := s.known
	s.plans, s.known = plans, make(map[model.CheckID]time.Duration, len(entries))
	for _, e := range entries {
		s.known[e.ID] = e.Takes
	}
	if s.started {
		now := s.o.Now()
		for _, slot := range s.queue.remove(func(i *item) bool { return i.slot != nil && !i.at.After(now) }) { // due when the plans change: it begins by the new one
			if p := plans[slot.slot.expression]; p != nil {
				s.beginRound(&item{at: slot.at, slot: p}, now)
			}
		}
		s.planSlots(now)
		s.startNew(before, now)
	}
	return nil
}

// Again runs a check once more, after a while, in addition to its schedule. A later call for the same check replaces an
// earlier one.
func (s *Scheduler) Again(id model.CheckID, after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.again[id] = s.last
	s.push(item{at: s.o.Now().Add(max(0, after)), ids: []model.CheckID{id}, again: s.last})
}

// Skipped counts starts that were skipped because the check was still running.
func (s *Scheduler) Skipped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skipped
}

// Run passes on ids until ctx ends. It does not wait for the checks: the one who starts them does.
func (s *Scheduler) Run(ctx context.Context) error {
	s.begin(ctx)
	defer func() {
		s.mu.Lock()
		s.started = false
		s.mu.Unlock()
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-timer.C:
		}
		timer.Reset(s.startDue(ctx))
	}
}

// begin catches up: checks whose slot passed while we were not running run once, spread, and so do frequent ones that never ran.
func (s *Scheduler) begin(ctx context.Context) {
	last, err := s.o.Slots.Slots(ctx)
	if err != nil {
		s.o.Fault(fmt.Errorf("read due times: %w", err))
	}
	seen := map[string]time.Time{}
	s.mu.Lock()
	now := s.o.Now()
	for _, p := range s.plans {
		at, known := last[string(p.expression)]
		p.begin(at, model.Since(at, now))
		missed := known && !p.table.Next(at).After(now)
		switch {
		case missed || (!known || p.interval < slotWorth) && p.interval <= eager:
			p.begin(now, now)
			s.pushRound(p, now, s.pace(p, model.Since(at, now), now))
		case !known:
			seen[string(p.expression)] = now // from here on a slot can be missed
		}
	}
	s.started, s.looked, s.awake = true, now, now
	s.clock.Step(now)
	s.planSlots(now)
	s.mu.Unlock()
	if len(seen) > 0 {
		s.save(ctx, seen)
	}
}

// startDue starts what is due and returns the time until the next start, or until the clocks are to be compared again.
func (s *Scheduler) startDue(ctx context.Context) time.Duration {
	now := s.o.Now()
	if stepped := s.compareClocks(now); stepped != 0 && s.o.Clock != nil {
		s.o.Clock(now, stepped)
	}
	ids, served, wait := s.takeDue(now)
	if len(ids) > 0 {
		s.o.Start(ctx, ids, s.done)
	}
	if len(served) > 0 {
		s.save(context.WithoutCancel(ctx), served)
	}
	s.mu.Lock()
	s.looked = s.o.Now() // what takes long here is no standstill
	s.mu.Unlock()
	return min(wait, watchPace)
}

// takeDue removes what is due from the queue; served are the slots that it completes.
func (s *Scheduler) takeDue(now time.Time) (ids []model.CheckID, served map[string]time.Time, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	served = map[string]time.Time{}
	for {
		next, ok := s.queue.peek()
		if !ok {
			return ids, served, time.Hour
		}
		if next.at.After(now) {
			return ids, served, next.at.Sub(now)
		}
		s.queue.pop()
		if next.slot != nil {
			s.beginRound(&next, now)
			s.planSlot(next.slot, now)
			continue
		}
		if next.ends != nil {
			served[next.ends.expression] = next.ends.due
		}
		ids = append(ids, s.take(&next)...)
	}
}

// take returns the checks of an item that are to be started. The caller holds mu.
func (s *Scheduler) take(i *item) (ids []model.CheckID) {
	for _, id := range i.ids {
		_, known := s.known[id]
		_, runs := s.running[id]
		switch {
		case !known, i.again != 0 && i.again != s.again[id]:
		case runs:
			s.skipped++
		default:
			s.running[id] = i.at
			ids = append(ids, id)
		}
	}
	if i.again != 0 && i.again == s.again[i.ids[0]] {
		delete(s.again, i.ids[0])
	}
	return ids
}

func (s *Scheduler) done(id model.CheckID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
	s.ended = s.o.Now()
}

func (s *Scheduler) save(ctx context.Context, due map[string]time.Time) {
	if err := s.o.Slots.SaveSlots(ctx, due); err != nil {
		s.o.Fault(fmt.Errorf("store due times: %w", err))
	}
}

// push queues an item and wakes Run. The caller holds mu.
func (s *Scheduler) push(i item) {
	s.queue.push(i)
	select {
	case s.wake <- struct{}{}:
	default: // already woken
	}
}
