package app

import (
	"testing"
	"time"

	"opsbot/oncall"
)

// TestGapsAreIssues: a gap is an issue from a day before it begins until it is over, with its own ends, unless it is meant.
func TestGapsAreIssues(t *testing.T) {
	begin := time.Date(2026, 12, 7, 10, 0, 0, 0, time.UTC)
	roster := &oncall.Roster{Schedules: []*oncall.Schedule{{Name: "primary", Layers: []oncall.Layer{oncall.Fixed{
		{Person: "anna", From: begin.Add(-time.Hour * 1000), To: begin}, {Person: "boris", From: begin.Add(50 * time.Hour), To: begin.Add(5000 * time.Hour)},
	}}}}}
	for _, c := range []struct {
		at   time.Duration // after the gap begins
		said bool
	}{{-25 * time.Hour, false}, {-23 * time.Hour, true}, {0, true}, {49 * time.Hour, true}, {50 * time.Hour, false}} {
		issues := gapIssues(roster, begin.Add(c.at))
		if length := gapLengths(roster, begin.Add(c.at))["primary"]; length > 0 != c.said || length > gapNotice || c.at == 0 && length != gapNotice {
			t.Errorf("%s after: the metric is %s", c.at, length)
		}
		if len(issues) > 0 != c.said {
			t.Errorf("%s after: %v", c.at, issues)
		}
		if c.said && (issues[0].Args["until"] != "2026-12-09T12:00:00Z" || c.at <= 0 && issues[0].Args["from"] != "2026-12-07T10:00:00Z") {
			t.Errorf("%s after: %v", c.at, issues)
		}
	}
	roster.Schedules[0].GapsAllowed = true
	if all := gapLengths(roster, begin); len(all) > 0 {
		t.Errorf("a gap that is meant: %v", all)
	}
	if issues := gapIssues(roster, begin); len(issues) > 0 {
		t.Errorf("a gap that is meant: %v", issues)
	}
}
