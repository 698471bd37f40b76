package checks_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// frozen is a clock that a test moves on, as it is after a process was stopped or a machine was suspended.
type frozen struct{ by, wall atomic.Int64 }

func (f *frozen) now() time.Time {
	now := time.Now().Add(time.Duration(f.by.Load()))
	if wall := f.wall.Load(); wall > 0 { // elapsed time does not go on while a machine is suspended
		return now.Round(0).Add(time.Duration(wall))
	}
	return now
}

// TestAStandstillIsNotTheTargetsFailure: an attempt that fails while the process stands still is repeated, whatever it saw, and is no try;
// one that fails otherwise counts, and so does one of a process that always stands still.
func TestAStandstillIsNotTheTargetsFailure(t *testing.T) {
	fail, ok := model.StatusFail, model.StatusOK
	for _, c := range []struct {
		name          string
		answers       []model.Status
		stops         []time.Duration // of the process, in each attempt
		suspended     bool
		retries       int
		want          model.Status
		tries, called int
	}{
		{"timed out while it was frozen", []model.Status{fail, ok}, []time.Duration{3 * time.Second}, false, 0, ok, 1, 2},
		{"a suspended machine", []model.Status{fail, ok}, []time.Duration{time.Hour}, true, 0, ok, 1, 2},
		{"unknown counts as little", []model.Status{model.StatusUnknown, ok}, []time.Duration{3 * time.Second}, false, 0, ok, 1, 2},
		{"it fails all the same", []model.Status{fail, fail}, []time.Duration{3 * time.Second}, false, 0, fail, 1, 2},
		{"what succeeds is taken", []model.Status{ok}, []time.Duration{3 * time.Second}, false, 0, ok, 1, 1},
		{"a busy machine", []model.Status{fail}, []time.Duration{300 * time.Millisecond}, false, 0, fail, 1, 1},
		{"retries are for what fails awake", []model.Status{fail, fail, ok}, []time.Duration{3 * time.Second}, false, 1, ok, 2, 3},
		{"it always stands still", []model.Status{fail, fail, fail}, []time.Duration{time.Second, time.Second, time.Second}, false, 0, fail, 1, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := &frozen{}
			e := checks.NewEngine(checks.DefaultLimits(), clock.now)
			called := 0
			r := e.Run(t.Context(), checks.Scheduled, &model.Check{
				ID: "x", Timeout: time.Minute, Retries: c.retries,
				Checker: checkFunc(func(context.Context) model.Result {
					if called++; called <= len(c.stops) {
						if c.suspended {
							clock.wall.Add(int64(c.stops[called-1]))
						} else {
							clock.by.Add(int64(c.stops[called-1]))
						}
					}
					return model.Result{Status: c.answers[called-1]}
				}),
			})
			if r.Status != c.want || r.Tries != c.tries || called != c.called {
				t.Errorf("%v after %d tries and %d attempts, want %v after %d and %d", r.Status, r.Tries, called, c.want, c.tries, c.called)
			}
		})
	}
}

// TestAStandstillBeforeIsNone: a check that begins after one is not repeated, nor is one that begins after a long time in which nothing ran.
func TestAStandstillBeforeIsNone(t *testing.T) {
	clock := &frozen{}
	e := checks.NewEngine(checks.DefaultLimits(), clock.now)
	called := 0
	failing := &model.Check{Timeout: time.Minute, Checker: checkFunc(func(context.Context) model.Result {
		called++
		return model.Result{Status: model.StatusFail}
	})}
	for range 3 {
		e.Run(t.Context(), checks.Scheduled, failing)
		clock.by.Add(int64(time.Hour))
	}
	if called != 3 {
		t.Errorf("%d attempts of 3 runs", called)
	}
}
