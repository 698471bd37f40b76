package telegram

import (
	"context"
	"sync"
)

// Bounds on what may wait or run, whatever people send.
const (
	maxWaiting = 1000 // updates, of all chats
	maxYielded = 64   // handlers that yielded and still run
)

// chatQueues keeps the order within a chat while a slow handler in one does not hold another.
type chatQueues struct {
	run   func(ctx context.Context, in Incoming)
	queue int

	workers chan struct{}
	yielded chan struct{}
	wg      sync.WaitGroup

	mu      sync.Mutex
	waiting int
	chats   map[int64]*chatQueue // a chat that is here has a goroutine
}

// chatQueue is what waits of one chat, and what found no place.
type chatQueue struct {
	waiting []Incoming
	refused int      // since it was last said
	first   Incoming // of the refused: it stands for all of them
}

func newChatQueues(workers, queue int, run func(context.Context, Incoming)) *chatQueues {
	return &chatQueues{
		run: run, queue: queue, workers: make(chan struct{}, workers), yielded: make(chan struct{}, maxYielded),
		chats: map[int64]*chatQueue{},
	}
}

// place is what became of an update that was to be added.
type place int

const (
	placed   place = iota
	standsIn       // refused, the first of its chat: it comes after what waits, for all that are refused until then
	refused        // one more
)

// add takes an update, and never waits. It refuses one when the chat, or all together, have too many; what was taken before a
// crash always has a place.
func (l *chatQueues) add(ctx context.Context, in Incoming) place {
	key := int64(in.Chat.ID)
	if key == 0 {
		key = int64(in.User.ID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q, running := l.chats[key]
	if !running {
		q = &chatQueue{}
	}
	full := len(q.waiting) >= l.queue || l.waiting >= maxWaiting
	switch {
	case full && !in.Interrupted && !running: // others have all the places
		return refused
	case full && !in.Interrupted:
		return q.refuse(in)
	}
	l.waiting++
	l.chats[key] = q
	q.waiting = append(q.waiting, in)
	if !running {
		l.wg.Go(func() { l.drain(ctx, key) })
	}
	return placed
}

func (q *chatQueue) refuse(in Incoming) place {
	if q.refused++; q.refused > 1 {
		return refused
	}
	q.first = in
	return standsIn
}

// take is the next update, if there is one: what waits, then what stands for the refused.
func (q *chatQueue) take() (in Incoming, waited, ok bool) {
	switch {
	case len(q.waiting) > 0:
		in, q.waiting = q.waiting[0], q.waiting[1:]
		return in, true, true
	case q.refused > 0:
		in, in.Refused = q.first, q.refused
		q.first, q.refused = Incoming{}, 0
		return in, false, true
	}
	return Incoming{}, false, false
}

// drain handles a chat's updates until none waits.
func (l *chatQueues) drain(ctx context.Context, key int64) {
	for {
		in, more := l.next(ctx, key)
		if !more {
			return
		}
		select {
		case l.workers <- struct{}{}:
		case <-ctx.Done():
			continue
		}
		work := &turn{workers: l.workers, holds: true}
		in.wait = work.wait
		l.step(ctx, in)
		work.end()
	}
}

// turn is one handler's place among those who work. It is given back while the handler waits for Telegram, so that chats which
// take nothing do not hold the others, and for good when the handler yields or returns.
type turn struct {
	workers chan struct{}

	mu    sync.Mutex
	holds bool
	takes bool // one of the handler's goroutines is taking it back
	waits int  // how many of them wait
	over  bool
}

// wait gives the place to others while f runs.
func (t *turn) wait(f func()) {
	t.mu.Lock()
	t.waits++
	t.free()
	t.mu.Unlock()
	defer t.goOn()
	f()
}

func (t *turn) goOn() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waits--; t.waits > 0 || t.over || t.holds || t.takes {
		return
	}
	t.takes = true
	t.mu.Unlock()
	t.workers <- struct{}{}
	t.mu.Lock()
	t.takes = false
	if t.over || t.waits > 0 {
		<-t.workers // nobody needs it now
		return
	}
	t.holds = true
}

func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.free()
}

// free gives the place back, if it is held. The caller holds mu.
func (t *turn) free() {
	if t.holds {
		t.holds = false
		<-t.workers
	}
}

func (l *chatQueues) next(ctx context.Context, key int64) (Incoming, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.chats[key]
	if ctx.Err() != nil {
		l.waiting -= len(q.waiting)
		delete(l.chats, key)
		return Incoming{}, false
	}
	in, waited, ok := q.take()
	if waited {
		l.waiting--
	}
	if !ok {
		delete(l.chats, key)
	}
	return in, ok
}

// step runs one handler, until it returns or yields.
func (l *chatQueues) step(ctx context.Context, in Incoming) {
	over := make(chan struct{})
	free := make(chan struct{})
	var once sync.Once
	queued := false
	in.yield = func() {
		once.Do(func() {
			select {
			case l.yielded <- struct{}{}:
				queued = true
				close(free)
			default:
			}
		})
	}
	l.wg.Go(func() {
		defer close(over)
		l.run(ctx, in)
		once.Do(func() {}) // a yield from now on is too late
		if queued {
			<-l.yielded
		}
	})
	select {
	case <-over:
	case <-free:
	}
}

// wait blocks until all handlers have returned.
func (l *chatQueues) wait() { l.wg.Wait() }
