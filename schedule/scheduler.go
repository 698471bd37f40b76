// Package schedule decides when checks run: it turns cron expressions into start times, spread over a splay, never
// overlapping themselves, and catches up after downtime.
//
// It must not know what a check does or what comes of it: it passes on ids.
package schedule

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"opsbot/model"
)

// Entry is one check's schedule.
type Entry struct {
	ID         model.CheckID
	Expression model.Schedule
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
	// Start starts checks and returns at once; done must be called once for each when it has ended.
	Start func(ctx context.Context, ids []model.CheckID, done func(model.CheckID))
	Fault func(err error) // the slots could not be read or written: only catching up is affected
}

// The limits of catching up.
const (
	// catchUp is the time over which the first round after a start is spread.
	catchUp = 30 * time.Second
	// eager is the longest interval of checks that run soon after a first start, when no slot is stored.
	eager = time.Hour
	// slotWorth is the shortest interval whose slots are stored: for shorter ones the next run is near enough.
	slotWorth = time.Minute
)

// Scheduler passes on ids when they are due. It is safe for concurrent use.
type Scheduler struct {
	o Options

	mu      sync.Mutex
	plans   map[model.Schedule]*plan
	known   map[model.CheckID]bool
	running map[model.CheckID]bool
	again   map[model.CheckID]int // the number of the latest Again
	last    int                   // the last number assigned
	queue   queue
	cron    *cron.Cron
	wake    chan struct{}
	skipped uint64
	started bool
}

// plan is one expression with its checks, by their offset.
type plan struct {
	expression model.Schedule
	table      Timetable
	interval   time.Duration
	entries    []model.CheckID
	offsets    []time.Duration // ascending
	ids        map[time.Duration][]model.CheckID
}

// New returns a scheduler without entries.
func New(o Options) *Scheduler {
	return &Scheduler{
		o: o, running: map[model.CheckID]bool{}, again: map[model.CheckID]int{}, known: map[model.CheckID]bool{},
		wake: make(chan struct{}, 1), cron: cron.New(),
	}
}

// Set replaces all entries. A new cron is built and swapped in; on an error the old entries stay. Checks that are new
// while the scheduler runs start soon, spread; runs in progress go on.
func (s *Scheduler) Set(entries []Entry) error {
	plans, err := s.plan(entries)
	if err != nil {
		return err
	}
	next := cron.New(cron.WithLocation(s.o.Zone))
	for _, p := range plans {
		next.Schedule(p.table, cron.NewChain(cron.SkipIfStillRunning(cron.DiscardLogger), cron.Recover(cron.DiscardLogger)).
			Then(cron.FuncJob(func() { s.due(p, time.Now()) })))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, before := s.cron, s.known
	s.cron, s.plans = next, plans
	s.known = make(map[model.CheckID]bool, len(entries))
	for _, e := range entries {
		s.known[e.ID] = true
	}
	if s.started {
		old.Stop()
		next.Start()
		s.startNew(before)
	}
	return nil
}

// startNew queues checks that are not in before.
func (s *Scheduler) startNew(before map[model.CheckID]bool) {
	for _, p := range s.plans {
		if p.interval > eager {
			continue
		}
		for offset, ids := range p.ids {
			fresh := slices.DeleteFunc(slices.Clone(ids), func(id model.CheckID) bool { return before[id] })
			if len(fresh) > 0 {
				s.push(item{at: time.Now().Add(squeezed(offset, p)), ids: fresh})
			}
		}
	}
}

// squeezed scales an offset to the catch-up time.
func squeezed(offset time.Duration, p *plan) time.Duration {
	span := p.offsets[len(p.offsets)-1] + 1
	if span <= catchUp {
		return offset
	}
	return time.Duration(float64(offset) / float64(span) * float64(catchUp))
}

func (s *Scheduler) plan(entries []Entry) (map[model.Schedule]*plan, error) {
	plans := map[model.Schedule]*plan{}
	for _, e := range entries {
		p := plans[e.Expression]
		if p == nil {
			table, err := parse(string(e.Expression), s.o.Zone)
			if err != nil {
				return nil, fmt.Errorf("schedule %q: %w", e.ID, err)
			}
			p = &plan{expression: e.Expression, table: table, interval: leastInterval(table), ids: map[time.Duration][]model.CheckID{}}
			plans[e.Expression] = p
		}
		p.entries = append(p.entries, e.ID)
	}
	for _, p := range plans {
		s.spread(p)
	}
	return plans, nil
}

// spread gives each check of an expression its offset. One that has the expression for itself starts on time: "at 03:00" is 03:00.
func (s *Scheduler) spread(p *plan) {
	for _, id := range p.entries {
		offset := time.Duration(0)
		if len(p.entries) > 1 {
			offset = s.offset(id, p.interval)
		}
		p.ids[offset] = append(p.ids[offset], id)
	}
	p.offsets = slices.Sorted(maps.Keys(p.ids))
}

// offset is a check's stable offset within the splay, in whole ticks.
func (s *Scheduler) offset(id model.CheckID, interval time.Duration) time.Duration {
	splay := min(s.o.Splay, interval)
	places := uint64(splay / s.o.Tick) //nolint:gosec // lengths of time are not negative
	if places < 2 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))                        // never fails
	return time.Duration(h.Sum64()%places) * s.o.Tick //nolint:gosec // below places
}

