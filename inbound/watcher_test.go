package inbound_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// system is a source in memory, of which a Watcher is the only user. Its non-nil errors are returned by its methods.
type system struct {
	mu      sync.Mutex
	active  []model.Event
	err     error
	panics  bool
	polls   int
	probes  int
	replays []model.Event
	marks   []string
	lines   chan model.Event // of the open stream
	cut     chan error
	closed  error // streams are refused with it
}

var errAway = &inbound.Fault{Reason: model.NewReason(model.ReasonSourceAway, "said", "refused"), Err: errors.New("refused")}

func (s *system) change(f func(*system)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// seen is what was requested so far.
func (s *system) seen() (polls, probes int, marks []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.polls, s.probes, slices.Clone(s.marks)
}

func (s *system) Probe(context.Context) (inbound.Probe, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probes++
	return inbound.Probe{Version: "1.2", Missing: []model.Reason{model.NewReason(model.ReasonSourceRight, "right", "x", "for", "ack")}}, s.err
}

func (s *system) Snapshot(context.Context) (inbound.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polls++
	if s.panics {
		return inbound.Snapshot{Events: s.active[99:]}, nil
	}
	return inbound.Snapshot{Events: slices.Clone(s.active), Absences: 1}, s.err
}

// streaming is a system with a stream.
type streaming struct{ *system }

func (s streaming) Stream(ctx context.Context, ready func(), receive func(model.Event)) error {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed != nil {
		return closed
	}
	ready()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.cut:
			return err
		case e := <-s.lines:
			receive(e)
		}
	}
}

// replaying is a system with a replay.
type replaying struct{ *system }

func (s replaying) Replay(_ context.Context, mark string) ([]model.Event, string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if mark == "" {
		return nil, "now", false, nil
	}
	if len(s.replays) == 0 {
		return nil, mark, false, nil
	}
	e := s.replays[0]
	s.replays = s.replays[1:]
	return []model.Event{e}, e.ID, len(s.replays) > 0, nil
}

func (s replaying) SaveMark(_ context.Context, _, mark string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks = append(s.marks, mark)
	return nil
}

// bubbleNow is the clock of a bubble, moved to the time of the tests' events.
func bubbleNow() time.Time {
	return time.Now().Add(start.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
}

// watched runs a test with a Watcher of a system, in a bubble with a clock of its own.
func watched(t *testing.T, change func(*inbound.WatcherOptions, *system), test func(*testing.T, *inbound.Watcher, *system, *disk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, d := &system{lines: make(chan model.Event), cut: make(chan error)}, newDisk()
		o := inbound.WatcherOptions{
			Name: "src", Kind: model.SourceIcinga, Client: s, Sink: d, Poll: 30 * time.Second, DisconnectedAfter: 5 * time.Minute, Now: bubbleNow,
		}
		if change != nil {
			change(&o, s)
		}
		w := inbound.NewWatcher(o)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			if err := w.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		test(t, w, s, d)
		cancel()
		group.Wait()
	})
}

// pass lets time pass in the bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestWatcherPolls(t *testing.T) {
	watched(t, func(_ *inbound.WatcherOptions, s *system) { s.active = []model.Event{event("a")} },
		func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
			if polls, _, _ := s.seen(); d.get("a").ID == "" || polls != 1 {
				t.Fatalf("after the start: %d polls, %+v", polls, d.known())
			}
			state := w.State()
			if state.Version != "1.2" || len(state.Missing) != 1 || state.Active != 1 || !state.Failing.IsZero() || state.Answered.IsZero() {
				t.Errorf("%+v", state)
			}
			pass(5 * time.Minute)
			if polls, probes, _ := s.seen(); polls != 11 || probes != 1 {
				t.Errorf("%d polls, %d probes", polls, probes)
			}
			pass(11 * time.Minute)
			if _, probes, _ := s.seen(); probes != 2 {
				t.Errorf("%d probes", probes)
			}
		})
}

func TestWatcherIsWokenOnceASecondAtMost(t *testing.T) {
	watched(t, nil, func(t *testing.T, w *inbound.Watcher, s *system, _ *disk) {
		for range 100 {
			w.Wake()
			pass(50 * time.Millisecond)
		}
		if polls, _, _ := s.seen(); polls < 5 || polls > 7 {
			t.Errorf("%d polls in 5 s", polls)
		}
	})
}

