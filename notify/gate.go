package notify

import (
	"context"
	"slices"
	"sync"
)

// gate bounds how many deliveries a channel has at once. Whoever waits with something critical goes first; within the
// same rank, who came first.
type gate struct {
	mu       sync.Mutex
	free     int
	critical []chan struct{}
	rest     []chan struct{}
}

func newGate(places int) *gate { return &gate{free: places} }

// enter waits for a place; its error is the context's.
func (g *gate) enter(ctx context.Context, critical bool) error {
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		return nil
	}
	queue := &g.rest
	if critical {
		queue = &g.critical
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
func (g *gate) giveUp(queue *[]chan struct{}, turn chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(*queue, turn); i >= 0 {
		*queue = slices.Delete(*queue, i, i+1)
		return
	}
	g.pass()
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pass()
}

func (g *gate) pass() {
	for _, queue := range []*[]chan struct{}{&g.critical, &g.rest} {
		if len(*queue) > 0 {
			close((*queue)[0])
			*queue = (*queue)[1:]
			return
		}
	}
	g.free++
}
