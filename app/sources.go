package app

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/config"
	"opsbot/inbound"
	"opsbot/model"
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
	hooking sync.RWMutex                         // held for reading while a hook is taken, for writing while sources are exchanged
	running atomic.Bool                          // run has begun
	swap    chan chan struct{}                   // asks run to stop its watchers: the channel is told when that is done, and closed when there are new ones
	over    chan struct{}                        // closed when run has ended
	note    func(ctx context.Context, s *source) // that a source was heard, for the next start
}

// notePace is how often it is noted when a source was last heard: how long opsbot was away is known to that.
const notePace = time.Minute

func newSources() *sources {
	s := &sources{swap: make(chan chan struct{}), over: make(chan struct{})}
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

// exchange puts what build makes in place of the sources that there are; on an error these stay. What is taken up of the past
// is read when nobody writes to it any more.
func (s *sources) exchange(ctx context.Context, build func() ([]*source, error)) error {
	if s.running.Load() {
		stopped := make(chan struct{})
		select {
		case s.swap <- stopped:
			<-stopped
			defer close(stopped)
		case <-s.over: // we stop
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.hooking.Lock()
	defer s.hooking.Unlock()
	next, err := build()
	if err != nil {
		return err
	}
	old := s.all()
	s.set.Store(&next)
	for _, one := range old {
		one.close()
	}
	return nil
}

// run watches the sources until ctx ends.
func (s *sources) run(ctx context.Context) error {
	s.running.Store(true)
	defer close(s.over)
	for ctx.Err() == nil {
		if swapped := s.watch(ctx); swapped != nil {
			swapped <- struct{}{}
			<-swapped
		}
	}
	for _, one := range s.all() {
		one.close()
	}
	return nil
}

// watch watches the present sources until ctx ends, or somebody wants to exchange them.
func (s *sources) watch(ctx context.Context) (swap chan struct{}) {
	now := s.all()
	turn, cancel := context.WithCancel(ctx)
	var open sync.WaitGroup
	for _, one := range now {
		open.Go(func() { _ = one.watcher.Run(turn) }) // it never errs
	}
	tick := time.NewTicker(notePace)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case swap = <-s.swap:
			done = true
		case <-tick.C:
		}
		for _, one := range now {
			s.note(context.WithoutCancel(ctx), one)
		}
	}
	cancel()
	open.Wait()
	return swap
}

// ServeHTTP takes the hooks of sources, by the name in the path. Whoever names none that takes hooks hears as much as who has
// the wrong secret.
func (s *sources) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.hooking.RLock()
	defer s.hooking.RUnlock()
	if one := s.named(r.PathValue("source")); one != nil && one.hook != nil {
		one.hook.ServeHTTP(w, r)
		return
	}
	http.Error(w, "the secret is missing or wrong", http.StatusUnauthorized)
}

// SourceStates implements ops.Sources.
func (s *sources) SourceStates() []model.SourceState {
	var out []model.SourceState
	for _, one := range s.all() {
		out = append(out, one.watcher.State())
	}
	return out
}

// sink hands what sources say to the book.
type sink struct{ app *App }

// Events implements inbound.Sink.
func (s sink) Events(ctx context.Context, changed []model.Event) error {
	return s.app.manager.HandleEvents(ctx, changed...)
}

// Source implements inbound.Sink.
func (s sink) Source(ctx context.Context, name string, why model.Reason) error {
	return s.app.manager.SetSource(ctx, name, why)
}
