package model_test

import (
	"testing"
	"time"

	"opsbot/model"
)

// TestHoursOnTheNightsOfClockChanges covers zones east and west of Greenwich: package time picks different instants
// there for a wall clock time that occurs twice or never.
func TestHoursOnTheNightsOfClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone, hours  string
		opens, shuts string // UTC
	}{
		// Occurs twice: from the first to the last.
		{"Europe/Berlin", "Sun 02:15-02:45", "2026-10-25T00:15:00Z", "2026-10-25T01:45:00Z"},
		{"America/New_York", "Sun 01:15-01:45", "2026-11-01T05:15:00Z", "2026-11-01T06:45:00Z"},
		{"Europe/Berlin", "Sun 01:00-02:30", "2026-10-24T23:00:00Z", "2026-10-25T01:30:00Z"},
		// Never occurs: as much later as was skipped.
		{"Europe/Berlin", "Sun 02:15-02:45", "2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z"},
		{"America/New_York", "Sun 02:15-02:45", "2026-03-08T07:15:00Z", "2026-03-08T07:45:00Z"},
		{"Australia/Lord_Howe", "Sun 02:10-02:20", "2026-10-03T15:40:00Z", "2026-10-03T15:50:00Z"},
		// Neither.
		{"America/New_York", "Sun 08:00-20:00", "2026-11-01T13:00:00Z", "2026-11-02T01:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Skip("no time zones here")
		}
		hours, err := model.ParseActiveHours(c.hours, zone)
		if err != nil {
			t.Fatal(err)
		}
		opens, _ := time.Parse(time.RFC3339, c.opens)
		shuts, _ := time.Parse(time.RFC3339, c.shuts)
		for at, want := range map[time.Time]bool{
			opens.Add(-time.Second): false, opens: true, shuts.Add(-time.Second): true, shuts: false,
			opens.Add(shuts.Sub(opens) / 2): true,
		} {
			if got := hours.Open(at); got != want {
				t.Errorf("%s in %s: open at %s is %v", c.hours, c.zone, at.Format(time.RFC3339), got)
			}
		}
		if next := hours.NextOpen(opens.Add(-time.Hour)); !next.Equal(opens) {
			t.Errorf("%s in %s: next opens at %s, want %s", c.hours, c.zone, next.UTC().Format(time.RFC3339), c.opens)
		}
	}
}