func TestHookWithAnEndIsFollowedByAPoll(t *testing.T) {
	watched(t, func(_ *inbound.WatcherOptions, s *system) { s.active = []model.Event{event("a")} },
		func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
			s.change(func(s *system) { s.active = nil })
			if err := w.Receive(t.Context(), []model.Event{over("a")}, false); err != nil {
				t.Fatal(err)
			}
			if e := d.get("a"); e.End != model.EndUnconfirmed || w.State().LastHook.IsZero() {
				t.Errorf("%+v", e)
			}
			pass(time.Second)
			if e := d.get("a"); e.End != model.EndConfirmed {
				t.Errorf("%+v", e)
			}
		})
}

func TestSilenceIsNotifiedOnceAndTakenBack(t *testing.T) {
	watched(t, nil, func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
		s.change(func(s *system) { s.err = errAway })
		pass(4 * time.Minute)
		state := w.State()
		if got := d.syncState(); len(got) != 1 || !got[0].IsZero() || state.Failing.Code != model.ReasonSourceAway || state.Disconnected {
			t.Fatalf("reported too early: %+v, %+v", got, state)
		}
		pass(20 * time.Minute)
		if got := d.syncState(); len(got) != 2 || got[1].Code != model.ReasonSourceAway || !w.State().Disconnected {
			t.Fatalf("reported %+v", got)
		}
		s.change(func(s *system) { s.err = nil })
		pass(time.Minute)
		state = w.State()
		if got := d.syncState(); len(got) != 3 || !got[2].IsZero() || state.Disconnected || !state.Failing.IsZero() {
			t.Fatalf("reported %+v", got)
		}
		if state.FoundAt.Sub(state.LostAt) < 20*time.Minute {
			t.Errorf("away from %v to %v", state.LostAt, state.FoundAt)
		}
	})
}

func TestSilenceIsNotifiedWhenTheDiskIsBack(t *testing.T) {
	watched(t, nil, func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
		s.change(func(s *system) { s.err = errAway })
		d.fail(errDisk)
		pass(10 * time.Minute)
		d.fail(nil)
		pass(time.Minute)
		if got := d.syncState(); len(got) != 2 || got[1].Code != model.ReasonSourceAway {
			t.Errorf("reported %+v", got)
		}
	})
}

func TestClientThatPanics(t *testing.T) {
	var logged atomic.Int32
	watched(t, func(o *inbound.WatcherOptions, s *system) {
		s.panics = true
		o.Log = func(error) { logged.Add(1) }
	}, func(t *testing.T, w *inbound.Watcher, s *system, _ *disk) {
		pass(time.Minute)
		polls, _, _ := s.seen()
		if state := w.State(); state.Failing.Code != model.ReasonSourceGarbage || polls < 3 || logged.Load() != 1 {
			t.Errorf("%d polls, %+v, logged %d", polls, state, logged.Load())
		}
		s.change(func(s *system) { s.panics = false })
		pass(time.Minute)
		if state := w.State(); !state.Failing.IsZero() {
			t.Errorf("%+v", state)
		}
	})
}

func TestStoreThatErrsIsSaidAndNothingIsLost(t *testing.T) {
	watched(t, func(o *inbound.WatcherOptions, s *system) { o.Client = streaming{s} },
		func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
			d.fail(errDisk)
			s.change(func(s *system) { s.active = []model.Event{event("polled")} })
			s.lines <- over("short")
			pass(time.Minute)
			if state := w.State(); state.Failing.Code != model.ReasonSourceStore {
				t.Errorf("%+v", state)
			}
			d.fail(nil)
			pass(time.Minute)
			if d.get("polled").ID == "" || d.get("short").ID == "" || !w.State().Failing.IsZero() {
				t.Errorf("stored: %+v", d.known())
			}
		})
}

func TestStream(t *testing.T) {
	watched(t, func(o *inbound.WatcherOptions, s *system) { o.Client = streaming{s} },
		func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
			pass(2 * time.Second)
			if polls, _, _ := s.seen(); polls != 2 {
				t.Errorf("%d polls: the new stream asks for one", polls)
			}
			s.lines <- event("a")
			synctest.Wait()
			if d.get("a").ID == "" {
				t.Fatal("a hint of the stream has to wait")
			}
			s.change(func(s *system) { s.closed = errAway; s.active = []model.Event{event("b")} })
			s.cut <- errors.New("reset")
			pass(time.Minute)
			state := w.State()
			if n := len(state.Missing); n != 2 || state.Missing[1].Code != model.ReasonSourceAway || !state.Failing.IsZero() {
				t.Errorf("without a stream: %+v", state)
			}
			if d.get("b").ID == "" {
				t.Error("polls ended with the stream")
			}
			s.change(func(s *system) { s.closed = nil })
			pass(time.Minute)
			s.lines <- event("c")
			synctest.Wait()
			if d.get("c").ID == "" || len(w.State().Missing) != 1 {
				t.Errorf("after a new stream: %+v", w.State())
			}
		})
}

