package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/schedule"
)

// TestMain lets this binary run as bench's children.
func TestMain(m *testing.M) {
	if words := strings.Fields(os.Getenv(role)); len(words) > 0 {
		if err := play(context.Background(), words, os.Stdin, os.Stdout); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestTable(t *testing.T) {
	rows := []row{
		{number: "1", what: "as slow as may be", limit: 1.3, measured: 1.3, unit: " x"},
		{number: "1", what: "as fast as must be", limit: 0.8, measured: 0.8, unit: " x", least: true},
	}
	var out strings.Builder
	if err := printTable(&out, rows); err != nil {
		t.Errorf("all bars are met: %v", err)
	}
	for _, missed := range []row{{number: "3", what: "too slow", limit: 1.1, measured: 1.2}, {number: "1", what: "too slow", limit: 0.8, measured: 0.7, least: true}} {
		out.Reset()
		if err := printTable(&out, append(rows[:2:2], missed)); !errors.Is(err, errMissed) || strings.Count(out.String(), "NO") != 1 {
			t.Errorf("a bar is missed: %v\n%s", err, out.String())
		}
	}
}

// TestChildrenMeasure runs every role on a small scale: its figures must be plausible.
func TestChildrenMeasure(t *testing.T) {
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for _, part := range []string{"engine", "bare", "hung", "paced", "storm"} {
		f, err := child(t.Context(), part, w.script(400, 1))
		if err != nil {
			t.Error(err)
			continue
		}
		if f.CPU <= 0 || f.Wall <= 0 || f.Peak < 1000 || f.Checks > 400 || f.Checks == 0 {
			t.Errorf("%s: %+v", part, f)
		}
		if took := f.Wall; part == "hung" && took < hungTimeout {
			t.Errorf("nothing hung: the sweep took %v", took)
		}
	}
}

// TestAllIsMeasured prints what could be measured, and fails for what could not.
func TestAllIsMeasured(t *testing.T) {
	all := []bar{{number: "1"}, {number: "2a"}, {number: "2b"}, {number: "3"}}
	broken := errors.New("no server")
	measure := func(b *bar) ([]row, error) {
		if b.number == "2a" {
			return nil, broken
		}
		return []row{{what: "figure " + b.number, limit: 1}}, nil
	}
	for only, want := range map[string][]string{"": {"1", "2b", "3"}, "2": {"2b"}, "3": {"3"}} {
		var out strings.Builder
		err := measureAll(&out, all, strings.Fields(only), measure)
		if errors.Is(err, broken) != (only != "3") {
			t.Errorf("only %q: %v", only, err)
		}
		if got := strings.Count(out.String(), "figure"); got != len(want) {
			t.Errorf("only %q: %d figures\n%s", only, got, out.String())
		}
		for _, number := range want {
			if !strings.Contains(out.String(), "figure "+number) {
				t.Errorf("only %q: %s is missing", only, number)
			}
		}
	}
}

// TestTheLeanClientTakesTurns has it sweep when it is asked to, over each kind of server.
func TestTheLeanClientTakesTurns(t *testing.T) {
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for _, shape := range []string{plain, "ec"} {
		lean, err := startLean(t.Context(), w.over(shape, 40, 1))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if f, err := lean.sweep(); err != nil || f.Checks != 40 || f.CPU <= 0 {
				t.Errorf("%s: %+v, %v", shape, f, err)
			}
		}
		lean.close()
	}
}

// TestSpread reads off starts what the bar of the schedule is about.
func TestSpread(t *testing.T) {
	slot := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	s := &starts{at: map[model.CheckID][]time.Time{"before": {slot.Add(-time.Second)}}}
	if latest, fullest := s.spread(slot); latest != 0 || fullest != 1 {
		t.Errorf("nothing started, and its last is at %v, its fullest tenth has %v", latest, fullest)
	}
	for i := range 10 {
		s.at[model.CheckID(fmt.Sprint(i))] = []time.Time{slot.Add(-time.Minute), slot.Add(time.Duration(i) * slotSplay / 10)}
	}
	s.at["late"] = []time.Time{slot.Add(slotSplay * 3 / 2)}
	if latest, fullest := s.spread(slot); latest != 1.5 || fullest != 2.0/11 {
		t.Errorf("the last is at %v, the fullest tenth has %v", latest, fullest)
	}
}

// TestExpressionsHaveSlots holds the bench's own idea of a slot to the schedule's: what is stored must be a slot.
func TestExpressionsHaveSlots(t *testing.T) {
	seen := map[model.Schedule]bool{}
	for _, e := range expressions() {
		seen[e.text()] = true
		for minute := range 120 {
			now := time.Date(2026, 11, 22, 10, minute, 30, 0, time.UTC)
			last := e.last(now)
			table, err := schedule.Parse(string(e.text()), time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			if last.After(now) || !table.Next(last.Add(-time.Second)).Equal(last) || table.Next(last).Before(now) {
				t.Fatalf("%s at %s: %s is not the last slot", e.text(), now, last)
			}
		}
	}
	if len(seen) != 50 {
		t.Errorf("%d expressions", len(seen))
	}
}

func TestAPartThatFailsIsAnError(t *testing.T) {
	if _, err := child(t.Context(), "engine", script{N: 1, Rounds: 1, Shape: plain, Port: "1", Hang: "1"}); err == nil {
		t.Error("nothing answers on port 1, and it was not reported")
	}
	if _, err := child(t.Context(), "dance", script{N: 1, Rounds: 1, Shape: plain, Port: "1", Hang: "1"}); err == nil {
		t.Error("there is no such role, and it was not reported")
	}
}

// TestFleetIsTheSizeThatIsAsked counts distinct addresses.
func TestFleetIsTheSizeThatIsAsked(t *testing.T) {
	seen := map[string]bool{}
	for i := range manyChecks {
		seen[address(i)] = true
	}
	if len(seen) != manyChecks {
		t.Errorf("%d addresses of %d are distinct", len(seen), manyChecks)
	}
}

func TestPercentile(t *testing.T) {
	var values []float64
	for i := range 200 {
		values = append(values, float64(200-i))
	}
	for percent, want := range map[int]float64{1: 2, 50: 100, 99: 198, 100: 200} {
		if got := percentile(values, percent); got != want {
			t.Errorf("p%d is %v, want %v", percent, got, want)
		}
	}
}
