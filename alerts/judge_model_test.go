package alerts_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

// naive is the judge as docs/alerts.md describes it: it keeps every result and counts them anew each time.
type naive struct {
	check *model.Check
	seen  []model.Result // since the last change between down and not down; unknown ones too
	down  bool
}

// judged are the results that count, newest first.
func (m *naive) judged() (all []model.Status) {
	for i := len(m.seen) - 1; i >= 0; i-- {
		if s := m.seen[i].Status; s != model.StatusUnknown {
			all = append(all, s)
		}
	}
	return all
}

// row is how many of the newest results that count are the same.
func row(judged []model.Status, want model.Status) int {
	for i, s := range judged {
		if s != want {
			return i
		}
	}
	return len(judged)
}

func (m *naive) take(r model.Result) {
	m.seen = append(m.seen, r)
	judged := m.judged()
	if m.down {
		if !m.check.Latched && row(judged, model.StatusOK) >= max(1, m.check.Recoveries) {
			m.down, m.seen = false, nil
		}
		return
	}
	failed, limit := row(judged, model.StatusFail), m.check.Failures
	if limit.M > 0 {
		failed = 0
		for _, s := range judged[:min(len(judged), limit.M)] {
			if s == model.StatusFail {
				failed++
			}
		}
	}
	if r.Status == model.StatusFail && failed >= max(1, limit.N) {
		m.down, m.seen = true, nil
	}
}

// phase is the state.
func (m *naive) phase() model.CheckPhase {
	judged := m.judged()
	switch {
	case m.down:
		return model.PhaseDown
	case len(judged) > 0 && judged[0] == model.StatusFail:
		return model.PhaseFailing
	default:
		return model.PhaseOK
	}
}

// worksSince is when a latched check that is down had enough good results in a row, the last of which goes on.
func (m *naive) worksSince() (since time.Time) {
	if !m.down || !m.check.Latched {
		return since
	}
	good := 0
	for _, r := range m.seen {
		switch r.Status {
		case model.StatusFail:
			good, since = 0, time.Time{}
		case model.StatusOK:
			if good++; good == max(1, m.check.Recoveries) {
				since = r.At
			}
		}
	}
	return since
}

func someCheck(r *rapid.T) *model.Check {
	c := &model.Check{ID: "c", Recoveries: rapid.IntRange(0, 4).Draw(r, "recoveries"), Latched: rapid.Bool().Draw(r, "latch")}
	c.Failures.N = rapid.IntRange(0, 5).Draw(r, "n")
	if rapid.Bool().Draw(r, "of m") {
		c.Failures.M = rapid.IntRange(max(1, c.Failures.N), 64).Draw(r, "m")
	}
	return c
}

// TestJudgeIsTheModel feeds both the same results; the judge's state goes through its stored form now and then.
func TestJudgeIsTheModel(t *testing.T) {
	statuses := []model.Status{model.StatusOK, model.StatusFail, model.StatusFail, model.StatusUnknown}
	rapid.Check(t, func(r *rapid.T) {
		m := &naive{check: someCheck(r)}
		var state model.CheckState
		var unknownSince, since time.Time
		for i := range rapid.IntRange(1, 200).Draw(r, "results") {
			result := model.Result{Check: "c", At: start.Add(time.Duration(i) * time.Minute), Status: rapid.SampledFrom(statuses).Draw(r, "status")}
			before := state
			next, changed := alerts.Judge(state, m.check, result)
			was := m.phase()
			m.take(result)
			if m.phase() != was || since.IsZero() && result.Status != model.StatusUnknown {
				since = result.At
			}
			if result.Status != model.StatusUnknown {
				unknownSince = time.Time{}
			} else if unknownSince.IsZero() {
				unknownSince = result.At
			}
			state = next
			if state.Phase != m.phase() || !state.Since.Equal(since) || !state.WorksSince.Equal(m.worksSince()) || !state.UnknownSince.Equal(unknownSince) {
				r.Fatalf("result %d: %+v, want %s since %s, works since %s, unknown since %s", i, state, m.phase(), since, m.worksSince(), unknownSince)
			}
			if !changed { // nothing is stored then: a restart must not show
				state = before
				state.Status, state.At = next.Status, next.At
			}
			if rapid.IntRange(0, 5).Draw(r, "restart") == 0 {
				state = stored(r, state)
			}
		}
	})
}

// stored is a state as it comes back from the store.
func stored(r *rapid.T, state model.CheckState) (back model.CheckState) {
	text, err := json.Marshal(state)
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil {
		r.Fatal(err)
	}
	return back
}
