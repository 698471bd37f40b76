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
	chats   map[int64][]Incoming // a chat that is here has a goroutine
}

func newChatQueues(workers, queue int, run func(context.Context, Incoming)) *chatQueues {
	return &chatQueues{
		run: run, queue: queue, workers: make(chan struct{}, workers), yielded: make(chan struct{}, maxYielded),
		chats: map[int64][]Incoming{},
	}
}

// add takes an update, and never waits. It reports false when the chat, or all together, have too many.
func (l *chatQueues) add(ctx context.Context, in Incoming) bool {
	key := int64(in.Chat.ID)
	if key == 0 {
		key = int64(in.User.ID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, running := l.chats[key]
	if len(waiting) >= l.queue || l.waiting >= maxWaiting {
		return false
	}
	l.waiting++
	l.chats[key] = append(waiting, in)
	if !running {
		l.wg.Go(func() { l.drain(ctx, key) })
	}
	return true
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
	waits int // how many of the handler's goroutines wait
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
	t.waits--
	rests := t.over || t.waits > 0
	t.mu.Unlock()
	if rests {
		return
	}
	t.workers <- struct{}{}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.holds || t.over || t.waits > 0 {
		<-t.workers // nobody needs it any more
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
	waiting := l.chats[key]
	if len(waiting) == 0 || ctx.Err() != nil {
		l.waiting -= len(waiting)
		delete(l.chats, key)
		return Incoming{}, false
	}
	l.waiting--
	l.chats[key] = waiting[1:]
	return waiting[0], true
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
