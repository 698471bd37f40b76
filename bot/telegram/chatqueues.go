package telegram

import (
	"context"
	"sync"
)

// Bounds on what may wait or run, whatever people send. Each known chat has at least one place: how many there are is up to who runs the
// bot. Strangers have places of their own, and take none of the others'.
const (
	maxWaiting   = 1000 // updates of known chats
	maxStrangers = 100  // updates of all other chats
	maxYielded   = 64   // handlers that yielded and still run
)

// chatQueues keeps the order within a chat while a slow handler in one does not hold another.
type chatQueues struct {
	run   func(ctx context.Context, in Incoming)
	queue int

	workers chan struct{}
	yielded chan struct{}
	wg      sync.WaitGroup

	mu      sync.Mutex
	waiting map[bool]int         // updates, by whether their chat is a stranger's
	chats   map[int64]*chatQueue // a chat that is here has a goroutine
}

// chatQueue is what waits of one chat, and what found no place.
type chatQueue struct {
	stranger bool // as it was when the first came
	waiting  []Incoming
	refused  int      // since it was last said
	first    Incoming // of the refused: it stands for all of them
}

func newChatQueues(workers, queue int, run func(context.Context, Incoming)) *chatQueues {
	return &chatQueues{
		run: run, queue: queue, workers: make(chan struct{}, workers), yielded: make(chan struct{}, maxYielded),
		waiting: map[bool]int{}, chats: map[int64]*chatQueue{},
	}
}

// place is what became of an update that was to be added.
type place int

const (
	placed   place = iota
	standsIn       // refused, the first of its chat: it comes after what waits, for all that are refused until then
	refused        // one more
)

// added is what came of an update, and what lost its place to it.
type added struct {
	place     place
	displaced *Incoming // of the chat with most updates: it stands for what is refused there
	replaced  *Incoming // stood for that before; nil is none
}

// add takes an update, and never waits. It refuses one when its chat has too many. When all known chats together have, the one with
// most gives a place away, and is told so: who floods costs nobody else an answer. What was taken before a crash always has a place.
func (l *chatQueues) add(ctx context.Context, in Incoming, stranger bool) (a added) {
	key := int64(in.Chat.ID)
	if key == 0 {
		key = int64(in.User.ID)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q, running := l.chats[key]
	if !running {
		q = &chatQueue{stranger: stranger}
	}
	switch {
	case in.Interrupted:
	case len(q.waiting) >= l.queue:
		return added{place: q.refuse(in)}
	case q.stranger && l.waiting[true] >= maxStrangers:
		return added{place: refused}
	case !q.stranger && l.waiting[false] >= maxWaiting:
		longest := l.longest()
		if longest == q {
			return added{place: q.refuse(in)}
		}
		a = l.displace(longest)
	}
	l.waiting[q.stranger]++
	l.chats[key] = q
	q.waiting = append(q.waiting, in)
	if !running {
		l.wg.Go(func() { l.drain(ctx, key) })
	}
	return a
}

// longest is the known chat with most updates of which the newest may be refused; nil if none has more than one. The caller holds mu.
func (l *chatQueues) longest() (longest *chatQueue) {
	for _, q := range l.chats {
		n := len(q.waiting)
		if !q.stranger && n > 1 && !q.waiting[n-1].Interrupted && (longest == nil || n > len(longest.waiting)) {
			longest = q
		}
	}
	return longest
}

// displace refuses the newest update of a chat; nil: there is none to refuse. The caller holds mu.
func (l *chatQueues) displace(q *chatQueue) (a added) {
	if q == nil {
		return added{}
	}
	newest := q.waiting[len(q.waiting)-1]
	q.waiting = q.waiting[:len(q.waiting)-1]
	l.waiting[q.stranger]--
	if q.refused > 0 {
		before := q.first
		a.replaced = &before
	}
	q.refused++
	q.first = newest
	a.displaced = &newest
	return a
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
		in, over, more := l.next(ctx, key)
		if !more {
			return
		}
		select {
		case l.workers <- struct{}{}:
			over()
		case <-ctx.Done():
			over()
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

// next is the next update of a chat. It has its place until over is called: when it is handled.
func (l *chatQueues) next(ctx context.Context, key int64) (in Incoming, over func(), more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.chats[key]
	if ctx.Err() != nil {
		l.waiting[q.stranger] -= len(q.waiting)
		delete(l.chats, key)
		return Incoming{}, nil, false
	}
	in, waited, ok := q.take()
	if !ok {
		delete(l.chats, key)
	}
	return in, func() { l.leave(q.stranger, waited) }, ok
}

// leave frees the place of an update that had one.
func (l *chatQueues) leave(stranger, waited bool) {
	if !waited {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[stranger]--
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
