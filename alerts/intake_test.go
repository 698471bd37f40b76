package alerts_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// runner hands over a result of each check at once.
type runner struct {
	at     time.Time
	status model.Status
	ran    chan []model.CheckID
}

func (r runner) RunAll(_ context.Context, checks []*model.Check, each func(model.Result)) {
	ids := make([]model.CheckID, len(checks))
	for i, c := range checks {
		ids[i] = c.ID
		each(outcome(string(c.ID), r.status, r.at))
	}
	r.ran <- ids
}

// startIntake runs an Intake of a world whose checks all have an outcome. The returned function stops it.
func startIntake(t *testing.T, w *world, status model.Status) (q *alerts.Intake, r runner, recorded chan []model.Result, run func() (stop func())) {
	t.Helper()
	r = runner{w.at, status, make(chan []model.CheckID, 100)}
	recorded = make(chan []model.Result, 100)
	q = alerts.NewIntake(alerts.IntakeOptions{
		Scheduled: r, Verifying: r, Inventory: func() *model.Inventory { return w.inv }, Judged: func() {},
		Record: func(results []model.Result) { recorded <- results }, Failed: func(err error) { t.Error(err) },
	})
	c := alerts.NewConnectivity(alerts.ConnectivityOptions{Now: time.Now, Offline: w.manager.Offline})
	return q, r, recorded, func() func() {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() { over <- q.Run(ctx, w.manager, c) }()
		return func() {
			cancel()
			if err := <-over; err != nil {
				t.Error(err)
			}
		}
	}
}

// A host that comes back ends each of its events, and each of these asks for the host's checks: they run once.
func TestWhatIsAskedForOftenIsCheckedOnce(t *testing.T) {
	w := newWorld(t, "a", "b")
	q, r, _, run := startIntake(t, w, model.StatusOK)
	for range 3 * 4000 {
		q.VerifyChecks([]model.CheckID{"a", "b"})
	}
	stop := run()
	select {
	case ids := <-r.ran:
		if !slices.Equal(ids, []model.CheckID{"a", "b"}) {
			t.Errorf("%d were run", len(ids))
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is run")
	}
	stop()
	if len(r.ran) != 0 {
		t.Errorf("%d waves more", len(r.ran))
	}
}

// Whatever ran before the end is judged and recorded, also when it is stopped at once.
func TestIntakeJudgesWhatIsQueuedAtTheEnd(t *testing.T) {
	w := newWorld(t, "a", "b")
	q, _, recorded, run := startIntake(t, w, model.StatusFail)
	done := map[model.CheckID]bool{}
	q.RunChecks(t.Context(), []model.CheckID{"a", "gone", "b"}, func(id model.CheckID) { done[id] = true })
	q.Wait()
	run()()
	var results []model.Result
	for len(recorded) > 0 {
		results = append(results, <-recorded...)
	}
	if len(done) != 3 || len(results) != 2 || q.Counts()[model.StatusFail] != 2 || len(w.manager.OpenIncidents(model.Scope{})) != 2 {
		t.Errorf("done %v, recorded %v, counted %v", done, results, q.Counts())
	}
}

// The verification of a host is the Manager's answer for it: its incident opens without a further wait for it.
func TestIntakeVerifiesAHost(t *testing.T) {
	w := newWorld(t, "a/web@h1", "b/web@h1")
	q, r, _, run := startIntake(t, w, model.StatusFail)
	w.fail("a/web@h1")
	stop := run()
	q.VerifyChecks(w.toVerify)
	if ids := <-r.ran; !slices.Equal(ids, []model.CheckID{"b/web@h1"}) {
		t.Errorf("%v were run", ids)
	}
	stop()
	w.expect("1 opened host:h1 critical")
}

// repeating hands over results of each check as an unsure transport does: of three runs that are a second apart, the second one first, and
// each of them twice.
type repeating struct{ at time.Time }

func (r repeating) RunAll(_ context.Context, checks []*model.Check, each func(model.Result)) {
	for _, c := range checks {
		for _, second := range []int{1, 1, 0, 2, 0, 2} {
			result := outcome(string(c.ID), model.StatusFail, r.at.Add(time.Duration(second)*time.Second))
			result.Due = result.At
			each(result)
		}
	}
}

// TestWhatComesTwiceIsRecordedOnce: neither the past nor the counts of /metrics have what judging does not count.
func TestWhatComesTwiceIsRecordedOnce(t *testing.T) {
	w := newWorld(t, "a", "b")
	var recorded []model.Result
	q := alerts.NewIntake(alerts.IntakeOptions{
		Scheduled: repeating{w.at}, Inventory: func() *model.Inventory { return w.inv }, Judged: func() {},
		Record: func(results []model.Result) { recorded = append(recorded, results...) }, Failed: func(err error) { t.Error(err) },
	})
	q.RunChecks(t.Context(), []model.CheckID{"a", "b"}, func(model.CheckID) {})
	q.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Run(ctx, w.manager, alerts.NewConnectivity(alerts.ConnectivityOptions{Now: time.Now, Offline: w.manager.Offline})); err != nil {
		t.Error(err)
	}
	seen := map[model.CheckID][]time.Duration{}
	for i := range recorded {
		seen[recorded[i].Check] = append(seen[recorded[i].Check], recorded[i].At.Sub(w.at))
	}
	want := []time.Duration{time.Second, 2 * time.Second}
	if len(seen) != 2 || !slices.Equal(seen["a"], want) || !slices.Equal(seen["b"], want) || q.Counts()[model.StatusFail] != 4 {
		t.Errorf("recorded %v, counted %v", seen, q.Counts())
	}
}
