package app

import (
	"context"
	"sync"

	"opsbot/model"
	"opsbot/notify"
)

// gate holds back all that speaks to people and other systems while it is not sure that this process leads. A nil gate is open. It is safe
// for concurrent use.
type gate struct {
	valid func() bool // whether the process leads for sure, now

	mu     sync.Mutex
	leads  context.Context //nolint:containedctx // what is under way ends with it; ended while the gate is closed
	end    context.CancelFunc
	opened chan struct{} // closed when the gate opens next
}

func newGate(valid func() bool) *gate {
	g := &gate{valid: valid, opened: make(chan struct{})}
	g.leads, g.end = context.WithCancel(context.Background())
	g.end()
	return g
}

// open lets what waits go on.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leads.Err() == nil {
		return
	}
	g.leads, g.end = context.WithCancel(context.Background())
	close(g.opened)
	g.opened = make(chan struct{})
}

// close holds back what comes, and cuts off what is under way.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end()
}

// isOpen reports whether one may speak now. A process that was frozen finds the gate closed when it wakes, before anybody closes it.
func (g *gate) isOpen() bool {
	if g == nil {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.leads.Err() == nil && g.valid()
}

// wait waits until the gate is open, and returns a context that ends when it closes; the error is that of ctx.
func (g *gate) wait(ctx context.Context) (context.Context, error) {
	if g == nil {
		return context.Background(), nil //nolint:contextcheck // it never closes
	}
	for {
		g.mu.Lock()
		leads, opened := g.leads, g.opened
		if leads.Err() == nil && !g.valid() {
			g.end()
		}
		g.mu.Unlock()
		if leads.Err() == nil {
			return leads, nil
		}
		select {
		case <-opened:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// gated is a channel behind a gate.
type gated struct {
	notify.Channel
	gate *gate
}

// Deliver implements notify.Channel.
func (c gated) Deliver(ctx context.Context, n model.Notification, card model.Card) (model.Receipt, error) {
	leads, err := c.gate.wait(ctx)
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendNotSent, Err: err}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(leads, cancel)()
	return c.Channel.Deliver(ctx, n, card)
}
