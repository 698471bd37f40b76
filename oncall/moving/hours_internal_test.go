package moving

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// TestHoursAreTheSameTimes: times of a week are the same, minute by minute, when they are written as active hours.
func TestHoursAreTheSameTimes(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		var w week
		for range rapid.IntRange(1, 6).Draw(r, "stretches") {
			w.add(30*rapid.IntRange(-100, 400).Draw(r, "from"), 30*rapid.IntRange(1, 340).Draw(r, "length"))
		}
		text, ok := w.hours()
		if !ok {
			r.Fatal("no times")
		}
		if text == "" {
			text = "always"
		}
		hours, err := model.ParseActiveHours(text, time.UTC)
		if err != nil {
			r.Fatalf("%q: %v", text, err)
		}
		open := map[int]bool{}
		for _, s := range hours.Windows(monday, monday.AddDate(0, 0, 7)) {
			for at := s.From; at.Before(s.To); at = at.Add(30 * time.Minute) {
				open[int(at.Sub(monday)/time.Minute)] = true
			}
		}
		for m := 0; m < len(w); m += 30 {
			if w[m] != open[m] {
				r.Fatalf("%q at minute %d: %v", text, m, open[m])
			}
		}
	})
	var none week
	if text, ok := none.hours(); ok {
		t.Errorf("no time at all is %q", text)
	}
}
