package alerts_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot"
	"opsbot/alerts"
)

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// feed judges one result a minute: o is ok, x a failure, u unknown.
func feed(check *opsbot.Check, outcomes string) (opsbot.CheckState, bool) {
	var s opsbot.CheckState
	var changed bool
	for i, c := range outcomes {
		r := opsbot.Result{Check: check.ID, At: start.Add(time.Duration(i) * time.Minute), Status: opsbot.StatusOK}
		switch c {
		case 'x':
			r.Status, r.Reason = opsbot.StatusFail, opsbot.NewReason(opsbot.ReasonRefused, "took", strconv.Itoa(i))
		case 'u':
			r.Status, r.Reason = opsbot.StatusUnknown, opsbot.NewReason(opsbot.ReasonLocal)
		}
		s, changed = alerts.Judge(s, check, r)
	}
	return s, changed
}

func TestJudge(t *testing.T) {
	tests := []struct {
		limit      opsbot.Limit
		recoveries int
		latched    bool
		outcomes   string
		want       opsbot.CheckPhase
	}{
		{opsbot.Limit{N: 1}, 1, false, "", opsbot.PhaseOK},
		{opsbot.Limit{N: 1}, 1, false, "x", opsbot.PhaseDown},
		{opsbot.Limit{}, 0, false, "x", opsbot.PhaseDown},
		{opsbot.Limit{}, 0, false, "xo", opsbot.PhaseOK},
		{opsbot.Limit{N: 3}, 1, false, "xx", opsbot.PhaseFailing},
		{opsbot.Limit{N: 3}, 1, false, "xxoxx", opsbot.PhaseFailing},
		{opsbot.Limit{N: 3}, 1, false, "xxuux", opsbot.PhaseDown},
		{opsbot.Limit{N: 3}, 1, false, "xxuu", opsbot.PhaseFailing},
		{opsbot.Limit{N: 1}, 3, false, "xoo", opsbot.PhaseDown},
		{opsbot.Limit{N: 1}, 3, false, "xooxoo", opsbot.PhaseDown},
		{opsbot.Limit{N: 1}, 3, false, "xoouo", opsbot.PhaseOK},
		{opsbot.Limit{N: 3, M: 5}, 1, false, "xoxox", opsbot.PhaseDown},
		{opsbot.Limit{N: 3, M: 5}, 1, false, "xooxox", opsbot.PhaseFailing},
		{opsbot.Limit{N: 3, M: 5}, 1, false, "xxxoxx", opsbot.PhaseFailing},
		{opsbot.Limit{N: 3, M: 5}, 1, false, "xxxoxxx", opsbot.PhaseDown},
		{opsbot.Limit{N: 1}, 1, true, "xooooo", opsbot.PhaseDown},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s/%s", tt.limit, tt.outcomes), func(t *testing.T) {
			check := &opsbot.Check{ID: "c", Failures: tt.limit, Recoveries: tt.recoveries, Latched: tt.latched}
			if s, _ := feed(check, tt.outcomes); s.Phase != tt.want {
				t.Errorf("phase %s, want %s", s.Phase, tt.want)
			}
		})
	}
}

func TestJudgeLatchedSaysSinceWhenItWorks(t *testing.T) {
	check := &opsbot.Check{ID: "c", Latched: true, Recoveries: 2}
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
		limit    opsbot.Limit
		outcomes string
		want     bool
	}{
		{opsbot.Limit{N: 2}, "o", true},
		{opsbot.Limit{N: 2}, "oo", false},
		{opsbot.Limit{N: 2}, "x", true},
		{opsbot.Limit{N: 2}, "xx", true},
		{opsbot.Limit{N: 2}, "xxx", false},
		{opsbot.Limit{N: 2}, "uu", false},
		{opsbot.Limit{N: 2, M: 3}, "oo", false},
		{opsbot.Limit{N: 2, M: 3}, "xoooo", false},
	}
	for _, tt := range tests {
		if _, changed := feed(&opsbot.Check{Failures: tt.limit}, tt.outcomes); changed != tt.want {
			t.Errorf("%s %q: changed %t, want %t", tt.limit, tt.outcomes, changed, tt.want)
		}
	}
}

// reference is the rule as a sentence over the whole history, without a state that is carried along.
func reference(check *opsbot.Check, history []opsbot.Status) opsbot.CheckPhase {
	down, from := false, 0 // from: the first result that counts for the present phase
	for i := range history {
		seen := known(history[from : i+1])
		if len(seen) == 0 || history[i] == opsbot.StatusUnknown {
			continue
		}
		if !down && failedEnough(check.Failures, seen) || down && !check.Latched && tail(seen, opsbot.StatusOK) >= check.Recoveries {
			down, from = !down, i+1
		}
	}
	seen := known(history)
	switch {
	case down:
		return opsbot.PhaseDown
	case len(seen) > 0 && seen[len(seen)-1] == opsbot.StatusFail:
		return opsbot.PhaseFailing
	default:
		return opsbot.PhaseOK
	}
}

func failedEnough(limit opsbot.Limit, seen []opsbot.Status) bool {
	if limit.M == 0 {
		return tail(seen, opsbot.StatusFail) >= limit.N
	}
	fails := 0
	for _, s := range seen[max(0, len(seen)-limit.M):] {
		if s == opsbot.StatusFail {
			fails++
		}
	}
	return fails >= limit.N
}

func known(history []opsbot.Status) []opsbot.Status {
	var seen []opsbot.Status
	for _, s := range history {
		if s != opsbot.StatusUnknown {
			seen = append(seen, s)
		}
	}
	return seen
}

// tail counts how many of the last ones are all s.
func tail(seen []opsbot.Status, s opsbot.Status) int {
	n := 0
	for n < len(seen) && seen[len(seen)-1-n] == s {
		n++
	}
	return n
}

func TestJudgeIsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check := &opsbot.Check{ID: "c", Recoveries: rapid.IntRange(1, 4).Draw(t, "recoveries"), Latched: rapid.Bool().Draw(t, "latch")}
		check.Failures.N = rapid.IntRange(1, 5).Draw(t, "n")
		if rapid.Bool().Draw(t, "window") {
			check.Failures.M = rapid.IntRange(check.Failures.N, 64).Draw(t, "m")
		}
		history := rapid.SliceOf(rapid.SampledFrom([]opsbot.Status{opsbot.StatusOK, opsbot.StatusFail, opsbot.StatusFail, opsbot.StatusUnknown})).Draw(t, "history")
		var s opsbot.CheckState
		for i, status := range history {
			before := s
			var changed bool
			s, changed = alerts.Judge(s, check, opsbot.Result{Status: status, At: start.Add(time.Duration(i) * time.Minute)})
			if want := reference(check, history[:i+1]); s.Phase != want {
				t.Fatalf("after %v: %s, want %s", history[:i+1], s.Phase, want)
			}
			if !changed && (before.Phase != s.Phase || before.Count != s.Count || before.Window != s.Window) {
				t.Fatalf("a change that is not reported: %+v to %+v", before, s)
			}
		}
	})
}
