package checks

import (
	"context"
	"sync"
	"time"
)

// limiter bounds the open checks, and among them the running ones. A check that has waited for its target for GiveBack gives its turn to
// the next one, while it stays open; when the target answers, it takes a turn again before any new check does. So the processor is
// never asked for more than the running ones, however dear their handshakes are, and what waits for it is not begun.
type limiter struct {
	limits  Limits
	open    chan struct{}
	running turns
	places  sync.Pool // those of checks that have ended; a timer that is late looks at the next check's, which harms nothing
}

func newLimiter(l Limits) *limiter {
	return &limiter{limits: l, open: make(chan struct{}, l.Waiting), running: turns{free: l.Running}}
}

// crowd is by how many open checks a check waits GiveBack longer. When targets are slow together, a few hundred open checks keep the
// network as busy as thousands would, and each costs 10 to 40 KB.
const crowd = 256

// patience is how long a check may wait before it gives its turn away.
func (s *limiter) patience() time.Duration {
	return s.limits.GiveBack + s.limits.GiveBack*time.Duration(len(s.open))/crowd
}

// full reports whether nothing can begin now.
func (s *limiter) full() bool { return len(s.open) == cap(s.open) || s.running.none() }

// acquire waits for a place; the error is ctx's.
func (s *limiter) acquire(ctx context.Context) (*place, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.open <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := s.running.take(ctx); err != nil {
		<-s.open
		return nil, err
	}
	p, used := s.places.Get().(*place)
	if !used {
		p = &place{of: s}
	}
	p.begin()
	return p, nil
}

// place is one check's place. Until the check says something else, it waits for its target.
type place struct {
	of    *limiter
	timer *time.Timer

	mu    sync.Mutex
	runs  bool // it has a turn
	over  bool
	taken time.Time // when it took its turn
	waits time.Time // since when it waits for the target; zero: it works
}

// begin makes it the place of a check that has a turn.
func (p *place) begin() {
	p.mu.Lock()
	defer p.mu.Unlock() // look needs the timer
	now := time.Now()
	p.runs, p.over, p.taken, p.waits = true, false, now, now
	if p.timer == nil {
		p.timer = time.AfterFunc(p.of.limits.GiveBack, p.look)
	} else {
		p.timer.Reset(p.of.limits.GiveBack)
	}
}

// worksAtMost is how long a check may keep its turn in all, in times of its patience: one that waits for something else than its
// target does not say so.
const worksAtMost = 100

// wait says that the check waits for its target from now on.
func (p *place) wait() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits.IsZero() {
		p.waits = time.Now()
	}
}

// work says that the target has answered. It returns when the check has a turn.
func (p *place) work() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits = time.Time{}
	if p.runs || p.over {
		return
	}
	p.of.running.takeAgain()
	p.runs, p.taken = true, time.Now()
	p.timer.Reset(p.of.limits.GiveBack)
}

// look gives the turn back if the check has waited long enough.
func (p *place) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.runs {
		return
	}
	now, most := time.Now(), p.of.patience()
	switch waited := now.Sub(p.waits); {
	case !p.waits.IsZero() && waited >= most, now.Sub(p.taken) >= worksAtMost*most:
		p.give()
	case p.waits.IsZero():
		p.timer.Reset(most)
	default:
		p.timer.Reset(most - waited)
	}
}

func (p *place) give() {
	if p.runs {
		p.runs = false
		p.of.running.give()
	}
}

// done gives the turn back for good: what follows needs none.
func (p *place) done() {
	p.timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.give()
}

// release gives all back; the place is another check's then.
func (p *place) release() {
	p.done()
	<-p.of.open
	p.of.places.Put(p)
}

// turns is a semaphore in which those who had a turn before come first. Each queue is first in, first out.
type turns struct {
	mu           sync.Mutex
	free         int
	again, fresh []chan struct{} // who waits
}

func (t *turns) none() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.free == 0
}

// take waits for a turn; the error is ctx's.
func (t *turns) take(ctx context.Context) error {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{}, 1)
	t.fresh = append(t.fresh, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		t.leave(mine)
		return ctx.Err()
	}
}

// leave takes one out of the queue, or gives back the turn that it got meanwhile.
func (t *turns) leave(mine chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, c := range t.fresh {
		if c == mine {
			t.fresh = append(t.fresh[:i:i], t.fresh[i+1:]...)
			return
		}
	}
	t.pass()
}

// takeAgain waits for a turn, however long: all who have one work, and end.
func (t *turns) takeAgain() {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return
	}
	mine := make(chan struct{}, 1)
	t.again = append(t.again, mine)
	t.mu.Unlock()
	<-mine
}

func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// pass hands a turn to the next. Its caller has the lock.
func (t *turns) pass() {
	for _, queue := range []*[]chan struct{}{&t.again, &t.fresh} {
		if len(*queue) > 0 {
			(*queue)[0] <- struct{}{}
			*queue = (*queue)[1:]
			return
		}
	}
	t.free++
}

type placeKey struct{}

// withPlace tells what a check calls of its place.
func withPlace(ctx context.Context, p *place) context.Context {
	return context.WithValue(ctx, placeKey{}, p)
}

// placeOf is the place of a check; nil if it has none.
func placeOf(ctx context.Context) *place {
	p, _ := ctx.Value(placeKey{}).(*place)
	return p
}