// due queues the checks of an expression that has become due.
func (s *Scheduler) due(p *plan, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plans[p.expression] != p {
		return
	}
	s.pushRound(p, now, func(offset time.Duration) time.Duration { return offset })
}

// pushRound queues all checks of an expression. Its slot counts as served when the last of them has been started: after an
// earlier restart the rest is caught up. The caller holds mu.
func (s *Scheduler) pushRound(p *plan, due time.Time, place func(offset time.Duration) time.Duration) {
	for i, offset := range p.offsets {
		next := item{at: due.Add(place(offset)), ids: p.ids[offset]}
		if i == len(p.offsets)-1 && p.interval >= slotWorth {
			next.ends = &roundEnd{expression: string(p.expression), due: due}
		}
		s.push(next)
	}
}

func (s *Scheduler) save(ctx context.Context, due map[string]time.Time) {
	if err := s.o.Slots.SaveSlots(ctx, due); err != nil {
		s.o.Fault(fmt.Errorf("store due times: %w", err))
	}
}

// Again runs a check once more, after a while, in addition to its schedule. A later call for the same check replaces an
// earlier one.
func (s *Scheduler) Again(id model.CheckID, after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.again[id] = s.last
	s.push(item{at: time.Now().Add(max(0, after)), ids: []model.CheckID{id}, again: s.last})
}

// Skipped counts starts that were skipped because the check was still running.
func (s *Scheduler) Skipped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skipped
}

// Late is how long the next start is overdue: next to nothing while Run works.
func (s *Scheduler) Late(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, ok := s.queue.peek()
	if !ok {
		return 0
	}
	return max(0, now.Sub(next.at))
}

// Run passes on ids until ctx ends. It does not wait for the checks: the one who starts them does.
func (s *Scheduler) Run(ctx context.Context) error {
	s.begin(ctx)
	defer func() {
		s.mu.Lock()
		s.started = false
		jobs := s.cron.Stop()
		s.mu.Unlock()
		<-jobs.Done()
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

// begin starts cron and catches up: checks whose slot passed while we were not running run once, spread, and so do
// frequent ones that never ran.
func (s *Scheduler) begin(ctx context.Context) {
	last, err := s.o.Slots.Slots(ctx)
	if err != nil {
		s.o.Fault(fmt.Errorf("read due times: %w", err))
	}
	now := time.Now()
	seen := map[string]time.Time{}
	s.mu.Lock()
	for _, p := range s.plans {
		at, known := last[string(p.expression)]
		missed := known && !p.table.Next(at).After(now)
		switch {
		case missed || (!known || p.interval < slotWorth) && p.interval <= eager:
			s.pushRound(p, now, func(offset time.Duration) time.Duration { return squeezed(offset, p) })
		case !known:
			seen[string(p.expression)] = now // from here on a slot can be missed
		}
	}
	s.started = true
	s.cron.Start()
	s.mu.Unlock()
	if len(seen) > 0 {
		s.save(ctx, seen)
	}
}

// startDue starts what is due and returns the time until the next start.
func (s *Scheduler) startDue(ctx context.Context) time.Duration {
	ids, served, wait := s.takeDue(time.Now())
	if len(ids) > 0 {
		s.o.Start(ctx, ids, s.done)
	}
	if len(served) > 0 {
		s.save(context.WithoutCancel(ctx), served)
	}
	return wait
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
		if next.ends != nil {
			served[next.ends.expression] = next.ends.due
		}
		for _, id := range next.ids {
			switch {
			case !s.known[id], next.again != 0 && next.again != s.again[id]:
			case s.running[id]:
				s.skipped++
			default:
				s.running[id] = true
				ids = append(ids, id)
			}
		}
		if next.again != 0 && next.again == s.again[next.ids[0]] {
			delete(s.again, next.ids[0])
		}
	}
}

func (s *Scheduler) done(id model.CheckID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

// push queues an item and wakes Run. The caller holds mu.
func (s *Scheduler) push(i item) {
	s.queue.push(i)
	select {
	case s.wake <- struct{}{}:
	default: // already woken
	}
}
