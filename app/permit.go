package app

import (
	"context"
	"sync"
	"time"

	"opsbot/model"
	"opsbot/notify"
)

// permit holds back all that speaks to people and other systems while it is not sure that this process leads. A nil permit is open. It is safe
// for concurrent use.
type permit struct {
	ends func() time.Time // until when the process leads for sure, as far as is known

	mu     sync.Mutex
	leads  context.Context //nolint:containedctx // what is under way ends with it; ended while the permit is closed
	end    context.CancelFunc
	opened chan struct{} // closed when the permit opens next
}

func newPermit(ends func() time.Time) *permit {
	g := &permit{ends: ends, opened: make(chan struct{})}
	g.leads, g.end = context.WithCancel(context.Background())
	g.end()
	return g
}

// open lets what waits go on.
func (g *permit) open() {
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
func (g *permit) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end()
}

// isOpen reports whether one may speak now. A process that was frozen finds the permit closed when it wakes, before anybody closes it.
func (g *permit) isOpen() bool {
	if g == nil {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.leads.Err() == nil && g.holds(0)
}

// holds reports whether the process leads for sure for a while yet.
func (g *permit) holds(yet time.Duration) bool { return time.Until(g.ends()) > yet }

// answerTime is how long an answer to a person takes at most, but for rare cases: Telegram's answer to two calls.
const answerTime = 2 * time.Second

// answers reports whether one may speak now, and most likely as long as an answer takes.
func (g *permit) answers() bool { return g == nil || g.isOpen() && g.holds(answerTime) }

// wait waits until the permit is open, and returns a context that ends when it closes; the error is that of ctx.
func (g *permit) wait(ctx context.Context) (context.Context, error) {
	if g == nil {
		return context.Background(), nil //nolint:contextcheck // it never closes
	}
	for {
		g.mu.Lock()
		leads, opened := g.leads, g.opened
		if leads.Err() == nil && !g.holds(0) {
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

// allow waits until the permit is open, and returns a context that ends when it closes or ctx does; done must be called. The error is that
// of ctx.
func (g *permit) allow(ctx context.Context) (allowed context.Context, done func(), err error) {
	leads, err := g.wait(ctx)
	if err != nil {
		return nil, nil, err
	}
	allowed, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(leads, cancel)
	return allowed, func() { forget(); cancel() }, nil
}

// permitted is a channel behind a permit.
type permitted struct {
	notify.Channel
	permit *permit
}

// Deliver implements notify.Channel.
func (c permitted) Deliver(ctx context.Context, n model.Notification, card model.Card) (model.Receipt, error) {
	ctx, done, err := c.permit.allow(ctx)
	if err != nil {
		return model.Receipt{}, &model.SendError{Failure: model.SendNotSent, Err: err}
	}
	defer done()
	return c.Channel.Deliver(ctx, n, card)
}
