package alerts_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// names are the hosts that events name, in order; those that are acknowledged at their source have a mark.
func names(events []model.Event) string {
	var out []string
	for i := range events {
		name := events[i].Name()
		if events[i].Acked {
			name += "!"
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// readBack has the source say that events are acknowledged there.
func (w *world) readBack(hosts ...string) {
	for _, e := range w.manager.Events(model.Scope{}) {
		if slices.Contains(hosts, e.Name()) {
			e.Acked = true
			w.receive(e)
		}
	}
}

func (w *world) ackAs(id model.IncidentID, clients ...string) {
	w.t.Helper()
	if _, err := w.manager.Ack(context.Background(), id, model.Ack{Name: "ivan", Scope: model.ScopeOf(clients)}, model.AuditEntry{}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAnAckMeansTheEventsOfItsTime(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2", "stranger")
	taken := w.event("h9")
	taken.Acked = true
	w.receive(taken)
	w.recheckAll("h1", "h2")
	w.wait(10 * time.Second)
	id := w.group().ID
	if got := w.manager.DesiredState(); len(got.Acks) != 0 || !slices.Equal(got.Cards, []model.IncidentID{id}) {
		t.Fatalf("nobody has acknowledged: %+v", got)
	}
	for _, c := range []struct{ clients, want string }{
		{"", "h1 h2 stranger"}, // h9 is no part of it: somebody had it in hand
		{"a", "h1"},            // h2 is b's as well, and whose stranger is nobody knows
		{"c", ""},
		{"a b", "h1 h2"},
	} {
		_ = w.unackBy(id)
		w.ackAs(id, strings.Fields(c.clients)...)
		if got := w.manager.DesiredState().Acks; len(got) != 1 || got[0].Incident != id || names(got[0].Events) != c.want {
			t.Errorf("acknowledged by who sees %q: %+v", c.clients, got)
		}
	}
	w.ackAs(id)
	w.wait(time.Second)
	w.down("h3") // the next one is nobody's yet
	w.readBack("h1")
	w.over("h2")
	all := []model.Event{}
	for _, a := range w.manager.DesiredState().Acks {
		all = append(all, a.Events...)
	}
	if names(all) != "h1! stranger" {
		t.Errorf("later: %s", names(all))
	}
}

// TestWhatIsNoLongerAcknowledgedIsTakenBack: each event is in the earliest acknowledgement that covers it, and is taken back when
// none does any more, while its incident is open.
func TestWhatIsNoLongerAcknowledgedIsTakenBack(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2", "h3")
	w.recheckAll("h1", "h2", "h3")
	w.wait(10 * time.Second)
	id := w.group().ID
	state := func(unacked string, acks ...string) {
		t.Helper()
		got := w.manager.DesiredState()
		var kept []string
		for i := range got.Acks {
			kept = append(kept, names(got.Acks[i].Events))
		}
		if names(got.Unacked) != unacked || !slices.Equal(kept, acks) {
			t.Errorf("taken back %q, kept %q; want %q, %q", names(got.Unacked), kept, unacked, acks)
		}
	}
	state("")
	w.ackAs(id, "a")
	w.wait(time.Second)
	w.ackAs(id)
	state("", "h1", "h2 h3")
	w.readBack("h1", "h2")
	state("", "h1!", "h2! h3")
	if err := w.unackBy(id, "a"); err != nil {
		t.Fatal(err)
	}
	state("", "h1! h2! h3") // the wider one covers it still
	w.ackAs(id, "a")
	if err := w.unackBy(id); err != nil {
		t.Fatal(err)
	}
	state("h1! h2!")
	w.restart()
	state("h1! h2!")
	w.over("h2")
	state("h1!")
	w.ackAs(id)
	state("", "h1! h3")
}

func TestAnAckOfAHostMeansItsEvents(t *testing.T) {
	w := hosting(t)
	quiet := w.event("h9")
	quiet.Suppressed = true // it opens no event group
	w.receive(quiet)
	w.fail("c/web@h9")
	w.wait(10 * time.Second)
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Kind == model.IncidentHost {
			w.ackAs(in.ID)
			if got := w.manager.DesiredState(); len(got.Acks) != 1 || names(got.Acks[0].Events) != "h9" || len(got.Cards) != 0 {
				t.Errorf("%+v", got)
			}
			return
		}
	}
	t.Error("there is no incident of a host")
}

func TestWhichMutesAreForSources(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(10 * time.Second)
	group := w.group().ID
	later := w.at.Add(time.Hour)
	for _, c := range []struct {
		name          string
		mute          model.Mute
		hosts, events string
		none          bool
	}{
		{name: "of an event group", mute: model.Mute{Incident: group}, events: "h1 h2"},
		{name: "of a host", mute: model.Mute{Selector: model.Selector{Hosts: []string{"h1", "h3"}}}, hosts: "h1 h3", events: "h1"},
		{name: "of a client's part of a host", mute: model.Mute{Selector: model.Selector{Hosts: []string{"h1"}, Clients: []string{"a"}}}, none: true},
		{name: "of a service", mute: model.Mute{Selector: model.Selector{Services: []string{"web"}}}, none: true},
		{name: "of a check", mute: model.Mute{Selector: model.Selector{Checks: []model.CheckID{"a/web@h1"}}}, none: true},
		{name: "of a label that no host has", mute: model.Mute{Selector: model.Selector{Labels: map[string][]string{"dc": {"", "x"}}}}, none: true},
		{name: "of everything", none: true},
		{name: "in one chat", mute: model.Mute{Here: true, Selector: model.Selector{Hosts: []string{"h1"}}}, none: true},
		{name: "that has not begun", mute: model.Mute{From: w.at.Add(time.Minute), Selector: model.Selector{Hosts: []string{"h1"}}}, none: true},
		{name: "of an incident that is over", mute: model.Mute{Incident: 4711}, none: true},
	} {
		c.mute.Until = later
		m, _, err := w.manager.Mute(context.Background(), c.mute, model.AuditEntry{})
		if err != nil {
			t.Fatal(err)
		}
		got := w.manager.DesiredState().Silences
		switch {
		case c.none && len(got) > 0, !c.none && len(got) != 1:
			t.Errorf("a mute %s: %+v", c.name, got)
		case c.none:
		case strings.Join(got[0].Hosts, " ") != c.hosts || names(got[0].Events) != c.events || !got[0].Mute.Until.Equal(later):
			t.Errorf("a mute %s: %+v", c.name, got)
		}
		if _, err := w.manager.EndMute(context.Background(), m.ID, false, model.AuditEntry{}); err != nil {
			t.Fatal(err)
		}
		if got := w.manager.DesiredState().Silences; len(got) != 0 {
			t.Errorf("a mute %s is lifted: %+v", c.name, got)
		}
	}
}

func TestAMuteOfLabelsMeansHostsThatHaveThemThemselves(t *testing.T) {
	w := hosting(t)
	clients, services, hosts := slices.Clone(w.inv.Clients()), slices.Clone(w.inv.Services()), slices.Clone(w.inv.Hosts())
	checks := slices.Clone(w.inv.Checks())
	for i := range hosts {
		if hosts[i].Name == "h1" || hosts[i].Name == "h3" {
			hosts[i].Labels = model.Labels{"dc": "fra1"}
		}
	}
	inv := model.NewInventory(clients, services, hosts, checks)
	if err := w.manager.SetInventory(context.Background(), inv); err != nil {
		t.Fatal(err)
	}
	m := model.Mute{Until: w.at.Add(time.Hour), Selector: model.Selector{Labels: map[string][]string{"dc": {"fra1", "ams1"}}}}
	if _, _, err := w.manager.Mute(context.Background(), m, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	if got := w.manager.DesiredState().Silences; len(got) != 1 || strings.Join(got[0].Hosts, " ") != "h1 h3" {
		t.Errorf("%+v", got)
	}
}
