package alerts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// TestReaders: a destination is shown what its chat is limited to, within the clients of all routes that name it.
func TestReaders(t *testing.T) {
	email, of := model.Destination{Channel: "email:acme"}, model.ScopeOf
	route := func(clients ...string) alerts.Route {
		return alerts.Route{Clients: clients, To: []model.Destination{email, chat(1), chat(2)}}
	}
	all := route("a")
	all.ShowAll = true
	for name, c := range map[string]struct {
		routes             []alerts.Route
		mail, open, closed model.Scope // email, chat 1, chat 2, which is limited to a and b
	}{
		"no route":                      {nil, model.Scope{}, model.Scope{}, of([]string{"a", "b"})},
		"a route for all":               {[]alerts.Route{route()}, model.Scope{}, model.Scope{}, of([]string{"a", "b"})},
		"one client":                    {[]alerts.Route{route("a")}, of([]string{"a"}), of([]string{"a"}), of([]string{"a"})},
		"clients of several routes":     {[]alerts.Route{route("a"), route("c")}, of([]string{"a", "c"}), of([]string{"a", "c"}), of([]string{"a"})},
		"a client that is not the chat": {[]alerts.Route{route("c")}, of([]string{"c"}), of([]string{"c"}), model.Scope{Limited: true}},
		"one client, then all":          {[]alerts.Route{route("a"), route()}, model.Scope{}, model.Scope{}, of([]string{"a", "b"})},
		"all is shown":                  {[]alerts.Route{all}, model.Scope{}, model.Scope{}, of([]string{"a", "b"})},
		"a route to others":             {[]alerts.Route{{Clients: []string{"a"}, To: []model.Destination{chat(9)}}}, model.Scope{}, model.Scope{}, of([]string{"a", "b"})},
	} {
		t.Run(name, func(t *testing.T) {
			r := alerts.Routing{Routes: c.routes, Chats: []model.Chat{{ID: 1}, {ID: 2, Scope: of([]string{"a", "b"})}}}
			for _, got := range []struct{ got, want model.Scope }{{r.Readers(email), c.mail}, {r.Readers(chat(1)), c.open}, {r.Readers(chat(2)), c.closed}} {
				if !got.got.Equal(got.want) {
					t.Errorf("shown are %+v, want %+v", got.got, got.want)
				}
			}
		})
	}
}

// TestARouteShowsItsClientsOnly: a host of two clients fails, a storm and an end follow: the recipients of a route for one client read nothing
// of the other, by mail as in a chat that has no limit of its own.
func TestARouteShowsItsClientsOnly(t *testing.T) {
	email := model.Destination{Channel: "email:a"}
	w := newWorld(t, "a/web@h1", "b/shop@h1", "a/web@h2", "b/shop@h3", "b/store@h4", "b/files@h5", "main-db")
	w.routing.Chats = []model.Chat{{ID: 2}, {ID: 3}}
	w.routing.Routes = []alerts.Route{{Clients: []string{"a"}, To: []model.Destination{email, chat(2)}, Continue: true}, {To: []model.Destination{chat(3)}}}
	w.manager.SetRouting(w.routing)
	w.fail("a/web@h1", "b/shop@h1")
	w.wait(time.Minute)
	w.fail("a/web@h2", "b/shop@h3", "b/store@h4", "b/files@h5", "main-db")
	w.wait(time.Minute)
	w.heal("a/web@h1", "b/shop@h1", "a/web@h2", "b/shop@h3", "b/store@h4", "b/files@h5", "main-db")
	w.wait(time.Minute)
	notified := map[model.Destination]int{}
	for _, n := range w.store.notifications {
		notified[n.To]++
		if n.To == chat(3) {
			continue
		}
		if shown := fmt.Sprintf("%+v %+v", n.Snapshot.Incident, n.Snapshot.Joined); strings.Contains(shown, "shop") || strings.Contains(shown, "b/") || strings.Contains(shown, "main-db") {
			t.Errorf("%v reads of others: %s", n.To, shown)
		}
	}
	if notified[email] == 0 || notified[chat(2)] == 0 || notified[chat(3)] == 0 {
		t.Errorf("notified: %v", notified)
	}
}
