package alerts_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// pastOf is a check's past as the store has it: its transitions, and that it was well from its first result, or the first one after
// it came back, where no transition says so.
func (s *memStore) pastOf(id model.CheckID) (lines []string) {
	stateSays := true
	for _, t := range s.past {
		if t.Check != id {
			continue
		}
		line := fmt.Sprintf("%s %s %s", t.At.Sub(start), t.Phase, t.Status)
		if t.Gone {
			line = fmt.Sprintf("%s gone", t.At.Sub(start))
		}
		lines = append(lines, line)
		stateSays = t.Gone
	}
	if state, stored := s.m.Checks[id]; stateSays && stored && !state.Remembered && !state.Since.IsZero() {
		lines = append(lines, fmt.Sprintf("%s %s %s", state.Since.Sub(start), model.PhaseOK, model.StatusOK))
	}
	return lines
}

func TestTransitions(t *testing.T) {
	w := newWorld(t, "main-db")
	w.at = start
	transaction := func(status model.Status) {
		w.at = w.at.Add(time.Minute)
		w.result("main-db", status)
	}
	transaction(model.StatusOK)
	if got := w.store.pastOf("main-db"); !slices.Equal(got, []string{"0s ok ok"}) || len(w.store.past) != 0 {
		t.Errorf("a check that is well has %v, %d stored", got, len(w.store.past))
	}
	transaction(model.StatusUnknown)
	transaction(model.StatusUnknown)
	transaction(model.StatusOK)
	transaction(model.StatusFail)
	transaction(model.StatusFail)
	transaction(model.StatusUnknown)
	w.restart()
	transaction(model.StatusOK)
	w.at = w.at.Add(time.Minute)
	w.reload()
	w.at = w.at.Add(time.Minute)
	w.reload("main-db")
	transaction(model.StatusOK)
	want := []string{"0s ok ok", "2m0s ok unknown", "4m0s ok ok", "5m0s down fail", "7m0s down unknown", "8m0s ok ok", "9m0s gone", "11m0s ok ok"}
	if got := w.store.pastOf("main-db"); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if r := w.store.past[1].Reason; r.Code != model.ReasonRefused {
		t.Errorf("the reason is %+v", r)
	}
}

func TestTransitionsOfWhatAnEarlierVersionLeft(t *testing.T) {
	w := newWorld(t, "main-db", "disk")
	w.at = start
	w.fail("disk")
	for id, state := range w.store.m.Checks {
		state.Remembered = false
		w.store.m.Checks[id] = state
	}
	w.store.past = nil
	w.at = w.at.Add(time.Hour)
	w.restart()
	w.restart()
	if got := w.store.pastOf("disk"); !slices.Equal(got, []string{"1h0m0s down fail"}) {
		t.Errorf("what is down begins with %v", got)
	}
	if got := w.store.pastOf("main-db"); !slices.Equal(got, []string{"0s ok ok"}) {
		t.Errorf("what is well begins with %v", got)
	}
}

// TestThePastEndsInThePresent lets anything happen, kills and a full disk too: whenever all is stored, the last transition of
// a check is its present state.
func TestThePastEndsInThePresent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, "main-db", "acme/reports@web1")
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			w.at = w.at.Add(time.Duration(rapid.IntRange(1, 300).Draw(r, "pause")) * time.Second)
			id := rapid.SampledFrom([]string{"main-db", "acme/reports@web1", "new"}).Draw(r, "check")
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				w.restart()
			case 1:
				w.store.full = !w.store.full
			case 2:
				w.reload(rapid.SampledFrom([][]string{{"main-db", "acme/reports@web1"}, {"main-db"}, {"acme/reports@web1", "new"}}).Draw(r, "inventory")...)
			case 3:
				_ = w.manager.Reset(context.Background(), model.CheckID(id), model.AuditEntry{})
			default:
				w.result(id, rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusOK, model.StatusFail, model.StatusUnknown}).Draw(r, "status"))
			}
			if w.store.full {
				continue
			}
			w.tick()
			presentIsLast(r, w)
		}
	})
}

func presentIsLast(r *rapid.T, w *world) {
	for _, id := range []model.CheckID{"main-db", "acme/reports@web1", "new"} {
		last, all := "", w.store.pastOf(id)
		if len(all) > 0 {
			_, _ = fmt.Sscan(all[len(all)-1], new(string), &last)
		}
		state, there := w.manager.State(id)
		want := state.Phase.String()
		switch {
		case !there && len(all) > 0:
			want = "gone"
		case !there || state.At.IsZero():
			if len(all) > 0 && last != "gone" {
				r.Fatalf("%s has no result and the past %v", id, all)
			}
			continue
		case (state.Status == model.StatusUnknown) != (len(all) > 0 && all[len(all)-1][len(all[len(all)-1])-7:] == "unknown"):
			r.Fatalf("%s is %s and its past %v", id, state.Status, all)
		}
		if last != want {
			r.Fatalf("%s is %s and its past %v", id, want, all)
		}
	}
}
