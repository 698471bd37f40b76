package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/model"
	"opsbot/schedule"
	"opsbot/test/clock"
)

// memory is the stored state of a schedule.
type memory struct {
	mu  sync.Mutex
	due map[string]time.Time
	err error
}

func (m *memory) Slots(context.Context) (map[string]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.due), m.err
}

func (m *memory) SaveSlots(_ context.Context, due map[string]time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.due == nil {
		m.due = map[string]time.Time{}
	}
	maps.Copy(m.due, due)
	return m.err
}

// bench runs a scheduler inside a synctest bubble and records every start.
type bench struct {
	s      *schedule.Scheduler
	cancel context.CancelFunc
	ended  chan struct{}

	wall  atomic.Int64 // by how much the wall clock was set
	still atomic.Int64 // for how long the process stood still: its clocks went on, its timers did not

	mu     sync.Mutex
	starts map[model.CheckID][]time.Time
	hold   map[model.CheckID]bool // checks that do not end by themselves
	faults []error
	steps  []time.Duration
}

func newBench(t *testing.T, m *memory, entries ...schedule.Entry) *bench {
	t.Helper()
	return newBenchWith(t, m, func(*schedule.Options) {}, entries...)
}

func newBenchWith(t *testing.T, m *memory, change func(*schedule.Options), entries ...schedule.Entry) *bench {
	t.Helper()
	b := &bench{starts: map[model.CheckID][]time.Time{}, hold: map[model.CheckID]bool{}, ended: make(chan struct{})}
	o := schedule.Options{
		Zone: time.UTC, Tick: 250 * time.Millisecond, Splay: 5 * time.Minute, Slots: m,
		Start: func(_ context.Context, ids []model.CheckID, done func(model.CheckID)) {
			b.mu.Lock()
			defer b.mu.Unlock()
			for _, id := range ids {
				b.starts[id] = append(b.starts[id], time.Now())
				if !b.hold[id] {
					done(id)
				}
			}
		},
		Fault: func(err error) { b.mu.Lock(); b.faults = append(b.faults, err); b.mu.Unlock() },
		Now:   b.now,
		Clock: func(_ time.Time, by time.Duration) { b.mu.Lock(); b.steps = append(b.steps, by); b.mu.Unlock() },
	}
	change(&o)
	b.s = schedule.New(o)
	if err := b.s.Set(entries); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) start() {
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	go func() { defer close(b.ended); _ = b.s.Run(ctx) }()
}

// now is the bench's clock: the bubble's, a wall clock that step sets, and what passes while the process stands still.
func (b *bench) now() time.Time {
	return clock.Moved(time.Now().Add(time.Duration(b.still.Load())), time.Duration(b.wall.Load()))
}

func (b *bench) step(by time.Duration) { b.wall.Add(int64(by)) }

func (b *bench) stop() { b.cancel(); <-b.ended }

func (b *bench) of(id model.CheckID) []time.Time {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.starts[id])
}

// pass lets time pass in the bubble, without really waiting.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestEachCheckStartsOnceAnIntervalAtItsOwnPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var entries []schedule.Entry
		for i := range 400 {
			entries = append(entries, schedule.Entry{ID: model.CheckID(fmt.Sprint("c", i)), Expression: "*/5 * * * *"})
		}
		b := newBench(t, &memory{}, entries...)
		b.start()
		pass(31 * time.Second) // the first run of everything is over
		b.mu.Lock()
		first := len(b.starts)
		b.starts = map[model.CheckID][]time.Time{}
		b.mu.Unlock()
		pass(3*5*time.Minute - 31*time.Second)
		b.stop()
		if first != 400 {
			t.Errorf("%d of 400 checks had a first look within 31 s", first)
		}
		places := map[time.Duration]int{}
		for _, e := range entries {
			starts := b.of(e.ID)
			if len(starts) < 2 || len(starts) > 3 {
				t.Fatalf("%s started %d times in 15 minutes", e.ID, len(starts))
			}
			for i := 1; i < len(starts); i++ {
				if gap := starts[i].Sub(starts[i-1]); gap != 5*time.Minute {
					t.Fatalf("%s: %v between two starts", e.ID, gap)
				}
			}
			place := starts[0].Sub(starts[0].Truncate(5 * time.Minute))
			if place%(250*time.Millisecond) != 0 {
				t.Fatalf("%s starts at %v: not on a tick", e.ID, place)
			}
			places[place/time.Minute]++
		}
		for minute := range time.Duration(5) {
			if n := places[minute]; n < 40 || n > 120 {
				t.Errorf("minute %d has %d of 400 starts: not spread", minute, n)
			}
		}
	})
}

func TestPlacesAreStableAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		var places []time.Duration
		for range 2 {
			b := newBench(t, m, schedule.Entry{ID: "main-db", Expression: "@every 10m"})
			b.start()
			pass(25 * time.Minute)
			b.stop()
			last := b.of("main-db")[len(b.of("main-db"))-1]
			places = append(places, last.Sub(last.Truncate(10*time.Minute)))
		}
		if places[0] != places[1] {
			t.Errorf("places %v", places)
		}
	})
}

