package alerts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/alerts"
	"opsbot/model"
)

func chat(id model.ChatID) model.Destination {
	return model.Destination{Channel: "telegram", Chat: id}
}

func webIncident(client, tier string, s model.Severity) *model.Incident {
	key := model.ServiceKey{Client: client, Service: "web"}
	return &model.Incident{
		Kind: model.IncidentService, ServiceKey: key, Severity: s,
		Affected: []model.ServiceState{{ServiceKey: key, Tier: tier}},
	}
}

func TestThrough(t *testing.T) {
	standalone := &model.Incident{Kind: model.IncidentCheck, Check: "main-db", Severity: model.SeverityWarning}
	labelled := alerts.About{Labels: []model.Labels{{"team": "db"}}}
	r := alerts.Routing{Routes: []alerts.Route{
		{MinSeverity: model.SeverityCritical, To: []model.Destination{chat(1)}},
		{To: []model.Destination{chat(2)}, Continue: true},
		{To: []model.Destination{chat(1), chat(2)}},
		{To: []model.Destination{chat(3)}},
	}}
	for to, want := range map[model.ChatID]int{1: 2, 2: 1, 3: -1, 4: -1} {
		if got := r.Through(standalone, labelled, chat(to)); got != want {
			t.Errorf("to chat %d it goes by route %d, want %d", to, got, want)
		}
	}
}

func TestRoute(t *testing.T) {
	const warning, critical = model.SeverityWarning, model.SeverityCritical
	chats := []model.Chat{{ID: 1}, {ID: 2, Scope: model.ScopeOf([]string{"a"})}}
	both := []model.Destination{chat(1), chat(2)}
	standalone := &model.Incident{Kind: model.IncidentCheck, Check: "main-db", Severity: critical}
	console := model.Destination{Channel: "console"}
	email := model.Destination{Channel: "email:oncall"}
	tests := []struct {
		name    string
		routing alerts.Routing
		in      *model.Incident
		want    []model.Destination
	}{
		{"no routes: every chat", alerts.Routing{Chats: chats}, webIncident("a", "", warning), both},
		{"a limited chat sees its clients only", alerts.Routing{Chats: chats}, webIncident("b", "", warning), both[:1]},
		{"a limited chat sees no standalone check", alerts.Routing{Chats: chats}, standalone, both[:1]},
		{"the console has everything", alerts.Routing{Console: true, Routes: []alerts.Route{{Clients: []string{"x"}}}}, standalone, []model.Destination{console}},
		{"console by route", alerts.Routing{Routes: []alerts.Route{{To: []model.Destination{console}}}}, standalone, []model.Destination{console}},
		{"first match ends it", alerts.Routing{Chats: chats, Routes: []alerts.Route{{To: both[:1]}, {To: both[1:]}}}, webIncident("a", "", warning), both[:1]},
		{"continue goes on", alerts.Routing{Chats: chats, Routes: []alerts.Route{{To: both[:1], Continue: true}, {To: both}}}, webIncident("a", "", warning), both},
		{"severity", alerts.Routing{Chats: chats, Routes: []alerts.Route{{MinSeverity: critical, To: both}}}, webIncident("a", "", warning), nil},
		{"service and tier", alerts.Routing{Chats: chats, Routes: []alerts.Route{{Services: []string{"web"}, Tiers: []string{"gold"}, To: both}}}, webIncident("a", "gold", warning), both},
		{"another tier", alerts.Routing{Chats: chats, Routes: []alerts.Route{{Services: []string{"web"}, Tiers: []string{"gold"}, To: both}}}, webIncident("a", "normal", warning), nil},
		{"an unknown chat gets nothing", alerts.Routing{Chats: chats, Routes: []alerts.Route{{To: []model.Destination{chat(9), email}}}}, standalone, []model.Destination{email}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []model.Destination
			for _, target := range tt.routing.Route(tt.in, alerts.About{}) {
				got = append(got, target.To)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRouteHoursOfTheNearest(t *testing.T) {
	hours := func(text string) *model.ActiveHours {
		h, err := model.ParseActiveHours(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &h
	}
	global, route, own := hours("Mon 01:00-02:00"), hours("Tue 01:00-02:00"), hours("Wed 01:00-02:00")
	tests := []struct{ global, route, own, want *model.ActiveHours }{
		{global, route, own, own}, {global, route, nil, route}, {global, nil, nil, global}, {nil, nil, nil, nil},
	}
	for i, tt := range tests {
		r := alerts.Routing{
			Chats: []model.Chat{{ID: 1}}, Hours: tt.global,
			Routes: []alerts.Route{{Hours: tt.route, To: []model.Destination{chat(1)}}},
		}
		if got := r.Route(&model.Incident{}, alerts.About{Hours: tt.own})[0].Hours; got != tt.want {
			t.Errorf("%d: got %v, want %v", i, got, tt.want)
		}
	}
}
