package alerts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot"
	"opsbot/alerts"
)

func chat(id opsbot.ChatID) opsbot.Destination {
	return opsbot.Destination{Channel: "telegram", Chat: id}
}

func webIncident(client, tier string, s opsbot.Severity) *opsbot.Incident {
	key := opsbot.ServiceKey{Client: client, Service: "web"}
	return &opsbot.Incident{
		Kind: opsbot.IncidentService, ServiceKey: key, Severity: s,
		Affected: []opsbot.ServiceState{{ServiceKey: key, Tier: tier}},
	}
}

func TestThrough(t *testing.T) {
	standalone := &opsbot.Incident{Kind: opsbot.IncidentCheck, Check: "main-db", Severity: opsbot.SeverityWarning}
	labelled := alerts.About{Labels: []opsbot.Labels{{"team": "db"}}}
	r := alerts.Routing{Routes: []alerts.Route{
		{MinSeverity: opsbot.SeverityCritical, To: []opsbot.Destination{chat(1)}},
		{To: []opsbot.Destination{chat(2)}, Continue: true},
		{To: []opsbot.Destination{chat(1), chat(2)}},
		{To: []opsbot.Destination{chat(3)}},
	}}
	for to, want := range map[opsbot.ChatID]int{1: 2, 2: 1, 3: -1, 4: -1} {
		if got := r.Through(standalone, labelled, chat(to)); got != want {
			t.Errorf("to chat %d it goes by route %d, want %d", to, got, want)
		}
	}
}

func TestRoute(t *testing.T) {
	const warning, critical = opsbot.SeverityWarning, opsbot.SeverityCritical
	chats := []opsbot.Chat{{ID: 1}, {ID: 2, Scope: opsbot.ScopeOf([]string{"a"})}}
	both := []opsbot.Destination{chat(1), chat(2)}
	standalone := &opsbot.Incident{Kind: opsbot.IncidentCheck, Check: "main-db", Severity: critical}
	console := opsbot.Destination{Channel: "console"}
	email := opsbot.Destination{Channel: "email:oncall"}
	tests := []struct {
		name    string
		routing alerts.Routing
		in      *opsbot.Incident
		want    []opsbot.Destination
	}{
		{"no routes: every chat", alerts.Routing{Chats: chats}, webIncident("a", "", warning), both},
		{"a limited chat sees its clients only", alerts.Routing{Chats: chats}, webIncident("b", "", warning), both[:1]},
		{"a limited chat sees no standalone check", alerts.Routing{Chats: chats}, standalone, both[:1]},
		{"the console has everything", alerts.Routing{Console: true, Routes: []alerts.Route{{Clients: []string{"x"}}}}, standalone, []opsbot.Destination{console}},
		{"console by route", alerts.Routing{Routes: []alerts.Route{{To: []opsbot.Destination{console}}}}, standalone, []opsbot.Destination{console}},
		{"first match ends it", alerts.Routing{Chats: chats, Routes: []alerts.Route{{To: both[:1]}, {To: both[1:]}}}, webIncident("a", "", warning), both[:1]},
		{"continue goes on", alerts.Routing{Chats: chats, Routes: []alerts.Route{{To: both[:1], Continue: true}, {To: both}}}, webIncident("a", "", warning), both},
		{"severity", alerts.Routing{Chats: chats, Routes: []alerts.Route{{MinSeverity: critical, To: both}}}, webIncident("a", "", warning), nil},
		{"service and tier", alerts.Routing{Chats: chats, Routes: []alerts.Route{{Services: []string{"web"}, Tiers: []string{"gold"}, To: both}}}, webIncident("a", "gold", warning), both},
		{"another tier", alerts.Routing{Chats: chats, Routes: []alerts.Route{{Services: []string{"web"}, Tiers: []string{"gold"}, To: both}}}, webIncident("a", "normal", warning), nil},
		{"an unknown chat gets nothing", alerts.Routing{Chats: chats, Routes: []alerts.Route{{To: []opsbot.Destination{chat(9), email}}}}, standalone, []opsbot.Destination{email}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []opsbot.Destination
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
	hours := func(text string) *opsbot.ActiveHours {
		h, err := opsbot.ParseActiveHours(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &h
	}
	global, route, own := hours("Mon 01:00-02:00"), hours("Tue 01:00-02:00"), hours("Wed 01:00-02:00")
	tests := []struct{ global, route, own, want *opsbot.ActiveHours }{
		{global, route, own, own}, {global, route, nil, route}, {global, nil, nil, global}, {nil, nil, nil, nil},
	}
	for i, tt := range tests {
		r := alerts.Routing{
			Chats: []opsbot.Chat{{ID: 1}}, Hours: tt.global,
			Routes: []alerts.Route{{Hours: tt.route, To: []opsbot.Destination{chat(1)}}},
		}
		if got := r.Route(&opsbot.Incident{}, alerts.About{Hours: tt.own})[0].Hours; got != tt.want {
			t.Errorf("%d: got %v, want %v", i, got, tt.want)
		}
	}
}
