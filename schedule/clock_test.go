package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/model"
	"opsbot/schedule"
)

// noticed is how long after a step all is planned anew, at most.
const noticed = 3 * time.Second

// stepped are the expressions of the tests of steps, each of a check alone and of several that share it, and how far apart runs are.
var stepped = map[model.Schedule]time.Duration{
	"@every 10s": 10 * time.Second, "@every 7m": 7 * time.Minute, "*/5 * * * *": 5 * time.Minute, "0 * * * *": time.Hour, "30 2 * * *": 24 * time.Hour,
}

func steppedEntries() []schedule.Entry {
	var all []schedule.Entry
	for expression := range stepped {
		for i := range 3 {
			all = append(all, schedule.Entry{ID: model.CheckID(fmt.Sprint(expression, "/", i)), Expression: expression, Takes: 10 * time.Second})
		}
	}
	return append(all, schedule.Entry{ID: "alone", Expression: "15 * * * *", Takes: 10 * time.Second})
}

// TestStepsOfTheWallClockStopNothing sets the clock again and again, by seconds and by hours, and compares the runs in elapsed time with
// what the expressions say: no gap, not too often, nothing late, nothing overdue.
func TestStepsOfTheWallClockStopNothing(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { stepAtRandom(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func stepAtRandom(t *testing.T, r *rand.Rand) {
	b := newBench(t, &memory{}, steppedEntries()...)
	b.start()
	pass(2 * time.Hour)
	begun := time.Now()
	var steps []time.Time
	for time.Since(begun) < 12*time.Hour {
		limit := []time.Duration{5 * time.Second, 10 * time.Minute, 3 * time.Hour, 50 * time.Hour}[r.IntN(4)]
		b.step(time.Duration(r.Int64N(int64(2*limit))) - limit)
		steps = append(steps, time.Now())
		for range 1 + r.IntN(20) {
			pass(time.Duration(r.Int64N(int64(20 * time.Minute))))
			if late, over := b.s.Late(b.now()), b.s.Overdue(b.now()); late > 0 || over.Count > 0 {
				t.Fatalf("after %d steps: late by %v, overdue %+v", len(steps), late, over)
			}
		}
	}
	elapsed := time.Since(begun)
	b.stop()
	for _, e := range steppedEntries() {
		pace := stepped[e.Expression]
		if e.ID == "alone" {
			pace = time.Hour
		}
		all := slices.DeleteFunc(b.of(e.ID), func(at time.Time) bool { return at.Before(begun) })
		if most := int(elapsed/pace) + 1 + 2*len(steps); len(all) > most {
			t.Errorf("%s ran %d times in %v with %d steps: too often", e.ID, len(all), elapsed, len(steps))
		}
		last := begun
		for _, at := range append(all, begun.Add(elapsed)) {
			within := 0 // a run may be the splay later than its slot
			for _, step := range steps {
				if !step.Before(last.Add(-5*time.Minute-noticed)) && step.Before(at) {
					within++
				}
			}
			if gap := at.Sub(last); gap > pace*time.Duration(1+within)+5*time.Minute+noticed {
				t.Errorf("%s: %v between two runs, with %d steps", e.ID, gap, within)
			}
			last = at
		}
	}
	if len(b.steps) > len(steps) || len(b.steps) == 0 {
		t.Errorf("%d steps were noticed, %d made", len(b.steps), len(steps))
	}
}

// TestAStepBackStopsNoCheck is the fault as it was seen: an hour back, and no check ran for an hour.
func TestAStepBackStopsNoCheck(t *testing.T) {
	for _, by := range []time.Duration{-time.Hour, -24 * time.Hour, -2 * time.Second, 2 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, &memory{}, schedule.Entry{ID: "c", Expression: "*/5 * * * *"})
			b.start()
			pass(31 * time.Minute)
			before := len(b.of("c"))
			b.step(by)
			pass(time.Hour)
			b.stop()
			if n := len(b.of("c")) - before; n < 11 || n > 13 {
				t.Errorf("%d runs in the hour after a step of %v, want 12", n, by)
			}
			if len(b.steps) != 1 || b.steps[0] != by {
				t.Errorf("noticed %v, want %v", b.steps, by)
			}
		})
	}
}

