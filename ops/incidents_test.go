package ops_test

import (
	"slices"
	"testing"
	"time"

	"opsbot"
	"opsbot/ops"
)

func numbers(all []opsbot.Incident) []opsbot.IncidentID {
	var ids []opsbot.IncidentID
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	return ids
}

func TestIncidentsStandBeforeTheirParts(t *testing.T) {
	b := newBench(t)
	service := opsbot.ServiceKey{Client: "acme", Service: "store"}
	b.open = []opsbot.Incident{
		{ID: 5, Kind: opsbot.IncidentService, ServiceKey: service, Parent: 1, Severity: opsbot.SeverityCritical},
		{ID: 9, Kind: opsbot.IncidentStorm, Severity: opsbot.SeverityCritical},
		{ID: 1, Kind: opsbot.IncidentHost, Host: "web2", Parent: 9},
		{ID: 2, Kind: opsbot.IncidentCheck, Check: "main-db"},
		{ID: 7, Kind: opsbot.IncidentCheck, Check: "disk", Parent: 4}, // of one that is not seen here
	}
	all, err := b.actions.Incidents(t.Context(), actor(opsbot.RoleViewer))
	if want := []opsbot.IncidentID{9, 1, 5, 2, 7}; err != nil || !slices.Equal(numbers(all), want) {
		t.Errorf("got %v, %v, want %v", numbers(all), err, want)
	}
	in, parts, err := b.actions.Incident(t.Context(), actor(opsbot.RoleViewer), 9)
	if err != nil || in.ID != 9 || !slices.Equal(numbers(parts), []opsbot.IncidentID{1}) {
		t.Errorf("got %d with %v, %v", in.ID, numbers(parts), err)
	}
	if _, _, err := b.actions.Incident(t.Context(), actor(opsbot.RoleViewer), 99); opsbot.CodeOf(err) != opsbot.ErrNoIncident {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestHistoryWithinAScope(t *testing.T) {
	b := newBench(t)
	b.over = []opsbot.Incident{{
		ID: 3, Kind: opsbot.IncidentStorm, OpenedAt: epoch, ClosedAt: epoch.Add(time.Hour), Storm: &opsbot.Storm{Total: 40},
		Affected: []opsbot.ServiceState{{ServiceKey: opsbot.ServiceKey{Client: "acme", Service: "store"}}, {ServiceKey: opsbot.ServiceKey{Client: "beta", Service: "store"}}},
	}, {
		ID: 4, Kind: opsbot.IncidentService, ServiceKey: opsbot.ServiceKey{Client: "beta", Service: "reports"}, ClosedAt: epoch,
		Affected: []opsbot.ServiceState{{ServiceKey: opsbot.ServiceKey{Client: "beta", Service: "reports"}}},
		Failing:  []opsbot.FailingCheck{{Check: "beta/reports@web2"}},
	}}
	history := func(who opsbot.Actor, words ...string) []opsbot.Incident {
		past, err := b.actions.History(t.Context(), who, words, epoch)
		if err != nil {
			t.Fatal(err)
		}
		return past.Incidents
	}
	if got := numbers(history(actor(opsbot.RoleViewer))); !slices.Equal(got, []opsbot.IncidentID{1, 2, 3, 4}) {
		t.Errorf("all: %v", got)
	}
	if got := numbers(history(actor(opsbot.RoleViewer), "reports")); !slices.Equal(got, []opsbot.IncidentID{1, 4}) {
		t.Errorf("of reports: %v", got)
	}
	if got := numbers(history(actor(opsbot.RoleViewer), "main-db")); !slices.Equal(got, []opsbot.IncidentID{2}) {
		t.Errorf("of main-db: %v", got)
	}
	for _, in := range history(actor(opsbot.RoleViewer, "acme")) {
		if in.ID == 4 || in.Storm != nil || slices.ContainsFunc(in.Affected, func(s opsbot.ServiceState) bool { return s.Client != "acme" }) {
			t.Errorf("acme sees %+v", in)
		}
	}
	if _, err := b.actions.History(t.Context(), actor(opsbot.RoleViewer, "acme"), []string{"beta"}, epoch); err == nil {
		t.Error("acme asked after beta")
	}
}

func TestAckIsSeenAsFarAsTheScope(t *testing.T) {
	b := newBench(t)
	in, err := b.actions.Ack(t.Context(), actor(opsbot.RoleOperator), 1)
	if err != nil || in.Ack == nil || in.Ack.Name != "Ada" || in.Ack.User != 7 {
		t.Errorf("got %+v, %v", in.Ack, err)
	}
	if in, err := b.actions.Ack(t.Context(), actor(opsbot.RoleOperator, "acme"), 1); err == nil && (in.Ack == nil || in.Ack.Scope.Sees("beta")) {
		t.Errorf("somebody of acme answers for %+v", in.Ack)
	}
	if _, err := b.actions.Ack(t.Context(), actor(opsbot.RoleOperator, "acme"), 2); opsbot.CodeOf(err) != opsbot.ErrNoIncident {
		t.Errorf("the incident of another: %v", err)
	}
}

// Whoever sees one client mutes of a storm what is this client's, for a day at most: it does not end with the storm.
func TestMuteOfASharedStorm(t *testing.T) {
	b := newBench(t)
	states := []opsbot.ServiceState{
		{ServiceKey: opsbot.ServiceKey{Client: "beta", Service: "reports"}}, {ServiceKey: opsbot.ServiceKey{Client: "acme", Service: "store"}},
	}
	b.open = []opsbot.Incident{{ID: 9, Kind: opsbot.IncidentStorm, Affected: states}, {ID: 10, Kind: opsbot.IncidentStorm, Affected: states[:1]}}
	ask := ops.MuteRequest{For: ops.UntilHealthy, Incident: 9, Sure: true}
	answer, err := b.actions.Mute(t.Context(), actor(opsbot.RoleOperator, "acme"), ask)
	if err != nil {
		t.Fatal(err)
	}
	m := answer.Mute
	want := opsbot.Selector{Clients: []string{"acme"}, Services: []string{"store"}}
	if m.Incident != 0 || !m.Selector.Equal(want) || m.Until.Sub(m.From) != opsbot.Day {
		t.Errorf("muted %+v for %s", m, m.Until.Sub(m.From))
	}
	ask.Incident = 10
	if answer, err := b.actions.Mute(t.Context(), actor(opsbot.RoleOperator, "acme"), ask); opsbot.CodeOf(err) != opsbot.ErrNoIncident {
		t.Errorf("the storm of others: %+v, %v", answer.Mute, err)
	}
	if answer, err := b.actions.Mute(t.Context(), actor(opsbot.RoleOperator), ops.MuteRequest{For: time.Hour, Incident: 9}); err == nil && answer.Mute.Incident != 9 {
		t.Errorf("all of it: %+v", answer.Mute)
	}
}

// What came and went at a source while nobody listened is told to whoever asks what was.
func TestHistoryOfWhatNoIncidentWasAbout(t *testing.T) {
	b := newBench(t)
	over := func(host, known string, incident opsbot.IncidentID) opsbot.Event {
		e := event(host, known)
		e.EndedAt, e.Incident = epoch, incident
		return e
	}
	b.past = []opsbot.Event{over("web1", "web1", 0), over("web3", "web3", 0), over("web2", "web2", 7), over("db9", "", 0), event("web1", "web1")}
	for _, c := range []struct {
		who   opsbot.Actor
		words []string
		want  []string
	}{
		{actor(opsbot.RoleViewer), nil, []string{"web1", "web3", "db9"}},
		{actor(opsbot.RoleViewer), []string{"web3"}, []string{"web3"}},
		{actor(opsbot.RoleViewer, "beta"), nil, []string{"web3"}},
		{actor(opsbot.RoleViewer, "acme"), []string{"web3"}, nil},
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
