package alerts_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

func TestExplainedRoutes(t *testing.T) {
	night, err := model.ParseActiveHours("22:00-06:00", nil)
	if err != nil {
		t.Fatal(err)
	}
	mail := model.Destination{Channel: "email:oncall"}
	r := alerts.Routing{
		Bypass: []model.Severity{model.SeverityCritical},
		Routes: []alerts.Route{
			{MinSeverity: model.SeverityCritical, To: []model.Destination{mail}, Continue: true},
			{Clients: []string{"other"}, To: []model.Destination{mail}},
			{Hours: &night, To: []model.Destination{mail}},
			{To: []model.Destination{mail}},
		},
	}
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for severity, want := range map[model.Severity]struct {
		places []int
		opens  time.Time
		sounds bool
	}{
		model.SeverityCritical: {[]int{0, 2}, noon, true},
		model.SeverityInfo:     {[]int{2}, noon.Add(10 * time.Hour), false},
	} {
		in := &model.Incident{Kind: model.IncidentCheck, Check: "db", Severity: severity}
		if got := r.Matching(in, alerts.About{}); !slices.Equal(got, want.places) {
			t.Errorf("%s goes by %v, want %v", severity, got, want.places)
		}
		targets := r.Route(in, alerts.About{})
		if len(targets) != 1 || !r.Opens(&targets[0], severity, noon).Equal(want.opens) || targets[0].Sounds(severity, noon) != want.sounds {
			t.Errorf("%s: %+v", severity, targets)
		}
	}
}