// TestACheckAloneOnItsExpressionRunsOnTime: whoever writes 03:00 for one check means it; several share the splay.
func TestACheckAloneOnItsExpressionRunsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var entries []schedule.Entry
		late := map[model.CheckID]bool{}
		for i := range 40 {
			entries = append(entries, schedule.Entry{ID: model.CheckID(fmt.Sprint("alone", i)), Expression: model.Schedule(fmt.Sprintf("%d 3 * * *", i))},
				schedule.Entry{ID: model.CheckID(fmt.Sprint("shared", i)), Expression: "0 4 * * *"})
		}
		b := newBench(t, &memory{}, entries...)
		b.start()
		pass(49 * time.Hour)
		b.stop()
		for _, e := range entries {
			for _, at := range b.of(e.ID) {
				if at.Second() != 0 || at.Nanosecond() != 0 {
					late[e.ID] = true
				}
			}
			if n := len(b.of(e.ID)); n != 2 {
				t.Errorf("%s ran %d times in two days", e.ID, n)
			}
		}
		for i := range 40 {
			if id := model.CheckID(fmt.Sprint("alone", i)); late[id] {
				t.Errorf("%s ran late: %v", id, b.of(id))
			}
		}
		if len(late) < 30 {
			t.Errorf("%d of the 40 checks that share an expression are spread", len(late))
		}
	})
}

// TestPlacesOfUnevenExpressionsDoNotDependOnTheHour: the interval after 00:02 is an hour, else a minute.
func TestPlacesOfUnevenExpressionsDoNotDependOnTheHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := map[time.Duration]bool{}
		for _, built := range []time.Duration{0, 90 * time.Second} {
			pass(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour + built)))
			b := newBench(t, &memory{due: map[string]time.Time{"0-2 * * * *": time.Now()}}, schedule.Entry{ID: "check-7", Expression: "0-2 * * * *"})
			b.start()
			pass(2 * time.Hour)
			b.stop()
			for _, at := range b.of("check-7") {
				places[at.Sub(at.Truncate(time.Hour))] = true
			}
		}
		if len(places) != 3 {
			t.Errorf("the check has %d places in an hour, want 3: %v", len(places), places)
		}
	})
}

func TestARunningCheckIsNotStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &memory{}, schedule.Entry{ID: "slow", Expression: "@every 10s"}, schedule.Entry{ID: "quick", Expression: "@every 10s"})
		b.hold["slow"] = true
		b.start()
		pass(5 * time.Minute)
		b.stop()
		if n := len(b.of("slow")); n != 1 {
			t.Errorf("the slow check was started %d times", n)
		}
		if n := len(b.of("quick")); n < 29 {
			t.Errorf("the quick check was started %d times", n)
		}
		if b.s.Skipped() < 28 {
			t.Errorf("%d skips", b.s.Skipped())
		}
	})
}

func TestAgainRunsOnceAndTheLatestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &memory{due: map[string]time.Time{"0 0 1 1 *": time.Now()}}, schedule.Entry{ID: "rare", Expression: "0 0 1 1 *"})
		b.start()
		begun := time.Now()
		b.s.Again("rare", time.Minute)
		b.s.Again("rare", 20*time.Second)
		b.s.Again("stranger", 0)
		pass(10 * time.Minute)
		if got := b.of("rare"); len(got) != 1 || got[0].Sub(begun) != 20*time.Second {
			t.Errorf("starts %v after %v", got, begun)
		}
		b.s.Again("rare", 0)
		pass(time.Second)
		b.stop()
		if n := len(b.of("rare")); n != 2 {
			t.Errorf("%d starts", n)
		}
		if n := len(b.of("stranger")); n != 0 {
			t.Error("a check that is not known was started")
		}
	})
}

func TestMissedSlotsRunOnceAfterDowntime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		m := &memory{due: map[string]time.Time{"0 3 * * *": now.Add(-50 * time.Hour), "0 4 * * *": now}}
		b := newBench(t, m, schedule.Entry{ID: "missed", Expression: "0 3 * * *"}, schedule.Entry{ID: "not-missed", Expression: "0 4 * * *"})
		b.start()
		pass(time.Minute)
		b.stop()
		if n := len(b.of("missed")); n != 1 {
			t.Errorf("what was missed twice was started %d times", n)
		}
		if n := len(b.of("not-missed")); n != 0 {
			t.Errorf("what was not missed was started %d times", n)
		}
	})
}

