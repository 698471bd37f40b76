package ops_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

func numbers(all []model.Incident) []model.IncidentID {
	var ids []model.IncidentID
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	return ids
}

func TestIncidentsStandBeforeTheirParts(t *testing.T) {
	b := newBench(t)
	service := model.ServiceKey{Client: "acme", Service: "store"}
	b.open = []model.Incident{
		{ID: 5, Kind: model.IncidentService, ServiceKey: service, Parent: 1, Severity: model.SeverityCritical},
		{ID: 9, Kind: model.IncidentStorm, Severity: model.SeverityCritical},
		{ID: 1, Kind: model.IncidentHost, Host: "web2", Parent: 9},
		{ID: 2, Kind: model.IncidentCheck, Check: "main-db"},
		{ID: 7, Kind: model.IncidentCheck, Check: "disk", Parent: 4}, // attached to one that is not visible here
	}
	all, err := b.actions.Incidents(t.Context(), actor(model.RoleViewer))
	if want := []model.IncidentID{9, 1, 5, 2, 7}; err != nil || !slices.Equal(numbers(all), want) {
		t.Errorf("got %v, %v, want %v", numbers(all), err, want)
	}
	in, parts, err := b.actions.Incident(t.Context(), actor(model.RoleViewer), 9)
	if err != nil || in.ID != 9 || !slices.Equal(numbers(parts), []model.IncidentID{1}) {
		t.Errorf("got %d with %v, %v", in.ID, numbers(parts), err)
	}
	if _, _, err := b.actions.Incident(t.Context(), actor(model.RoleViewer), 99); model.CodeOf(err) != model.ErrNoIncident {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestHistoryWithinAScope(t *testing.T) {
	b := newBench(t)
	b.over = []model.Incident{{
		ID: 3, Kind: model.IncidentStorm, OpenedAt: epoch, ClosedAt: epoch.Add(time.Hour), Storm: &model.Storm{Total: 40},
		Affected: []model.ServiceState{{ServiceKey: model.ServiceKey{Client: "acme", Service: "store"}}, {ServiceKey: model.ServiceKey{Client: "beta", Service: "store"}}},
	}, {
		ID: 4, Kind: model.IncidentService, ServiceKey: model.ServiceKey{Client: "beta", Service: "reports"}, ClosedAt: epoch,
		Affected: []model.ServiceState{{ServiceKey: model.ServiceKey{Client: "beta", Service: "reports"}}},
		Failing:  []model.FailingCheck{{Check: "beta/reports@web2"}},
	}}
	history := func(who model.Actor, words ...string) []model.Incident {
		past, err := b.actions.History(t.Context(), who, words, epoch)
		if err != nil {
			t.Fatal(err)
		}
		return past.Incidents
	}
	if got := numbers(history(actor(model.RoleViewer))); !slices.Equal(got, []model.IncidentID{4, 3, 2, 1}) {
		t.Errorf("all: %v", got)
	}
	if got := numbers(history(actor(model.RoleViewer), "reports")); !slices.Equal(got, []model.IncidentID{4, 1}) {
		t.Errorf("of reports: %v", got)
	}
	if got := numbers(history(actor(model.RoleViewer), "main-db")); !slices.Equal(got, []model.IncidentID{2}) {
		t.Errorf("of main-db: %v", got)
	}
	for _, in := range history(actor(model.RoleViewer, "acme")) {
		if in.ID == 4 || in.Storm != nil || slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool { return s.Client != "acme" }) {
			t.Errorf("acme sees %+v", in)
		}
	}
	if _, err := b.actions.History(t.Context(), actor(model.RoleViewer, "acme"), []string{"beta"}, epoch); err == nil {
		t.Error("acme asked after beta")
	}
}

func TestAckIsSeenAsFarAsTheScope(t *testing.T) {
	b := newBench(t)
	in, err := b.actions.Ack(t.Context(), actor(model.RoleOperator), 1)
	if err != nil || len(in.Acks) != 1 || in.Acks[0].Name != "Ada" || in.Acks[0].User != 7 {
		t.Errorf("got %+v, %v", in.Acks, err)
	}
	if in, err := b.actions.Ack(t.Context(), actor(model.RoleOperator, "acme"), 1); err != nil || len(in.Acks) != 2 || in.Acks[1].Scope.Sees("beta") {
		t.Errorf("somebody of acme acknowledged %+v, %v", in.Acks, err)
	}
	if in, err := b.actions.Unack(t.Context(), actor(model.RoleOperator, "acme"), 1); err != nil || len(in.Acks) != 1 || in.Acks[0].Scope.Limited {
		t.Errorf("somebody of acme took back theirs: left %+v, %v", in.Acks, err)
	}
	if _, err := b.actions.Unack(t.Context(), actor(model.RoleOperator, "acme"), 2); model.CodeOf(err) != model.ErrNoIncident {
		t.Errorf("took back the incident of another: %v", err)
	}
	if _, err := b.actions.Ack(t.Context(), actor(model.RoleOperator, "acme"), 2); model.CodeOf(err) != model.ErrNoIncident {
		t.Errorf("the incident of another: %v", err)
	}
}

// A user limited to one client mutes this client's part of a storm, for a day at most: the mute does not end with the
// storm.
func TestMuteOfASharedStorm(t *testing.T) {
	b := newBench(t)
	states := []model.ServiceState{
		{ServiceKey: model.ServiceKey{Client: "beta", Service: "reports"}}, {ServiceKey: model.ServiceKey{Client: "acme", Service: "store"}},
	}
	b.open = []model.Incident{{ID: 9, Kind: model.IncidentStorm, Affected: states}, {ID: 10, Kind: model.IncidentStorm, Affected: states[:1]}}
	ask := ops.MuteRequest{For: ops.UntilHealthy, Incident: 9, Sure: true}
	answer, err := b.actions.Mute(t.Context(), actor(model.RoleOperator, "acme"), ask)
	if err != nil {
		t.Fatal(err)
	}
	m := answer.Mute
	want := model.Selector{Clients: []string{"acme"}, Services: []string{"store"}}
	if m.Incident != 0 || !m.Selector.Equal(want) || m.Until.Sub(m.From) != model.Day {
		t.Errorf("muted %+v for %s", m, m.Until.Sub(m.From))
	}
	if e := b.audit[0]; e.Target != "acme store" || e.After != "1d" {
		t.Errorf("the audit log says it mutes %q for %q", e.Target, e.After)
	}
	ask.Incident = 10
	if answer, err := b.actions.Mute(t.Context(), actor(model.RoleOperator, "acme"), ask); model.CodeOf(err) != model.ErrNoIncident {
		t.Errorf("the storm of others: %+v, %v", answer.Mute, err)
	}
	if answer, err := b.actions.Mute(t.Context(), actor(model.RoleOperator), ops.MuteRequest{For: time.Hour, Incident: 9}); err == nil && answer.Mute.Incident != 9 {
		t.Errorf("all of it: %+v", answer.Mute)
	}
}

// An event that began and ended at a source while opsbot was not running is in the history.
func TestHistoryOfWhatNoIncidentWasAbout(t *testing.T) {
	b := newBench(t)
	over := func(host, known string, incident model.IncidentID) model.Event {
		e := event(host, known)
		e.EndedAt, e.Incident = epoch, incident
		return e
	}
	b.past = []model.Event{over("web1", "web1", 0), over("web3", "web3", 0), over("web2", "web2", 7), over("db9", "", 0), event("web1", "web1")}
	for _, c := range []struct {
		who   model.Actor
		words []string
		want  []string
	}{
		{actor(model.RoleViewer), nil, []string{"web1", "web3", "db9"}},
		{actor(model.RoleViewer), []string{"web3"}, []string{"web3"}},
		{actor(model.RoleViewer, "beta"), nil, []string{"web3"}},
		{actor(model.RoleViewer, "acme"), []string{"web3"}, nil},
	} {
		past, err := b.actions.History(t.Context(), c.who, c.words, epoch)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range past.Events {
			got = append(got, past.Events[i].Name())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v %v: %v, want %v", c.who.Scope, c.words, got, c.want)
		}
	}
}
