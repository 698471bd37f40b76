package checks_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// TestNoMoreWorkThanMay runs checks that work and wait by turns, for as long each time as chance has it, some of them cancelled: never
// do more work than may run, however many are open, and in the end every place is free.
func TestNoMoreWorkThanMay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			limits := checks.Limits{Running: 1 + random.IntN(4), Waiting: 8 + random.IntN(30), GiveBack: 10 * time.Millisecond}
			e := checks.NewEngine(limits, time.Now)
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(3000))*time.Millisecond)
			defer cancel()
			var working, open, mostOpen atomic.Int32
			part := func(most int) time.Duration { return time.Duration(random.IntN(most)) * time.Millisecond }
			var all []*model.Check
			for range 60 {
				var works, waits []time.Duration
				for range random.IntN(6) {
					works, waits = append(works, part(30)), append(waits, part(80))
				}
				all = append(all, &model.Check{ID: "x", Timeout: time.Minute, Checker: checkFunc(func(ctx context.Context) model.Result {
					mostOpen.Store(max(mostOpen.Load(), open.Add(1)))
					defer open.Add(-1)
					for i := range works {
						checks.Works(ctx)
						if n := working.Add(1); int(n) > limits.Running {
							t.Errorf("seed %d: %d work, %d may", seed, n, limits.Running)
						}
						time.Sleep(works[i]) //nolint:forbidigo // of the bubble's clock
						working.Add(-1)
						checks.Waits(ctx)
						time.Sleep(waits[i]) //nolint:forbidigo // of the bubble's clock
					}
					return model.Result{Status: model.StatusOK}
				})})
			}
			results := 0
			e.RunAll(ctx, checks.Scheduled, all, func(model.Result) { results++ })
			if results != len(all) || int(mostOpen.Load()) > limits.Waiting {
				t.Errorf("seed %d: %d results, %d open at once, %d may", seed, results, mostOpen.Load(), limits.Waiting)
			}
			synctest.Wait()
			if !e.Idle(checks.Scheduled) {
				t.Errorf("seed %d: a place was lost", seed)
			}
		})
	}
}

// TestWhatHasBegunComesFirst has one turn: a check whose target has answered gets it before those that have not begun.
func TestWhatHasBegunComesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 8, GiveBack: 10 * time.Millisecond}, time.Now)
		var order []string
		answered := &model.Check{ID: "answered", Timeout: time.Minute, Checker: checkFunc(func(ctx context.Context) model.Result {
			time.Sleep(50 * time.Millisecond) //nolint:forbidigo // of the bubble's clock
			checks.Works(ctx)
			order = append(order, "answered")
			return model.Result{Status: model.StatusOK}
		})}
		busy := func(name string) *model.Check {
			return &model.Check{ID: model.CheckID(name), Timeout: time.Minute, Checker: checkFunc(func(ctx context.Context) model.Result {
				checks.Works(ctx)
				time.Sleep(70 * time.Millisecond) //nolint:forbidigo // of the bubble's clock
				order = append(order, name)
				return model.Result{Status: model.StatusOK}
			})}
		}
		e.RunAll(t.Context(), checks.Scheduled, []*model.Check{answered, busy("first"), busy("second")}, func(model.Result) {})
		if want := []string{"first", "answered", "second"}; !slices.Equal(order, want) {
			t.Errorf("the order is %v, want %v", order, want)
		}
	})
}

// TestWhoWaitsForSomethingElseGivesItsTurnBack has one turn, and a check that worked and then waits for another check, which it does not say.
func TestWhoWaitsForSomethingElseGivesItsTurnBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 2, GiveBack: 10 * time.Millisecond}, time.Now)
		ran := make(chan struct{})
		waits := &model.Check{ID: "waits", Timeout: time.Minute, Checker: checkFunc(func(ctx context.Context) model.Result {
			checks.Works(ctx)
			<-ran
			return model.Result{Status: model.StatusOK}
		})}
		other := &model.Check{ID: "other", Timeout: time.Minute, Checker: checkFunc(func(context.Context) model.Result {
			close(ran)
			return model.Result{Status: model.StatusOK}
		})}
		begun := time.Now()
		e.RunAll(t.Context(), checks.Scheduled, []*model.Check{waits, other}, func(model.Result) {})
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