// TestTheFirstRoundAfterATakeover: what ran elsewhere until a moment ago is spread as always, and no check waits for longer than two
// intervals and the takeover; what was missed for long is caught up with.
func TestTheFirstRoundAfterATakeover(t *testing.T) {
	var entries []schedule.Entry
	for i := range 300 {
		entries = append(entries, schedule.Entry{ID: model.CheckID(strconv.Itoa(i)), Expression: "@every 5m"})
	}
	const takeover = 10 * time.Second
	for name, c := range map[string]struct {
		taken bool
		ago   time.Duration
		all   time.Duration // by when all have run
		most  int           // in any 30 s
	}{
		"taken over":       {true, 5*time.Minute + takeover, 5 * time.Minute, 60},
		"after a restart":  {false, 5*time.Minute + takeover, 30 * time.Second, 300},
		"after a long gap": {true, 11 * time.Minute, 30 * time.Second, 300},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				b := newBenchWith(t, &memory{due: map[string]time.Time{"@every 5m": begin.Add(-c.ago)}}, func(o *schedule.Options) { o.TakenOver = c.taken }, entries...)
				b.start()
				pass(6 * time.Minute)
				b.stop()
				slots := map[time.Duration]int{}
				for _, e := range entries {
					starts := b.of(e.ID)
					if len(starts) == 0 || starts[0].Sub(begin) > c.all {
						t.Fatalf("%s: %v", e.ID, starts)
					}
					if first := starts[0].Sub(begin); first < c.all {
						slots[first/(30*time.Second)]++
					}
				}
				for at, n := range slots {
					if n > c.most {
						t.Errorf("%d checks within the 30 s after %s", n, at*30*time.Second)
					}
				}
			})
		})
	}
}

// TestARoundCutShortIsMadeUpFor stops in the middle of a daily round: the checks that were not started must not wait for
// tomorrow.
func TestARoundCutShortIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var entries []schedule.Entry
		for i := range 100 {
			entries = append(entries, schedule.Entry{ID: model.CheckID(fmt.Sprint("c", i)), Expression: "@daily"})
		}
		m := &memory{}
		b := newBench(t, m, entries...)
		b.start()
		pass(time.Until(time.Now().Truncate(24 * time.Hour).Add(24*time.Hour + 2*time.Minute)))
		b.stop()
		begun := len(b.starts)
		if begun == 0 || begun == 100 {
			t.Fatalf("%d of 100 had begun: the test needs some", begun)
		}
		pass(time.Hour) // longer than the round would have taken
		after := newBench(t, m, entries...)
		after.start()
		pass(time.Minute)
		after.stop()
		for _, e := range entries {
			if len(b.of(e.ID)) == 0 && len(after.of(e.ID)) == 0 {
				t.Errorf("%s was not started", e.ID)
			}
		}
		served := newBench(t, m, entries...)
		served.start()
		pass(time.Minute)
		served.stop()
		if n := len(served.starts); n != 0 {
			t.Errorf("%d checks of a round that was served ran again", n)
		}
	})
}

func TestSlotsThatCannotBeKeptDoNotStopChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &memory{err: errors.New("disk full")}, schedule.Entry{ID: "c", Expression: "@every 1m"})
		b.start()
		pass(10 * time.Minute)
		b.stop()
		if n := len(b.of("c")); n < 9 {
			t.Errorf("%d starts", n)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.faults) == 0 {
			t.Error("the error was not reported")
		}
	})
}

func TestSetSwapsWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &memory{}, schedule.Entry{ID: "old", Expression: "@every 1m"}, schedule.Entry{ID: "kept", Expression: "@every 1m"})
		b.start()
		pass(5 * time.Minute)
		before := len(b.of("kept"))
		if err := b.s.Set([]schedule.Entry{{ID: "kept", Expression: "@every 1m"}, {ID: "new", Expression: "0 * * * *"}}); err != nil {
			t.Fatal(err)
		}
		pass(40 * time.Second)
		if len(b.of("new")) != 1 {
			t.Error("a new check had no first run")
		}
		if err := b.s.Set([]schedule.Entry{{ID: "kept", Expression: "nonsense"}}); err == nil {
			t.Error("nonsense was accepted")
		}
		old := len(b.of("old"))
		pass(5 * time.Minute)
		b.stop()
		if n := len(b.of("old")); n > old {
			t.Error("a check that is gone was started")
		}
		if n := len(b.of("kept")) - before; n < 5 || n > 6 {
			t.Errorf("the kept check was started %d times in under 6 minutes", n)
		}
	})
}

func BenchmarkSet20000(b *testing.B) {
	s := schedule.New(schedule.Options{Zone: time.UTC, Tick: 250 * time.Millisecond, Splay: 5 * time.Minute, Slots: &memory{}})
	var entries []schedule.Entry
	for i := range 20_000 {
		entries = append(entries, schedule.Entry{ID: model.CheckID(fmt.Sprint("c", i)), Expression: model.Schedule(fmt.Sprintf("%d-59/5 * * * *", i%50))})
	}
	for b.Loop() {
		if err := s.Set(entries); err != nil {
			b.Fatal(err)
		}
	}
}
