package app

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/checks"
	"opsbot/model"
	"opsbot/schedule"
	"opsbot/test/clock"
)

// stubborn is a check that ends when it is let go, whatever its context says.
type stubborn chan struct{}

func (s stubborn) Check(context.Context) model.Result {
	<-s
	return model.Result{Status: model.StatusOK}
}

// prompt is a check that ends at once.
type prompt struct{}

func (prompt) Check(context.Context) model.Result { return model.Result{Status: model.StatusOK} }

type noSlots struct{}

func (noSlots) Slots(context.Context) (map[string]time.Time, error)   { return nil, nil } //nolint:nilnil // nothing is stored
func (noSlots) SaveSlots(context.Context, map[string]time.Time) error { return nil }

// runsOf are runs of some checks, every second, in an engine with so many slots.
func runsOf(ctx context.Context, slots int, all ...*model.Check) *checkRuns {
	r := &checkRuns{engine: checks.NewEngine(checks.Limits{Running: slots, Waiting: slots, GiveBack: time.Hour}, time.Now)}
	byID := map[model.CheckID]*model.Check{}
	var entries []schedule.Entry
	for _, c := range all {
		byID[c.ID] = c
		entries = append(entries, schedule.Entry{ID: c.ID, Expression: "@every 1s", Takes: checks.Longest(c)})
	}
	r.scheduler = schedule.New(schedule.Options{
		Zone: time.UTC, Tick: 250 * time.Millisecond, Slots: noSlots{}, Fault: func(error) {},
		Start: func(_ context.Context, ids []model.CheckID, done func(model.CheckID)) {
			for _, id := range ids {
				go func() { r.engine.Run(ctx, checks.Scheduled, byID[id]); done(id) }()
			}
		},
	})
	_ = r.scheduler.Set(entries)
	return r
}

// TestWhatHangsIsAnIssueAndStopsTheWatchdog: a check that does not end is both, from the bound on; one that waits for a slot while others
// end is an issue alone, and a slow check is neither.
func TestWhatHangsIsAnIssueAndStopsTheWatchdog(t *testing.T) {
	hung := &model.Check{ID: "clientA/store@web1", Timeout: 5 * time.Second, Retries: 1}
	quick := &model.Check{ID: "quick", Timeout: 5 * time.Second, Checker: prompt{}}
	for name, c := range map[string]struct {
		slots int
		after time.Duration
		want  model.ReasonCode
		stuck bool
	}{
		"slow":                  {10, checks.Longest(hung) + 29*time.Second, "", false},
		"hangs":                 {10, checks.Longest(hung) + 32*time.Second, model.IssueOverdue, true},
		"nothing ends any more": {1, checks.Longest(hung) + 2*time.Minute, model.IssueOverdue, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				hung.Checker = make(stubborn)
				r := runsOf(ctx, c.slots, hung, quick)
				ended := make(chan struct{})
				go func() { defer close(ended); _ = r.scheduler.Run(ctx) }()
				<-time.After(c.after)
				issue, _ := r.overdueIssue(time.Now())
				err := r.stuck(time.Now())
				if issue.Code != c.want || (err != nil) != c.stuck {
					t.Errorf("issue %v, watchdog: %v", issue, err)
				}
				if c.want != "" && c.slots > 1 && issue.Args["check"] != string(hung.ID) {
					t.Errorf("it names %v", issue.Args)
				}
				if slices.Contains(valuesOf(public(issue).Args), string(hung.ID)) {
					t.Error("/healthz names a client's check")
				}
				cancel()
				close(hung.Checker.(stubborn))
				<-ended
			})
		})
	}
}

func valuesOf(m map[string]string) (all []string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// TestWaitingForASlotIsNoReasonForARestart has far more checks due than slots: they wait, and others end.
func TestWaitingForASlotIsNoReasonForARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var all []*model.Check
		for i := range 60 {
			all = append(all, &model.Check{ID: model.CheckID(rune('A' + i)), Timeout: 5 * time.Second, Checker: slow(4 * time.Second)})
		}
		r := runsOf(ctx, 2, all...)
		ended := make(chan struct{})
		go func() { defer close(ended); _ = r.scheduler.Run(ctx) }()
		<-time.After(100 * time.Second)
		synctest.Wait()
		if issue, _ := r.overdueIssue(time.Now()); issue.Code != model.IssueOverloaded {
			t.Errorf("issue %v", issue)
		}
		if err := r.stuck(time.Now()); err != nil {
			t.Errorf("the watchdog: %v", err)
		}
		cancel()
		<-ended
	})
}

// slow is a check that takes a while.
type slow time.Duration

func (s slow) Check(ctx context.Context) model.Result {
	select {
	case <-time.After(time.Duration(s)):
		return model.Result{Status: model.StatusOK}
	case <-ctx.Done():
		return model.Result{Status: model.StatusFail}
	}
}

// TestWhatWaitsIsOldInElapsedTime: a row of the outbox that was stored before the clock was set back is not young for hours, and one of a
// moment ago not old because it was set forth.
func TestWhatWaitsIsOldInElapsedTime(t *testing.T) {
	begun := time.Now()
	row := begun.Round(0)
	for _, step := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
		var w waiting
		_ = w.age(row, begun)
		for _, elapsed := range []time.Duration{time.Second, time.Minute, 3 * time.Minute} {
			if got := w.age(row, clock.Moved(begun.Add(elapsed), step)); got != elapsed {
				t.Errorf("step %v: after %v it has waited for %v", step, elapsed, got)
			}
		}
	}
	var fresh waiting // opsbot began after the clock was set back
	if now := clock.Moved(begun, -2*time.Hour); fresh.age(row, now) != 0 || fresh.age(row, now.Add(3*time.Minute)) != 3*time.Minute {
		t.Error("a row of the future is never old")
	}
}
