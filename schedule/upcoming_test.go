package schedule_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/model"
	"opsbot/schedule"
)

// TestNextRunIsTheNextStart: whenever it is asked, the next start is the one that was said, whatever the place of a check in its round.
func TestNextRunIsTheNextStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var entries []schedule.Entry
		for i := range 12 {
			entries = append(entries, schedule.Entry{ID: model.CheckID(fmt.Sprint("c", i)), Expression: "*/5 * * * *"})
		}
		entries = append(entries, schedule.Entry{ID: "alone", Expression: "7 * * * *"}, schedule.Entry{ID: "often", Expression: "@every 10s"})
		b := newBench(t, &memory{}, entries...)
		if !b.s.NextRun("strange").IsZero() {
			t.Error("a check that is not known has a next run")
		}
		b.start()
		pass(31 * time.Second)
		said := map[model.CheckID]time.Time{}
		asked := map[model.CheckID]int{}
		for range 45 {
			for _, e := range entries {
				starts := b.of(e.ID)
				if due := said[e.ID]; !due.IsZero() && len(starts) > asked[e.ID] {
					if got := starts[asked[e.ID]]; got.Sub(due).Abs() > time.Second {
						t.Fatalf("%s started at %s, said was %s", e.ID, got.Format(time.TimeOnly), due.Format(time.TimeOnly))
					}
				}
				said[e.ID], asked[e.ID] = b.s.NextRun(e.ID), len(starts)
				if said[e.ID].Before(time.Now()) {
					t.Fatalf("%s: %s is past", e.ID, said[e.ID])
				}
			}
			pass(97 * time.Second)
		}
		b.s.Again("alone", 20*time.Second)
		if in := time.Until(b.s.NextRun("alone")); in.Round(time.Second) != 20*time.Second {
			t.Errorf("asked for again, it runs in %v", in)
		}
		b.stop()
	})
}
