package notify

import (
	"context"
	"slices"
	"sync"
)

// gate bounds how many deliveries a channel has at once. Whoever waits with something critical goes first; within the
// same rank, who came first. A quarter of the places is for what is critical alone: a delivery may hold its place for as long as
// its chat's budget makes it wait, and a storm in many chats must not hold them all.
type semaphore struct {
	mu       sync.Mutex
	free     int
	kept     int // of the free places, those for what is critical
	critical []chan struct{}
	rest     []chan struct{}
}

func newSemaphore(places int) *semaphore { return &semaphore{free: places, kept: places / 4} }

// enter waits for a place; its error is the context's.
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

// giveUp leaves the queue; a place that was given meanwhile goes to the next.
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

// pass gives a place that became free to the next who may have it.
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