// TestMomentsFollowTheNewClock: 03:00 is 03:00 on the clock as it is set, comes once, and is made up for when it was passed over.
func TestMomentsFollowTheNewClock(t *testing.T) {
	midnight := func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) } // when the bubble begins
	for name, c := range map[string]struct {
		at, by time.Duration   // since midnight
		want   []time.Duration // elapsed since midnight
	}{
		"nothing happens":              {5 * time.Hour, 0, []time.Duration{3 * time.Hour, 27 * time.Hour}},
		"an hour back, after it":       {3*time.Hour + 30*time.Minute, -time.Hour, []time.Duration{3 * time.Hour, 28 * time.Hour}},
		"an hour back, before it":      {2*time.Hour + 30*time.Minute, -time.Hour, []time.Duration{4 * time.Hour, 28 * time.Hour}},
		"two hours forth, over it":     {2 * time.Hour, 2 * time.Hour, []time.Duration{2 * time.Hour, 25 * time.Hour}},
		"two hours forth, after it":    {4 * time.Hour, 2 * time.Hour, []time.Duration{3 * time.Hour, 25 * time.Hour}},
		"two days back, after it":      {4 * time.Hour, -48 * time.Hour, []time.Duration{3 * time.Hour, 27 * time.Hour}},
		"three days forth, before it":  {2 * time.Hour, 72 * time.Hour, []time.Duration{2 * time.Hour, 27 * time.Hour}},
		"half a minute back, after it": {3*time.Hour + 10*time.Second, -30 * time.Second, []time.Duration{3 * time.Hour, 27*time.Hour + 30*time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, &memory{due: map[string]time.Time{"0 3 * * *": midnight().Add(-21 * time.Hour)}}, schedule.Entry{ID: "nightly", Expression: "0 3 * * *"})
				b.start()
				pass(c.at)
				b.step(c.by)
				pass(30*time.Hour - c.at)
				b.stop()
				got := b.of("nightly")
				ok := len(got) == len(c.want)
				for i := 0; ok && i < len(got); i++ {
					late := got[i].Sub(midnight().Add(c.want[i]))
					ok = late >= 0 && late <= noticed
				}
				if !ok {
					t.Errorf("ran at %v, want %v after midnight", got, c.want)
				}
			})
		})
	}
}

// TestWhatHangsIsOverdue: by elapsed time, and said by the clock as it is set.
func TestWhatHangsIsOverdue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &memory{}, schedule.Entry{ID: "hangs", Expression: "@every 1m", Takes: 20 * time.Second}, schedule.Entry{ID: "quick", Expression: "@every 1m", Takes: 20 * time.Second})
		b.hold["hangs"] = true
		b.start()
		pass(31 * time.Second)
		pass(time.Until(b.of("hangs")[0].Add(50 * time.Second)))
		if over := b.s.Overdue(b.now()); over.Count != 0 {
			t.Errorf("overdue while it may still answer: %+v", over)
		}
		b.step(-2 * time.Hour)
		pass(5 * time.Second)
		over := b.s.Overdue(b.now())
		if over.Count != 1 || over.First != "hangs" {
			t.Errorf("got %+v", over)
		}
		if d := over.Since.Round(0).Sub(b.of("hangs")[0].Add(-2 * time.Hour).Round(0)); d != 0 {
			t.Errorf("due since %v by the clock as it is set, off by %v", over.Since, d)
		}
		b.stop() // nothing starts checks any more
		pass(10 * time.Minute)
		if over := b.s.Overdue(b.now()); over.Count != 2 || over.Moving {
			t.Errorf("got %+v after ten minutes without a start", over)
		}
	})
}

// TestAStandstillStartsEachCheckOnce stops the process for two hours, as SIGSTOP does, with a step of the wall clock in between or without: what
// became due meanwhile starts once, spread, and nothing counts as overdue.
func TestAStandstillStartsEachCheckOnce(t *testing.T) {
	for _, by := range []time.Duration{0, -3 * time.Hour, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			var entries []schedule.Entry
			for i := range 300 {
				entries = append(entries, schedule.Entry{ID: model.CheckID(fmt.Sprint("c", i)), Expression: "*/10 * * * *", Takes: time.Second})
			}
			b := newBench(t, &memory{}, entries...)
			b.start()
			pass(time.Until(time.Now().Truncate(time.Hour).Add(62 * time.Minute))) // in the middle of a round
			before := map[model.CheckID]int{}
			for _, e := range entries {
				before[e.ID] = len(b.of(e.ID))
			}
			b.still.Store(int64(2 * time.Hour))
			b.step(by)
			pass(3 * time.Second)
			if over := b.s.Overdue(b.now()); over.Count != 0 {
				t.Errorf("step %v: %+v", by, over)
			}
			started := 0
			for _, e := range entries {
				started += len(b.of(e.ID)) - before[e.ID]
			}
			if started > 60 {
				t.Errorf("step %v: %d of 300 started within seconds", by, started)
			}
			pass(5 * time.Minute)
			b.stop()
			for _, e := range entries {
				if n := len(b.of(e.ID)) - before[e.ID]; n != 1 {
					t.Errorf("step %v: %s started %d times", by, e.ID, n)
				}
			}
		})
	}
}
