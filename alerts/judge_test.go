package alerts_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// feed judges one result a minute: o is ok, x a failure, u unknown.
func feed(check *model.Check, outcomes string) (model.CheckState, bool) {
	var s model.CheckState
	var changed bool
	for i, c := range outcomes {
		r := model.Result{Check: check.ID, At: start.Add(time.Duration(i) * time.Minute), Status: model.StatusOK}
		switch c {
		case 'x':
			r.Status, r.Reason = model.StatusFail, model.NewReason(model.ReasonRefused, "took", strconv.Itoa(i))
		case 'u':
			r.Status, r.Reason = model.StatusUnknown, model.NewReason(model.ReasonLocal)
		}
		s, changed = alerts.Judge(s, check, r)
	}
	return s, changed
}

func TestJudge(t *testing.T) {
	tests := []struct {
		limit      model.Limit
		recoveries int
		latched    bool
		outcomes   string
		want       model.CheckPhase
	}{
		{model.Limit{N: 1}, 1, false, "", model.PhaseOK},
		{model.Limit{N: 1}, 1, false, "x", model.PhaseDown},
		{model.Limit{}, 0, false, "x", model.PhaseDown},
		{model.Limit{}, 0, false, "xo", model.PhaseOK},
		{model.Limit{N: 3}, 1, false, "xx", model.PhaseFailing},
		{model.Limit{N: 3}, 1, false, "xxoxx", model.PhaseFailing},
		{model.Limit{N: 3}, 1, false, "xxuux", model.PhaseDown},
		{model.Limit{N: 3}, 1, false, "xxuu", model.PhaseFailing},
		{model.Limit{N: 1}, 3, false, "xoo", model.PhaseDown},
		{model.Limit{N: 1}, 3, false, "xooxoo", model.PhaseDown},
		{model.Limit{N: 1}, 3, false, "xoouo", model.PhaseOK},
		{model.Limit{N: 3, M: 5}, 1, false, "xoxox", model.PhaseDown},
		{model.Limit{N: 3, M: 5}, 1, false, "xooxox", model.PhaseFailing},
		{model.Limit{N: 3, M: 5}, 1, false, "xxxoxx", model.PhaseFailing},
		{model.Limit{N: 3, M: 5}, 1, false, "xxxoxxx", model.PhaseDown},
		{model.Limit{N: 1}, 1, true, "xooooo", model.PhaseDown},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s/%s", tt.limit, tt.outcomes), func(t *testing.T) {
			check := &model.Check{ID: "c", Failures: tt.limit, Recoveries: tt.recoveries, Latched: tt.latched}
			if s, _ := feed(check, tt.outcomes); s.Phase != tt.want {
				t.Errorf("phase %s, want %s", s.Phase, tt.want)
			}
		})
	}
}

func TestJudgeLatchedSaysSinceWhenItWorks(t *testing.T) {
	check := &model.Check{ID: "c", Latched: true, Recoveries: 2}
	s, _ := feed(check, "xooo")
	if want := start.Add(2 * time.Minute); !s.WorksSince.Equal(want) {
		t.Errorf("works since %v, want %v", s.WorksSince, want)
	}
	if s, _ := feed(check, "xooox"); !s.WorksSince.IsZero() {
		t.Errorf("works since %v after another failure", s.WorksSince)
	}
}

func TestJudgeSteadyChangesNothing(t *testing.T) {
	tests := []struct {
		limit    model.Limit
		outcomes string
		want     bool
	}{
		{model.Limit{N: 2}, "o", true},
		{model.Limit{N: 2}, "oo", false},
		{model.Limit{N: 2}, "x", true},
		{model.Limit{N: 2}, "xx", true},
		{model.Limit{N: 2}, "xxx", false},
		{model.Limit{N: 2}, "uu", false},
		{model.Limit{N: 2, M: 3}, "oo", false},
		{model.Limit{N: 2, M: 3}, "xoooo", false},
	}
	for _, tt := range tests {
		if _, changed := feed(&model.Check{Failures: tt.limit}, tt.outcomes); changed != tt.want {
			t.Errorf("%s %q: changed %t, want %t", tt.limit, tt.outcomes, changed, tt.want)
		}
	}
}

// reference is the rule as a sentence over the whole history, without a state that is carried along.
func reference(check *model.Check, history []model.Status) model.CheckPhase {
	down, from := false, 0 // from: the first result that counts for the present phase
	for i := range history {
		seen := known(history[from : i+1])
		if len(seen) == 0 || history[i] == model.StatusUnknown {
			continue
		}
		if !down && failedEnough(check.Failures, seen) || down && !check.Latched && tail(seen, model.StatusOK) >= check.Recoveries {
			down, from = !down, i+1
		}
	}
	seen := known(history)
	switch {
	case down:
		return model.PhaseDown
	case len(seen) > 0 && seen[len(seen)-1] == model.StatusFail:
		return model.PhaseFailing
	default:
		return model.PhaseOK
	}
}

func failedEnough(limit model.Limit, seen []model.Status) bool {
	if limit.M == 0 {
		return tail(seen, model.StatusFail) >= limit.N
	}
	fails := 0
	for _, s := range seen[max(0, len(seen)-limit.M):] {
		if s == model.StatusFail {
			fails++
		}
	}
	return fails >= limit.N
}

func known(history []model.Status) []model.Status {
	var seen []model.Status
	for _, s := range history {
		if s != model.StatusUnknown {
			seen = append(seen, s)
		}
	}
	return seen
}

// tail counts how many of the last ones are all s.
func tail(seen []model.Status, s model.Status) int {
	n := 0
	for n < len(seen) && seen[len(seen)-1-n] == s {
		n++
	}
	return n
}

func TestJudgeIsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check := &model.Check{ID: "c", Recoveries: rapid.IntRange(1, 4).Draw(t, "recoveries"), Latched: rapid.Bool().Draw(t, "latch")}
		check.Failures.N = rapid.IntRange(1, 5).Draw(t, "n")
		if rapid.Bool().Draw(t, "window") {
			check.Failures.M = rapid.IntRange(check.Failures.N, 64).Draw(t, "m")
		}
		history := rapid.SliceOf(rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusFail, model.StatusFail, model.StatusUnknown})).Draw(t, "history")
		var s model.CheckState
		for i, status := range history {
			before := s
			var changed bool
			s, changed = alerts.Judge(s, check, model.Result{Status: status, At: start.Add(time.Duration(i) * time.Minute)})
			if want := reference(check, history[:i+1]); s.Phase != want {
				t.Fatalf("after %v: %s, want %s", history[:i+1], s.Phase, want)
			}
			if !changed && (before.Phase != s.Phase || before.Count != s.Count || before.Window != s.Window) {
				t.Fatalf("a change that is not reported: %+v to %+v", before, s)
			}
		}
	})
}
