package ops

import (
	"context"
	"sync"
)

// running are things at work, by name. The zero value is ready to use.
type running struct {
	mu  sync.Mutex
	all map[string][]chan struct{}
}

// begin notes one of a name until end is called.
func (r *running) begin(name string) (end func()) {
	done := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string][]chan struct{}{}
	}
	r.all[name] = append(r.all[name], done)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.remove(name, done)
		close(done)
	}
}

func (r *running) remove(name string, done chan struct{}) {
	var rest []chan struct{}
	for _, one := range r.all[name] {
		if one != done {
			rest = append(rest, one)
		}
	}
	if r.all[name] = rest; len(rest) == 0 {
		delete(r.all, name)
	}
}

// wait returns when those of a name that are at work now have ended, or with the error of ctx. waiting is called once if there are any.
func (r *running) wait(ctx context.Context, name string, waiting func()) error {
	r.mu.Lock()
	all := append([]chan struct{}(nil), r.all[name]...)
	r.mu.Unlock()
	if len(all) > 0 {
		waiting()
	}
	for _, done := range all {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
