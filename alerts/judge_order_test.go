package alerts_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

// someResults are runs of one check, a minute after another.
func someResults(r *rapid.T) []model.Result {
	all := make([]model.Result, rapid.IntRange(1, 60).Draw(r, "results"))
	for i := range all {
		due := start.Add(time.Duration(i) * time.Minute)
		all[i] = model.Result{
			Check: "c", Due: due, At: due.Add(time.Second), Reason: model.NewReason(model.ReasonRefused, "took", fmt.Sprint(i)),
			Status: rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusFail, model.StatusFail, model.StatusUnknown}).Draw(r, "status"),
		}
	}
	return all
}

// TestJudgeTakesEachResultOnce delivers results again, late and in disorder, across restarts: the state is that of the results that were
// newer than all before them, each taken once.
func TestJudgeTakesEachResultOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		check, all := someCheck(r), someResults(r)
		var state, want model.CheckState
		newest := -1
		for range rapid.IntRange(1, 200).Draw(r, "deliveries") {
			at := rapid.IntRange(max(0, newest-5), min(len(all)-1, newest+3)).Draw(r, "which")
			next, changed := alerts.Judge(state, check, all[at])
			if at <= newest && changed {
				r.Fatalf("result %d changes the state after %d: %+v, was %+v", at, newest, next, state)
			}
			state = next
			if at > newest {
				newest = at
				want, _ = alerts.Judge(want, check, all[at])
			}
			if got, want := fmt.Sprintf("%+v", state), fmt.Sprintf("%+v", want); got != want {
				r.Fatalf("after %d, newest %d:\n%s, want\n%s", at, newest, got, want)
			}
			if changed && rapid.IntRange(0, 5).Draw(r, "restart") == 0 {
				state, want = stored(r, state), stored(r, want)
			}
		}
	})
}

// TestJudgeAfterRestartIgnoresWhatItHad: a state is stored when it changes; what did not change it may come again after a restart, and
// changes nothing then either.
func TestJudgeAfterRestartIgnoresWhatItHad(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		check, all := someCheck(r), someResults(r)
		var state, kept model.CheckState
		for i := range all {
			var changed bool
			if state, changed = alerts.Judge(state, check, all[i]); changed {
				kept = stored(r, state)
			}
			if again, changed := alerts.Judge(kept, check, all[i]); changed {
				r.Fatalf("result %d counts again: %+v, was %+v", i, again, kept)
			}
		}
	})
}

// TestManagerTakesEachResultOnce: a failure from before the last good result is none, one that comes again leaves no second trace, and
// a wall clock that was set back does not make results old.
func TestManagerTakesEachResultOnce(t *testing.T) {
	w := newWorld(t, "main-db")
	w.clocks = true
	w.restart()
	result := func(status model.Status) model.Result {
		w.at = w.at.Add(time.Second)
		r := outcome("main-db", status, w.now())
		r.Due = r.At
		return r
	}
	old, good := result(model.StatusFail), result(model.StatusOK)
	w.handle([]model.Result{good})
	w.handle([]model.Result{old})
	w.answer()
	w.expect()
	bad := result(model.StatusFail)
	w.handle([]model.Result{bad})
	w.handle([]model.Result{bad, bad})
	w.answer()
	w.said()
	past := len(w.store.past)
	w.restart()
	w.handle([]model.Result{good, bad})
	if got, _ := w.manager.State("main-db"); got.Phase != model.PhaseDown || len(w.store.past) != past {
		t.Errorf("%s, %d transitions more", got.Phase, len(w.store.past)-past)
	}
	w.wall -= time.Hour
	w.handle([]model.Result{result(model.StatusOK)})
	if got, _ := w.manager.State("main-db"); got.Phase != model.PhaseOK {
		t.Errorf("the clock was set back, and a good result does not count: %s", got.Phase)
	}
	w.wall -= time.Hour
	w.restart() // and again while opsbot was stopped
	w.handle([]model.Result{result(model.StatusFail)})
	if got, _ := w.manager.State("main-db"); got.Phase != model.PhaseDown {
		t.Errorf("the clock was set back during a stop, and a failure does not count: %s", got.Phase)
	}
}
