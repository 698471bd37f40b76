package telegram

import (
	"context"
	"errors"
	"sync"
	"time"

	"opsbot/model"
)

// queue decides who sends next: by priority, then the chat that was served longest ago, then the order of asking. One
// message at a time goes to a chat, so that its order is kept; what is sent aside frees its chat when it sets out.
type queue struct {
	clock    Clock
	limits   Limits
	patience time.Duration
	start    time.Time

	mu      sync.Mutex
	all     *window
	chats   map[model.ChatID]*budget
	waiting []*ticket
	asked   uint64
	served  uint64
	changed chan struct{} // closed and replaced when a chat becomes free or is paused
}

// budget is one chat's.
type budget struct {
	windows []*window // of the chat, and of a group
	until   time.Time // nothing is sent till then: a 429 said so
	asked   time.Time // till when it said; later than until if one call is made before
	busy    bool      // a message is on its way
	served  uint64
	last    time.Time
}

// pause keeps the chat waiting for so long. Of answers to calls at the same time the longest wait holds; what is said after a wait
// was interrupted is newer than what was said before.
func (b *budget) pause(pause time.Duration, now time.Time) {
	if pause <= 0 {
		return
	}
	if !b.until.After(now) {
		b.asked = time.Time{}
	}
	b.until = latest(b.until, now.Add(min(pause, model.MostWait)))
	b.asked = latest(b.asked, now.Add(pause))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// askedUntil is until when a chat asked to be left alone.
func (q *queue) askedUntil(chat model.ChatID) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.budget(chat).asked
}

// interrupted ends a wait that a call has shown to be over before its time, and reports whether there was one.
func (q *queue) interrupted(chat model.ChatID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	b, now := q.budget(chat), q.clock.Now()
	if b.until.After(now) || !b.asked.After(now) {
		return false
	}
	b.asked = time.Time{}
	return true
}

// ticket is one message's place; a message that is tried again keeps it.
type ticket struct {
	chat     model.ChatID
	priority Priority
	asked    uint64
	ready    chan struct{} // closed when it may go
}

func newQueue(clock Clock, limits Limits, patience time.Duration) *queue {
	now := clock.Now()
	return &queue{
		clock: clock, limits: limits, patience: patience, start: now,
		all: newWindow(limits.All, now), chats: map[model.ChatID]*budget{}, changed: make(chan struct{}),
	}
}

// enter takes a place; ErrDropped when the message may be dropped and the budget is short.
func (q *queue) enter(chat model.ChatID, p Priority) (*ticket, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p >= PriorityProgress && q.short(chat) {
		return nil, ErrDropped
	}
	q.asked++
	return &ticket{chat: chat, priority: p, asked: q.asked}, nil
}

// short reports whether the chat's budget, or that of all, is short, or others wait for it.
func (q *queue) short(chat model.ChatID) bool {
	now, b := q.clock.Now(), q.budget(chat)
	if b.busy || b.until.After(now) || q.all.short(now) {
		return true
	}
	for _, w := range b.windows {
		if w.short(now) {
			return true
		}
	}
	for _, t := range q.waiting {
		if t.chat == chat {
			return true
		}
	}
	return false
}

// wait blocks until the ticket may go; then the caller sends and calls done. A chat that is paused for longer than
// patience is reported at once, as a SendFlood.
func (q *queue) wait(ctx context.Context, t *ticket) error {
	q.join(t)
	for {
		d, changed := q.pick(t)
		if d > q.patience {
			if q.leave(t) {
				return q.paused(t.chat, d)
			}
			return nil
		}
		select {
		case <-t.ready:
			return nil
		case <-changed:
		case <-q.clock.After(d):
		case <-ctx.Done():
			if !q.leave(t) {
				q.done(t.chat, 0)
			}
			return q.gaveUp(ctx, t.chat)
		}
	}
}

func (q *queue) join(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.ready = make(chan struct{})
	q.waiting = append(q.waiting, t)
}

