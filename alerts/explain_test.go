package alerts_test

import (
	"slices"
	"testing"
	"time"

	"opsbot"
	"opsbot/alerts"
)

func TestExplainedRoutes(t *testing.T) {
	night, err := opsbot.ParseActiveHours("22:00-06:00", nil)
	if err != nil {
		t.Fatal(err)
	}
	mail := opsbot.Destination{Channel: "email:oncall"}
	r := alerts.Routing{
		Bypass: []opsbot.Severity{opsbot.SeverityCritical},
		Routes: []alerts.Route{
			{MinSeverity: opsbot.SeverityCritical, To: []opsbot.Destination{mail}, Continue: true},
			{Clients: []string{"other"}, To: []opsbot.Destination{mail}},
			{Hours: &night, To: []opsbot.Destination{mail}},
			{To: []opsbot.Destination{mail}},
		},
	}
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for severity, want := range map[opsbot.Severity]struct {
		places []int
		opens  time.Time
		sounds bool
	}{
		opsbot.SeverityCritical: {[]int{0, 2}, noon, true},
		opsbot.SeverityInfo:     {[]int{2}, noon.Add(10 * time.Hour), false},
	} {
		in := &opsbot.Incident{Kind: opsbot.IncidentCheck, Check: "db", Severity: severity}
		if got := r.Matching(in, alerts.About{}); !slices.Equal(got, want.places) {
			t.Errorf("%s goes by %v, want %v", severity, got, want.places)
		}
		targets := r.Route(in, alerts.About{})
		if len(targets) != 1 || !r.Opens(&targets[0], severity, noon).Equal(want.opens) || targets[0].Sounds(severity, noon) != want.sounds {
			t.Errorf("%s: %+v", severity, targets)
		}
	}
}
