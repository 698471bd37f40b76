package notify

import (
	"context"
	"slices"
	"sync"
)

// semaphore bounds the concurrent deliveries of a channel. Critical notifications go first; within the same rank, in order of
// arrival. A quarter of the slots is only for critical ones: a delivery may hold its slot for as long as its chat's rate limit
// makes it wait, and a storm in many chats must not take them all.
type semaphore struct {
	mu       sync.Mutex
	free     int
	kept     int // free slots reserved for critical ones
	critical []chan struct{}
	rest     []chan struct{}
}

func newSemaphore(places int) *semaphore { return &semaphore{free: places, kept: places / 4} }

// enter waits for a slot; its error is the context's.
func (g *semaphore) enter(ctx context.Context, critical bool) error {
	g.mu.Lock()
	queue, kept := &g.rest, g.kept
	if critical {
		queue, kept = &g.critical, 0
	}
	if g.free > kept {
		g.free--
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	*queue = append(*queue, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.giveUp(queue, turn)
		return ctx.Err()
	}
}

// giveUp leaves the queue; a slot that was assigned meanwhile goes to the next.
func (g *semaphore) giveUp(queue *[]chan struct{}, turn chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(*queue, turn); i >= 0 {
		*queue = slices.Delete(*queue, i, i+1)
		return
	}
	g.pass()
}

func (g *semaphore) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pass()
}

// pass assigns a free slot to the next in line.
func (g *semaphore) pass() {
	g.free++
	queue := &g.critical
	if len(*queue) == 0 && g.free > g.kept {
		queue = &g.rest
	}
	if len(*queue) > 0 {
		close((*queue)[0])
		*queue = (*queue)[1:]
		g.free--
	}
}
