package app

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"opsbot"
	"opsbot/config"
	"opsbot/inbound"
)

// source is one system that sends events, with all that opsbot has of it.
type source struct {
	cfg     *config.Inbound
	client  inbound.Client // nil: it cannot be asked
	watcher *inbound.Watcher
	hook    http.Handler // nil: it takes none
	close   func()
}

// sources are those of the configuration that holds.
type sources struct {
	set     atomic.Pointer[[]*source]
	changed chan struct{}
	note    func(ctx context.Context, s *source) // that a source was heard, for the next start
}

// notePace is how often it is noted when a source was last heard: how long opsbot was away is known to that.
const notePace = time.Minute

func newSources() *sources {
	s := &sources{changed: make(chan struct{}, 1)}
	s.set.Store(&[]*source{})
	return s
}

func (s *sources) all() []*source { return *s.set.Load() }

func (s *sources) named(name string) *source {
	for _, one := range s.all() {
		if one.cfg.Name == name {
			return one
		}
	}
	return nil
}

// replace puts other sources in place of those that there are.
func (s *sources) replace(next []*source) {
	s.set.Store(&next)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// run watches the sources until ctx ends.
func (s *sources) run(ctx context.Context) error {
	for ctx.Err() == nil {
		s.watch(ctx)
	}
	return nil
}

// watch watches the present sources until there are others.
func (s *sources) watch(ctx context.Context) {
	now := s.all()
	turn, cancel := context.WithCancel(ctx)
	var open sync.WaitGroup
	for _, one := range now {
		open.Go(func() { _ = one.watcher.Run(turn) }) // it never errs
	}
	tick := time.NewTicker(notePace)
	defer tick.Stop()
	for changed := false; !changed; {
		select {
		case <-ctx.Done():
			changed = true
		case <-s.changed:
			changed = true
		case <-tick.C:
		}
		for _, one := range now {
			s.note(context.WithoutCancel(ctx), one)
		}
	}
	cancel()
	open.Wait()
	for _, one := range now {
		one.close()
	}
}

// ServeHTTP takes the hooks of sources, by the name in the path. Whoever names none that takes hooks hears as much as who has
// the wrong secret.
func (s *sources) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if one := s.named(r.PathValue("source")); one != nil && one.hook != nil {
		one.hook.ServeHTTP(w, r)
		return
	}
	http.Error(w, "the secret is missing or wrong", http.StatusUnauthorized)
}

// SourceStates implements ops.Sources.
func (s *sources) SourceStates() []opsbot.SourceState {
	var out []opsbot.SourceState
	for _, one := range s.all() {
		out = append(out, one.watcher.State())
	}
	return out
}

// sink hands what sources say to the book.
type sink struct{ app *App }

// Events implements inbound.Sink.
func (s sink) Events(ctx context.Context, changed []opsbot.Event) error {
	return s.app.book.HandleEvents(ctx, changed...)
}

// Source implements inbound.Sink.
func (s sink) Source(ctx context.Context, name string, why opsbot.Reason) error {
	return s.app.book.SetSource(ctx, name, why)
}
