package inbound

import (
	"context"
	"fmt"
	"sync"
	"time"

	"opsbot/model"
)

// maxQueue bounds the hints of a stream that wait for the Sink. Beyond it the oldest are dropped, and the source is polled.
const maxQueue = 20_000

// steady is how long a stream must have been open for its loss not to count as a repeated failure.
const steady = time.Minute

// stream reads the stream, and reopens it when it is lost. Hints are accepted at once, not after the poll that a new stream
// requests: a Ledger knows that a hint received during a poll is newer than the poll's answer.
func (w *Watcher) stream(ctx context.Context, s Streamer) {
	for failures := 0; ctx.Err() == nil; {
		opened, err := w.listen(ctx, s)
		if ctx.Err() != nil {
			return
		}
		if failures++; !opened.IsZero() && w.o.Now().Sub(opened) >= steady {
			failures = 1
		}
		if w.connection.streaming(w.o.Redact.Reason(AsFault(err).Reason)) {
			w.o.Log(fmt.Errorf("listen: %w", err))
		}
		pause(ctx, backoff(failures))
	}
}

// listen reads one stream until it is lost; opened is zero if it was never ready.
func (w *Watcher) listen(ctx context.Context, s Streamer) (opened time.Time, err error) {
	defer caught(&err)
	ready := func() {
		opened = w.o.Now()
		w.connection.streaming(model.Reason{})
		w.Wake()
	}
	receive := func(e model.Event) {
		if w.hints.put(e) {
			w.Wake()
		}
	}
	if err = s.Stream(ctx, ready, receive); err == nil {
		err = fmt.Errorf("the stream ended")
	}
	return opened, err
}

// drain passes the hints of the stream to the Ledger, in batches.
func (w *Watcher) drain(ctx context.Context) {
	for {
		batch := w.hints.take(ctx)
		if batch == nil { // a signal for hints of the previous batch, or the end
			if ctx.Err() != nil {
				return
			}
			continue
		}
		for failures := 1; ; failures++ {
			err := w.ledger.Receive(ctx, batch...)
			if err == nil || ctx.Err() != nil {
				break
			}
			w.o.Log(fmt.Errorf("accept streamed events: %w", err))
			pause(ctx, backoff(failures))
		}
	}
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// queue is a bounded queue of hints. It is safe for concurrent use.
type queue struct {
	most  int
	ready chan struct{} // has one if something waits

	mu    sync.Mutex
	items []model.Event
}

func newQueue(most int) *queue { return &queue{most: most, ready: make(chan struct{}, 1)} }

// put adds a hint, and reports whether older ones were dropped for it.
func (q *queue) put(e model.Event) (dropped bool) {
	q.mu.Lock()
	if dropped = len(q.items) >= q.most; dropped {
		q.items = append(q.items[:0], q.items[q.most/2:]...)
	}
	q.items = append(q.items, bounded(e))
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return dropped
}

// take waits for hints and returns all of them, in their order; nil if ctx ended.
func (q *queue) take(ctx context.Context) []model.Event {
	select {
	case <-ctx.Done():
		return nil
	case <-q.ready:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}