func TestEventGroupOfAStreamIsTakenInBatches(t *testing.T) {
	watched(t, func(o *inbound.WatcherOptions, s *system) {
		o.Client = streaming{s}
		o.Sink.(*disk).fail(errDisk) // while nothing can be stored, hints pile up
	}, func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
		for i := range 10_000 {
			s.lines <- event(string(rune('a'+i%26)) + time.Duration(i).String())
		}
		d.fail(nil)
		pass(time.Minute)
		if n := len(d.known()); n != 10_000 || d.count() > 20 {
			t.Errorf("%d events by %d calls", n, d.count())
		}
	})
}

func TestReplay(t *testing.T) {
	watched(t, func(o *inbound.WatcherOptions, s *system) {
		o.Client, o.Marks = replaying{s}, replaying{s}
		o.Memory = inbound.Memory{Mark: "41", Answered: bubbleNow().Add(-time.Hour)}
		s.replays = []model.Event{over("42"), over("43")}
	}, func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
		if _, _, marks := s.seen(); d.get("42").ID == "" || d.get("43").ID == "" || !slices.Equal(marks, []string{"42", "43"}) {
			t.Errorf("marks %v, events %+v", marks, d.known())
		}
		if state := w.State(); state.FoundAt.Sub(state.LostAt) != time.Hour {
			t.Errorf("opsbot was away from %v to %v", state.LostAt, state.FoundAt)
		}
		pass(time.Second)
		if d.get("43").End != model.EndConfirmed {
			t.Errorf("%+v", d.get("43"))
		}
	})
}

func TestReplayIsNotPassedOverWhenNothingCanBeStored(t *testing.T) {
	watched(t, func(o *inbound.WatcherOptions, s *system) {
		o.Client, o.Marks = replaying{s}, replaying{s}
		o.Memory = inbound.Memory{Mark: "41"}
		o.Sink.(*disk).fail(errDisk)
	}, func(t *testing.T, w *inbound.Watcher, s *system, d *disk) {
		s.change(func(s *system) { s.replays = []model.Event{over("42")} })
		pass(time.Minute)
		if _, _, marks := s.seen(); len(marks) != 0 {
			t.Errorf("marks %v without an event on the disk", marks)
		}
	})
}

func TestHookThatSendsNoEnds(t *testing.T) {
	watched(t, func(_ *inbound.WatcherOptions, s *system) { s.active = []model.Event{event("a")} },
		func(t *testing.T, w *inbound.Watcher, s *system, _ *disk) {
			if err := w.Receive(t.Context(), []model.Event{event("a")}, false); err != nil {
				t.Fatal(err)
			}
			s.change(func(s *system) { s.active = nil })
			pass(10 * time.Minute)
			if len(w.State().Missing) != 1 {
				t.Error("a hook is given no time")
			}
			pass(10 * time.Minute)
			if m := w.State().Missing; len(m) != 2 || m[1].Code != model.ReasonSourceHookOff {
				t.Errorf("%+v", m)
			}
		})
}

func TestSourceWithoutAClient(t *testing.T) {
	unseen := func(disconnectedAfter time.Duration) func(*inbound.WatcherOptions, *system) {
		return func(o *inbound.WatcherOptions, _ *system) { o.Client, o.DisconnectedAfter = nil, disconnectedAfter }
	}
	t.Run("its silence says nothing", func(t *testing.T) {
		watched(t, unseen(0), func(t *testing.T, w *inbound.Watcher, _ *system, d *disk) {
			pass(100 * time.Hour)
			if !w.State().Failing.IsZero() || len(d.syncState()) != 0 {
				t.Errorf("%+v", w.State())
			}
		})
	})
	t.Run("unless it should call", func(t *testing.T) {
		watched(t, unseen(time.Hour), func(t *testing.T, w *inbound.Watcher, _ *system, d *disk) {
			pass(59 * time.Minute)
			if !w.State().Failing.IsZero() {
				t.Errorf("too early: %+v", w.State())
			}
			pass(2 * time.Minute)
			if got := d.syncState(); w.State().Failing.Code != model.ReasonSourceIdle || len(got) != 1 {
				t.Errorf("%+v, reported %v", w.State(), got)
			}
			if err := w.Receive(t.Context(), nil, false); err != nil {
				t.Fatal(err)
			}
			pass(2 * time.Second)
			if got := d.syncState(); !w.State().Failing.IsZero() || len(got) != 2 || !got[1].IsZero() {
				t.Errorf("%+v, reported %v", w.State(), got)
			}
		})
	})
}
