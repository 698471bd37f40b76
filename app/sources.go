package app

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/config"
	"opsbot/inbound"
)

// source is one system that sends events.
type source struct {
	cfg     *config.Inbound
	client  inbound.Client // nil: it cannot be queried
	watcher *inbound.Watcher
	hook    http.Handler // nil: it has no webhook
	close   func()
}

// sources are the sources of the configuration in use. They are replaced as a whole.
type sources struct {
	set       atomic.Pointer[[]*source]
	receiving sync.RWMutex                         // read-locked while a webhook is handled, locked while sources are replaced
	running   atomic.Bool                          // run has begun
	replace   chan chan struct{}                   // asks run to stop its watchers: run sends when they have stopped, and goes on when the channel is closed
	ended     chan struct{}                        // closed when run has ended
	connected func(ctx context.Context, s *source) // notes that a source was connected, for the next start
}

// notePace is how often it is noted when a source was last connected: that bounds the error in how long opsbot was away.
const notePace = time.Minute

func newSources(connected func(ctx context.Context, s *source)) *sources {
	s := &sources{replace: make(chan chan struct{}), ended: make(chan struct{}), connected: connected}
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

// exchange replaces the sources by those that build makes; on an error they stay. build reads what is stored of the past when
// nobody writes to it any more.
func (s *sources) exchange(ctx context.Context, build func() ([]*source, error)) error {
	if s.running.Load() {
		stopped := make(chan struct{})
		select {
		case s.replace <- stopped:
			<-stopped
			defer close(stopped)
		case <-s.ended: // we stop
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.receiving.Lock()
	defer s.receiving.Unlock()
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
	defer close(s.ended)
	for ctx.Err() == nil {
		if stopped := s.watch(ctx); stopped != nil {
			stopped <- struct{}{}
			<-stopped
		}
	}
	for _, one := range s.all() {
		one.close()
	}
	return nil
}

// watch watches the sources until ctx ends, or until they are to be replaced: then it returns a channel to say so.
func (s *sources) watch(ctx context.Context) (stopped chan struct{}) {
	now := s.all()
	watching, cancel := context.WithCancel(ctx)
	var open sync.WaitGroup
	for _, one := range now {
		open.Go(func() { _ = one.watcher.Run(watching) }) // it never errs
	}
	tick := time.NewTicker(notePace)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case stopped = <-s.replace:
			done = true
		case <-tick.C:
		}
		for _, one := range now {
			s.connected(context.WithoutCancel(ctx), one)
		}
	}
	cancel()
	open.Wait()
	return stopped
}

// stranger answers for sources that there are not: as one whose secret nobody knows, so that names cannot be found by trying.
var stranger = inbound.NewHook(inbound.HookOptions{Now: time.Now})

// ServeHTTP handles the webhooks of sources, by the name in the path. A wrong name gets the same answer as a wrong secret.
func (s *sources) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.receiving.RLock()
	defer s.receiving.RUnlock()
	if one := s.named(r.PathValue("source")); one != nil && one.hook != nil {
		one.hook.ServeHTTP(w, r)
		return
	}
	stranger.ServeHTTP(w, r)
}