// paused is the error of a message that would have to wait for too long.
func (q *queue) paused(chat model.ChatID, wait time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked := max(wait, q.budget(chat).asked.Sub(q.clock.Now()))
	return &model.SendError{Failure: model.SendFlood, RetryAfter: asked, Probe: wait, Err: errors.New("the chat is paused")}
}

// gaveUp is the error of a message whose caller would not wait any longer.
func (q *queue) gaveUp(ctx context.Context, chat model.ChatID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	failure := &model.SendError{Failure: model.SendNotSent, Err: ctx.Err()}
	b, now := q.budget(chat), q.clock.Now()
	if pause := b.until.Sub(now); pause > 0 {
		failure.Failure, failure.RetryAfter, failure.Probe = model.SendFlood, max(pause, b.asked.Sub(now)), pause
	}
	return failure
}

// pick lets everybody go who can, and returns how long the ticket has to wait for its budget at least.
func (q *queue) pick(t *ticket) (time.Duration, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	for q.all.wait(now, PriorityReply) == 0 {
		best := -1
		for i, w := range q.waiting {
			if q.delay(w, now) == 0 && !q.budget(w.chat).busy && (best < 0 || q.before(w, q.waiting[best])) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		q.grant(best, now)
	}
	d := q.delay(t, now)
	if d == 0 {
		// It waits for a message on its way, whose end is a change. A look once in a while costs nothing.
		d = time.Second
	}
	return d, q.changed
}

func (q *queue) before(a, b *ticket) bool {
	if a.priority != b.priority {
		return a.priority < b.priority
	}
	if x, y := q.budget(a.chat).served, q.budget(b.chat).served; x != y {
		return x < y
	}
	return a.asked < b.asked
}

func (q *queue) grant(i int, now time.Time) {
	t := q.waiting[i]
	q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
	b := q.budget(t.chat)
	q.served++
	b.busy, b.served, b.last = true, q.served, now
	q.all.take(now)
	for _, w := range b.windows {
		w.take(now)
	}
	close(t.ready)
}

// delay is how long a message has to wait for its chat and for what all may send, whoever else waits.
func (q *queue) delay(t *ticket, now time.Time) time.Duration {
	b := q.budget(t.chat)
	d := max(0, b.until.Sub(now), q.all.wait(now, t.priority))
	for _, w := range b.windows {
		d = max(d, w.wait(now, t.priority))
	}
	return d
}

// leave gives the place up; false when the ticket may go already.
func (q *queue) leave(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, w := range q.waiting {
		if w == t {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// done frees the chat, which is paused for so long when a 429 said so.
func (q *queue) done(chat model.ChatID, pause time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b, now := q.budget(chat), q.clock.Now()
	b.busy = false
	for _, w := range b.windows {
		w.settle(now)
	}
	b.pause(pause, now)
	close(q.changed)
	q.changed = make(chan struct{})
}

// pause leaves a chat alone for so long, whoever sends to it now.
func (q *queue) pause(chat model.ChatID, pause time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.budget(chat).pause(pause, q.clock.Now())
	close(q.changed)
	q.changed = make(chan struct{})
}

// Chats that were written to lately are remembered; strangers come and go.
const (
	manyChats = 4096
	idleChat  = 5 * time.Minute
)

func (q *queue) budget(chat model.ChatID) *budget {
	if b := q.chats[chat]; b != nil {
		return b
	}
	if len(q.chats) >= manyChats {
		q.forget()
	}
	b := &budget{windows: []*window{newWindow(q.limits.Chat, q.start)}, last: q.clock.Now()}
	if chat < 0 {
		b.windows = append(b.windows, newWindow(q.limits.Group, q.start))
	}
	q.chats[chat] = b
	return b
}

func (q *queue) forget() {
	now := q.clock.Now()
	for chat, b := range q.chats {
		if !b.busy && now.Sub(b.last) > idleChat && !b.until.After(now) {
			delete(q.chats, chat)
		}
	}
}
