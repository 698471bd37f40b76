package model_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestConditionOfAnIncident(t *testing.T) {
	for _, c := range []struct {
		name string
		in   model.Incident
		want model.Condition
	}{
		{"open", model.Incident{}, model.ConditionOpen},
		{"ended, whatever it was", model.Incident{ClosedAt: noon, WorksSince: noon, Flap: &model.Flap{Works: true}}, model.ConditionOK},
		{"latched", model.Incident{WorksSince: noon}, model.ConditionLatched},
		{"latched and muted: nothing is broken", model.Incident{WorksSince: noon, MutedUntil: noon}, model.ConditionLatched},
		{"flapping, broken now", model.Incident{Flap: &model.Flap{}}, model.ConditionOpen},
		{"flapping, works now", model.Incident{Flap: &model.Flap{Works: true}}, model.ConditionResting},
		{"muted as a whole", model.Incident{MutedUntil: noon}, model.ConditionMuted},
		{"a storm", model.Incident{Storm: &model.Storm{Total: 5, Open: 1}}, model.ConditionOpen},
		{"a storm of which all works", model.Incident{Storm: &model.Storm{Total: 5}}, model.ConditionResting},
		{"a storm that just began", model.Incident{Storm: &model.Storm{}}, model.ConditionOpen},
		{"a group that is being verified", model.Incident{EventGroup: &model.EventGroup{Done: 1, Total: 2}}, model.ConditionVerifying},
		{"a group that is being verified, and a host is down", model.Incident{EventGroup: &model.EventGroup{Done: 1, Total: 2, Verifications: model.VerificationCount{Confirmed: 1}}}, model.ConditionOpen},
		{"a group with a client affected", model.Incident{EventGroup: &model.EventGroup{Done: 1, Total: 2, Clients: 1}}, model.ConditionOpen},
		{"a group with an unmapped host", model.Incident{EventGroup: &model.EventGroup{Done: 1, Total: 2, UnmappedAll: 1}}, model.ConditionOpen},
		{"a group that is verified", model.Incident{EventGroup: &model.EventGroup{Done: 2, Total: 2}}, model.ConditionOpen},
	} {
		if got := c.in.Condition(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestConditionOfACheck(t *testing.T) {
	for want, s := range map[model.Condition]model.CheckState{
		model.ConditionOpen:    {Phase: model.PhaseDown, Status: model.StatusFail},
		model.ConditionLatched: {Phase: model.PhaseDown, Status: model.StatusOK, WorksSince: noon},
		model.ConditionFailing: {Phase: model.PhaseFailing, Status: model.StatusFail},
		model.ConditionUnknown: {Phase: model.PhaseFailing, Status: model.StatusUnknown},
		model.ConditionOK:      {Status: model.StatusOK},
	} {
		if got := s.Condition(); got != want {
			t.Errorf("%+v: %s, want %s", s, got, want)
		}
	}
}

// incidents are a storm (1) of a check (2), a host (3) with a service (4), and an event group (5) with a host (6); and a latched check (7).
func incidents() []model.Incident {
	return []model.Incident{
		{ID: 1, Kind: model.IncidentStorm, Storm: &model.Storm{Total: 3, Open: 3}},
		{ID: 2, Kind: model.IncidentCheck, Parent: 1},
		{ID: 3, Kind: model.IncidentHost, Parent: 1},
		{ID: 4, Kind: model.IncidentService, Parent: 3},
		{ID: 5, Kind: model.IncidentEventGroup, EventGroup: &model.EventGroup{Clients: 1}, Parent: 1},
		{ID: 6, Kind: model.IncidentHost, Parent: 5},
		{ID: 7, Kind: model.IncidentCheck, WorksSince: noon},
	}
}

func ids(all []model.Incident) (out []model.IncidentID) {
	for i := range all {
		out = append(out, all[i].ID)
	}
	return out
}

func TestIncidentsAreCountedOnce(t *testing.T) {
	all := incidents()
	if got, want := model.CountIncidents(all), (model.IncidentCount{Open: 3, Working: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := ids(model.Roots(all)), []model.IncidentID{2, 3, 5, 7}; !slices.Equal(got, want) {
		t.Errorf("roots %v, want %v", got, want)
	}
	// As a list without its parts has them: the number is the same.
	if got, want := model.CountIncidents([]model.Incident{all[0], all[6]}), (model.IncidentCount{Open: 3, Working: 1}); got != want {
		t.Errorf("without the parts of the storm: %+v, want %+v", got, want)
	}
	// A report knows nothing of storms.
	if got := model.CountIncidents(all[1:]).All(); got != 4 {
		t.Errorf("without the storm %d, want 4", got)
	}
	// A storm that an event group took over is part of it.
	all[0].Parent, all[4].Parent = 5, 0
	if got, want := ids(model.Roots(all)), []model.IncidentID{5, 7}; !slices.Equal(got, want) {
		t.Errorf("a group with a storm: %v, want %v", got, want)
	}
}

// What counts does not depend on the order, nothing counts twice, and a loop of parents, which no list should have, ends.
func TestCountsOfAnyList(t *testing.T) {
	kinds := []model.IncidentKind{model.IncidentCheck, model.IncidentHost, model.IncidentStorm, model.IncidentEventGroup}
	rapid.Check(t, func(rt *rapid.T) {
		all := make([]model.Incident, rapid.IntRange(0, 12).Draw(rt, "n"))
		for i := range all {
			all[i] = model.Incident{ID: model.IncidentID(i + 1), Kind: rapid.SampledFrom(kinds).Draw(rt, "kind"), Parent: model.IncidentID(rapid.IntRange(0, 14).Draw(rt, "parent"))}
		}
		n := model.CountIncidents(all)
		if n.All() > len(all) || n.All() != len(model.Roots(all)) {
			rt.Fatalf("%d incidents count as %+v, roots %v", len(all), n, ids(model.Roots(all)))
		}
		shuffled := rapid.Permutation(all).Draw(rt, "order")
		if again := model.CountIncidents(shuffled); again != n {
			rt.Fatalf("%+v in one order, %+v in another", n, again)
		}
	})
}

func TestWhatWorksComesLast(t *testing.T) {
	all := []model.Incident{
		{ID: 1, Severity: model.SeverityCritical, WorksSince: noon},
		{ID: 2, Severity: model.SeverityInfo},
		{ID: 3, Severity: model.SeverityCritical, Flap: &model.Flap{Works: true}},
		{ID: 4, Severity: model.SeverityCritical},
	}
	slices.SortFunc(all, func(a, b model.Incident) int { return model.CompareIncidents(&a, &b) })
	if got, want := ids(all), []model.IncidentID{4, 2, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestUncovered(t *testing.T) {
	down := model.ServiceState{ServiceKey: model.ServiceKey{Client: "a", Service: "web"}, Verdict: model.VerdictDown}
	risk := model.ServiceState{ServiceKey: model.ServiceKey{Client: "b", Service: "web"}, Verdict: model.VerdictAtRisk}
	fine := model.ServiceState{ServiceKey: model.ServiceKey{Client: "c", Service: "web"}}
	in := model.Incident{
		Affected: []model.ServiceState{down, risk, fine}, EventGroup: &model.EventGroup{Critical: []string{"x1", "x2"}, Unmapped: []string{"x1", "x2", "minor"}}, Storm: &model.Storm{Checks: []model.CheckID{"db"}},
	}
	if left := in.Uncovered(nil); !left.IsZero() {
		t.Errorf("what covers all leaves %+v", left)
	}
	// a was covered when it was not down yet; c is ok.
	left := in.Uncovered(model.Named{"service:a/web": false, "service:b/web": false, "unmapped:x1": false})
	if len(left.Services) != 1 || left.Services[0].Client != "a" || !slices.Equal(left.Checks, []model.CheckID{"db"}) || !slices.Equal(left.Unmapped, []string{"x2"}) {
		t.Errorf("%+v", left)
	}
	if left := (&model.Incident{Kind: model.IncidentCheck, Check: "db"}).Uncovered(model.Named{"check:db": true}); !left.IsZero() {
		t.Errorf("a covered check is left: %+v", left)
	}
}

func TestHostsThatAreDownComeFirst(t *testing.T) {
	all := []model.HostImpact{
		{Host: "a", Verification: model.VerifyRefuted},
		{Host: "b", Verification: model.VerifyUnchecked},
		{Host: "web10", Verification: model.VerifyConfirmed},
		{Host: "c", Verification: model.VerifyPending},
		{Host: "d", Verification: model.VerifyPartly},
		{Host: "web9", Verification: model.VerifyConfirmed},
	}
	slices.SortFunc(all, model.CompareHosts)
	var names []string
	for _, h := range all {
		names = append(names, h.Host)
	}
	if want := []string{"web9", "web10", "d", "b", "c", "a"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}
