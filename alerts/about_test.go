package alerts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// limited adds chats 2, 3, … that see one client each.
func (w *world) limited(clients ...string) {
	for i, client := range clients {
		w.routing.Chats = append(w.routing.Chats, model.Chat{ID: model.ChatID(i + 2), Scope: model.ScopeOf([]string{client})})
	}
	w.manager.SetRouting(w.routing)
}

// about is a critical event about a client's service, of which no single host is known.
func (w *world) about(client, service, check string) model.Event {
	e := w.event(client + ".example.com")
	e.ID, e.Service, e.Title, e.Labels = client+"/"+check, check, check+" of "+client, model.Labels{"client": client, "service": service}
	return e
}

func (w *world) settle() {
	w.recheckAll()
	w.wait(5 * time.Second)
}

// A chat that sees one client is notified of a critical event that nobody can verify on that client's own host, or about that client; not
// of one on a host that it shares, which is that of others.
func TestALimitedChatIsNotifiedOfItsOwnUntestedEvents(t *testing.T) {
	for name, c := range map[string]struct {
		event func(w *world) model.Event
		want  []string
	}{
		"its own host":       {func(w *world) model.Event { return w.diskFull("h1") }, []string{"1 opened event_group:1 critical", "2 opened event_group:1 critical"}},
		"a shared host":      {func(w *world) model.Event { return w.diskFull("h2") }, []string{"1 opened event_group:1 critical"}},
		"the client":         {func(w *world) model.Event { return w.about("a", "", "CertificateExpires") }, []string{"1 opened event_group:1 critical", "2 opened event_group:1 critical"}},
		"another client":     {func(w *world) model.Event { return w.about("b", "web", "CertificateExpires") }, []string{"1 opened event_group:1 critical", "3 opened event_group:1 critical"}},
		"no known host":      {func(w *world) model.Event { return w.diskFull("db9") }, []string{"1 opened event_group:1 critical"}},
		"a host without any": {func(w *world) model.Event { return w.diskFull("bare") }, []string{"1 opened event_group:1 critical"}},
	} {
		w := hosting(t)
		w.limited("a", "b")
		e := c.event(w)
		w.receive(e)
		w.settle()
		if got := w.said(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		w.restart()
		w.wait(time.Minute)
		for _, got := range w.said() {
			if !strings.Contains(got, " updated ") {
				t.Errorf("%s, after a restart: %q", name, got)
			}
		}
		e.EndedAt, e.End = w.at, model.EndConfirmed
		w.receive(e)
		w.recheckAll()
		w.wait(alerts.EventGroupQuiet + time.Minute)
		if got := strings.Join(w.said(), "\n"); strings.Count(got, "resolved") != len(c.want) {
			t.Errorf("%s: at the end %q", name, got)
		}
	}
}

// Who sees one client acknowledges what is about it, and its reminders end.
func TestALimitedAckCoversItsOwnUntestedEvents(t *testing.T) {
	w := hosting(t)
	w.limited("a")
	w.receive(w.diskFull("h1"))
	w.settle()
	w.said()
	w.ackBy(1, "Anna", "a")
	if in := w.manager.OpenIncidents(model.ScopeOf([]string{"a"})); len(in) != 1 || !in[0].Acknowledged || len(in[0].EventGroup.Critical) != 1 {
		t.Errorf("%+v", in)
	}
}

// A route for a client takes a critical event that nobody can verify on its host, or about it.
func TestRoutesOfUntestedEvents(t *testing.T) {
	for name, c := range map[string]struct {
		event func(w *world) model.Event
		route alerts.Route
		want  bool
	}{
		"of the client on the host":           {func(w *world) model.Event { return w.diskFull("h1") }, alerts.Route{Clients: []string{"a"}}, true},
		"of another client":                   {func(w *world) model.Event { return w.diskFull("h1") }, alerts.Route{Clients: []string{"b"}}, false},
		"of one of several":                   {func(w *world) model.Event { return w.diskFull("h2") }, alerts.Route{Clients: []string{"b"}, ShowAll: true}, true},
		"of one of several, who sees no more": {func(w *world) model.Event { return w.diskFull("h2") }, alerts.Route{Clients: []string{"b"}}, false},
		"of the client":                       {func(w *world) model.Event { return w.about("a", "web", "Slow") }, alerts.Route{Clients: []string{"a"}, Services: []string{"web"}}, true},
		"of another service":                  {func(w *world) model.Event { return w.about("a", "web", "Slow") }, alerts.Route{Services: []string{"mail"}}, false},
		"of its tier":                         {func(w *world) model.Event { return w.diskFull("h1") }, alerts.Route{Tiers: []string{"a"}}, true}, // see inventoryOf
		"of nobody":                           {func(w *world) model.Event { return w.diskFull("db9") }, alerts.Route{Clients: []string{"a"}}, false},
	} {
		w := hosting(t)
		c.route.To = []model.Destination{{Channel: "telegram", Chat: 1}}
		w.routing.Routes = []alerts.Route{c.route}
		w.manager.SetRouting(w.routing)
		w.receive(c.event(w))
		w.settle()
		if got := w.said(); (len(got) == 1) != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Who mutes a host, or the client that an event is about, hears nothing of it either.
func TestMutesCoverUntestedEvents(t *testing.T) {
	for name, c := range map[string]struct {
		event func(w *world) model.Event
		mute  model.Selector
		muted bool
	}{
		"the host":         {func(w *world) model.Event { return w.diskFull("h1") }, model.Selector{Hosts: []string{"h1"}}, true},
		"another host":     {func(w *world) model.Event { return w.diskFull("h1") }, model.Selector{Hosts: []string{"h2"}}, false},
		"the only client":  {func(w *world) model.Event { return w.diskFull("h1") }, model.Selector{Clients: []string{"a"}}, true},
		"one of several":   {func(w *world) model.Event { return w.diskFull("h2") }, model.Selector{Clients: []string{"a"}}, false},
		"the client":       {func(w *world) model.Event { return w.about("a", "", "Slow") }, model.Selector{Clients: []string{"a"}}, true},
		"one of its hosts": {func(w *world) model.Event { return w.about("a", "", "Slow") }, model.Selector{Hosts: []string{"h1"}}, false},
	} {
		w := hosting(t)
		w.mute(time.Hour, model.Mute{Selector: c.mute})
		w.said()
		w.receive(c.event(w))
		w.settle()
		if got := w.said(); (len(got) == 0) != c.muted {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// An event about a client's site, which several hosts serve, has all of them verified: what fails is its card, what works is none.
func TestAnEventAboutAClient(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/mail@h3", "b/web@h2")
	w.receive(w.about("a", "web", "ProbeFailed"))
	w.verifies("a/web@h1", "a/web@h2")
	w.heal("a/web@h1", "a/web@h2")
	w.settle()
	w.expect() // refuted
	w.wait(alerts.EventGroupQuiet + time.Minute)
	if open := w.manager.OpenIncidents(model.Scope{}); len(open) != 0 {
		t.Fatalf("%+v", open)
	}
	w.receive(w.about("a", "", "ProbeFailed")) // the same, which is known already
	if open := w.manager.Events(model.ScopeOf([]string{"a"})); len(open) != 1 || open[0].ID == "" || open[0].Host != "" {
		t.Errorf("%+v", open)
	}
	if open := w.manager.Events(model.ScopeOf([]string{"b"})); len(open) != 0 {
		t.Errorf("b sees %+v", open)
	}
	e := w.about("a", "", "ProbeFailed")
	e.ID = "again"
	w.toVerify = nil
	w.receive(e)
	w.verifies("a/mail@h3", "a/web@h1", "a/web@h2")
	w.fail("a/web@h1", "a/web@h2")
	w.heal("a/mail@h3", "b/web@h2")
	w.answer()
	w.wait(5 * time.Second)
	if got := w.said(); len(got) != 1 || !strings.Contains(got[0], "opened event_group:") || !strings.HasSuffix(got[0], "critical") {
		t.Errorf("%q", got)
	}
	b := w.group().EventGroup
	if b.Clients != 1 || b.Services != 1 || b.About.All != 1 || b.About.Names[0] != "a" || b.UnmappedAll+b.NoHostAll+b.HostsAll != 0 || b.Total != 3 {
		t.Errorf("%+v", b)
	}
	if in := w.manager.OpenIncidents(model.Scope{}); len(in) < 2 || in[1].Parent == 0 {
		t.Errorf("what it explains is not part of it: %+v", in)
	}
}

// Events that have nothing in common are groups of their own, whether they are about hosts or about clients.
func TestEventsAboutClientsThatAreNotRelated(t *testing.T) {
	for name, c := range map[string]struct {
		second func(w *world) model.Event
		groups int
	}{
		"its own host":    {func(w *world) model.Event { return w.diskFull("h1") }, 1},
		"a host of both":  {func(w *world) model.Event { return w.diskFull("h2") }, 1},
		"another's host":  {func(w *world) model.Event { return w.diskFull("h9") }, 2},
		"the same client": {func(w *world) model.Event { return w.about("a", "web", "Late") }, 1},
		"another client":  {func(w *world) model.Event { return w.about("c", "", "Late") }, 2},
		"nobody":          {func(w *world) model.Event { return w.diskFull("db9") }, 1}, // of the same source, at the same time
	} {
		w := hosting(t)
		w.receive(w.about("a", "", "Slow"), c.second(w))
		w.settle()
		groups := 0
		for _, in := range w.manager.OpenIncidents(model.Scope{}) {
			if in.Kind == model.IncidentEventGroup {
				groups++
				if in.EventGroup.Events == 0 || in.EventGroup.Open == 0 {
					t.Errorf("%s: %+v", name, in.EventGroup)
				}
			}
		}
		if groups != c.groups {
			t.Errorf("%s: %d groups, want %d", name, groups, c.groups)
		}
	}
}

// A new inventory knows the client that an event is about, or no longer: the group follows.
func TestAnEventAboutAClientFollowsTheInventory(t *testing.T) {
	w := hosting(t)
	w.receive(w.about("new", "", "ProbeFailed"))
	w.settle()
	w.expect("1 opened event_group:1 critical") // of nobody that is known
	w.toVerify = nil
	w.inventory("a/web@h1", "new/web@n1", "new/web@n2")
	w.verifies("new/web@n1", "new/web@n2")
	w.recheckAll("n1", "n2")
	w.wait(alerts.StormPace)
	if b := w.group().EventGroup; b.UnmappedAll != 0 || b.About.All != 1 || b.Clients != 1 {
		t.Errorf("%+v", b)
	}
	w.inventory("a/web@h1")
	w.wait(alerts.StormPace)
	if b := w.group().EventGroup; b.UnmappedAll != 1 || b.About.All != 0 || b.Clients != 0 {
		t.Errorf("%+v", b)
	}
}

func (w *world) inventory(checks ...string) {
	w.t.Helper()
	if err := w.manager.SetInventory(w.t.Context(), inventoryOf(checks...)); err != nil {
		w.t.Fatal(err)
	}
}

// That a host is down which the inventory does not have is refuted by nothing that works elsewhere, whatever client it is said to be of.
func TestAnUnknownHostOfAClientIsNotRefuted(t *testing.T) {
	w := hosting(t)
	w.limited("a", "b")
	e := w.event("db9")
	e.Labels = model.Labels{"client": "a"}
	w.receive(e)
	w.settle()
	w.expect("1 opened event_group:1 critical", "2 opened event_group:1 critical")
	if b := w.group().EventGroup; b.UnmappedAll != 1 || b.About.All != 1 || len(b.Critical) != 1 || b.Critical[0] != "a: db9 is DOWN" {
		t.Errorf("%+v", b)
	}
	w.wait(time.Hour)
	if open := w.manager.OpenIncidents(model.Scope{}); len(open) != 1 {
		t.Errorf("its source says that it is down, and open are %+v", open)
	}
}
