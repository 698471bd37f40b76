package app

import (
	"context"
	"net/http"
	"sync"
)

// door answers the requests of a listener with a handler that can be replaced. It is safe for concurrent use.
type door struct {
	mu  sync.Mutex
	now *answering
}

// answering is a handler and the requests that it is answering.
type answering struct {
	http.Handler
	open sync.WaitGroup
}

func newDoor(first http.Handler) *door { return &door{now: &answering{Handler: first}} }

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	h := d.now
	h.open.Add(1) // under the lock: replace waits for what has entered, and nothing enters behind it
	d.mu.Unlock()
	defer h.open.Done()
	h.ServeHTTP(w, r)
}

// replace has later requests answered by another handler. It returns what waits until those of the one before are answered, or ctx ends.
func (d *door) replace(next http.Handler) (wait func(ctx context.Context)) {
	d.mu.Lock()
	old := d.now
	d.now = &answering{Handler: next}
	d.mu.Unlock()
	return func(ctx context.Context) {
		answered := make(chan struct{})
		go func() {
			old.open.Wait()
			close(answered)
		}()
		select {
		case <-answered:
		case <-ctx.Done():
		}
	}
}
