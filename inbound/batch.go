package inbound

import (
	"context"
	"slices"
	"sync"

	"opsbot/model"
)

// writing is a change of events at a source: of one, and of many in one call where the source can; then all is not nil.
type writing struct {
	one func(ctx context.Context, e *model.Event) error
	all func(ctx context.Context, all []model.Event) error
}

// atOnce is how many events are written before the source is asked for more.
func (d *syncer) atOnce() int {
	if _, can := d.target.Writer.(Batcher); can {
		return MaxBatch
	}
	return acksAtOnce
}

// write changes events, in as few calls as the source takes; the errors are in the order of the events. Where it declines many in one
// call they are tried in halves: only those that are the cause are declined.
func (d *syncer) write(ctx context.Context, some []*model.Event, w writing) []error {
	if w.all == nil || len(some) == 1 {
		return d.writeEach(ctx, some, w)
	}
	events := make([]model.Event, len(some))
	for i, e := range some {
		events[i] = *e
	}
	err := d.call(ctx, func(ctx context.Context) error { return w.all(ctx, events) })
	if err != nil && AsFault(err).Reason.Code == model.ReasonSourceDeclines {
		half := len(some) / 2
		return append(d.write(ctx, some[:half], w), d.write(ctx, some[half:], w)...)
	}
	return slices.Repeat([]error{err}, len(some))
}

// writeEach changes events by a call each, concurrently.
func (d *syncer) writeEach(ctx context.Context, some []*model.Event, w writing) []error {
	errs := make([]error, len(some))
	var all sync.WaitGroup
	for i, e := range some {
		all.Go(func() {
			errs[i] = d.call(ctx, func(ctx context.Context) error { return w.one(ctx, e) })
		})
	}
	all.Wait()
	return errs
}
