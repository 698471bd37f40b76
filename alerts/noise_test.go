package alerts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// What a first start found is one digest, and no storm after it.
func TestFirstStartIsNoStorm(t *testing.T) {
	var ids []string
	for i := range 8 {
		ids = append(ids, fmt.Sprintf("check-%02d", i))
	}
	w := &world{t: t, at: start, store: newStore(), inv: inventoryOf(ids...)}
	w.routing = alerts.Routing{Chats: []model.Chat{{ID: 1}}}
	w.rules.Storm = alerts.Storm{Over: 3, Within: 30 * time.Second}
	w.restart()
	w.fail(ids...)
	if got := w.said(); len(got) != 1 || !strings.HasPrefix(got[0], "1 digest") {
		t.Fatalf("said %q", got)
	}
	w.wait(10 * time.Second)
	w.heal(ids[0])
	w.expect("1 updated check:check-00 critical closed", "1 resolved check:check-00 critical closed")
}

// A storm is notified once, and takes in what comes after a kill in the middle of it.
func TestStormGoesOnAfterAKill(t *testing.T) {
	w, ids := stormy(t, 20)
	w.fail(ids[:5]...)
	w.said()
	for _, id := range ids[5:] {
		w.restart()
		w.at = w.at.Add(time.Second)
		w.fail(id)
	}
	raised := 0
	for _, line := range w.said() {
		switch line {
		case "1 updated storm:5 critical", "1 raised storm:5 critical held":
		case "1 raised storm:5 critical":
			raised++
		default:
			t.Errorf("said %q", line)
		}
	}
	if raised != 1 { // what joins in 15 s: after the first 5, and then after 30
		t.Errorf("raised %d times", raised)
	}
	if open := w.manager.OpenIncidents(model.Scope{}); w.storm().Storm.Total != 20 || len(open) != 21 {
		t.Errorf("%d of 20, %d open", w.storm().Storm.Total, len(open))
	}
	w.restart()
	w.heal(ids...)
	w.restart()
	ends := slices.DeleteFunc(w.said(), func(line string) bool { return !strings.HasPrefix(line, "1 resolved ") })
	if !slices.Equal(ends, []string{"1 resolved storm:5 critical closed"}) {
		t.Errorf("ends: %q", ends)
	}
}

// A storm is no part of a storm, restarts or not.
func TestStormTakesInNoStorm(t *testing.T) {
	w, ids := stormy(t, 20)
	mute, _, err := w.manager.Mute(context.Background(), model.Mute{
		Chat: 1, Until: w.at.Add(time.Hour), Selector: model.Selector{Checks: []model.CheckID{"check-10", "check-11", "check-12"}},
	}, model.AuditEntry{})
	if err != nil {
		t.Fatal(err)
	}
	w.fail(ids[:4]...)
	w.fail(ids[10:13]...)
	w.restart()
	if _, err := w.manager.EndMute(context.Background(), mute.ID, false, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Second)
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Kind == model.IncidentStorm && in.Parent != 0 {
			t.Errorf("storm %d is part of %d", in.ID, in.Parent)
		}
	}
}

// The end of a storm waits for the hours of the route that brought it.
func TestStormEndsWithinItsHours(t *testing.T) {
	w, ids := stormy(t, 5)
	day, err := model.ParseActiveHours("08:00-20:00", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	w.routing.Bypass = []model.Severity{}
	w.routing.Routes = []alerts.Route{{To: []model.Destination{{Channel: "telegram", Chat: 1}}, Hours: &day}}
	w.manager.SetRouting(w.routing)
	w.at = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	w.fail(ids...)
	w.said()
	w.at = time.Date(2026, 7, 1, 23, 0, 0, 0, time.UTC)
	w.heal(ids...)
	got := w.said()
	if last := got[len(got)-1]; last != "1 resolved storm:5 critical closed held" {
		t.Errorf("at night it says %q", last)
	}
}

// A chat hears only how bad it is for its own clients.
func TestStormIsNoWorseThanAScopeSees(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/api@h8", "a/api@h9", "b/web@h3", "b/web@h4", "c/web@h5", "c/web@h6", "d/web@h7")
	w.routing.Chats = []model.Chat{{ID: 2, Scope: model.ScopeOf([]string{"a"})}}
	w.manager.SetRouting(w.routing)
	w.rules.Storm = alerts.Storm{Over: 2, Within: 30 * time.Second}
	w.manager.SetRules(w.rules)
	w.fail("a/web@h1", "a/api@h8", "b/web@h3", "c/web@h5")
	w.wait(20 * time.Second)
	if got := w.said(); got[0] != "2 opened storm:6 warning" {
		t.Errorf("said %q", got)
	}
	w.fail("d/web@h7")
	w.wait(40 * time.Second)
	for _, line := range w.said() {
		if !strings.HasPrefix(line, "2 updated") {
			t.Errorf("notified of %q although nothing got worse for it", line)
		}
	}
}

// Being offline, when that comes and goes, is notified no more than anything else, ends, and hides nothing afterwards.
func TestConnectivityThatFlaps(t *testing.T) {
	e := newGuard(t, 10)
	e.w.rules.Flapping = alerts.Flapping{Over: 3, Within: time.Hour, Quiet: 10 * time.Minute}
	e.w.manager.SetRules(e.w.rules)
	for range 6 {
		e.net.away = true
		e.round(10, model.ReasonTimeout)
		e.w.wait(10 * time.Second)
		e.net.away = false
		e.Probe(t.Context())
		e.w.wait(10 * time.Second)
	}
	if e.w.manager.Offline() {
		t.Error("offline while a probe answers")
	}
	notified := 0
	for _, line := range e.w.said() {
		if !strings.HasPrefix(line, "1 updated") {
			notified++
		}
	}
	if notified > 5 {
		t.Errorf("notified %d times", notified)
	}
	e.round(10, model.ReasonTimeout) // the probes answer: a storm, however much it flapped
	if w := e.w.storm(); w.Storm.Total != 10 {
		t.Errorf("%+v", w.Storm)
	}
	e.w.wait(12 * time.Minute)
	for _, in := range e.w.manager.OpenIncidents(model.Scope{}) {
		if in.Kind == model.IncidentConnectivity {
			t.Errorf("it never ends: %+v", in.Flap)
		}
	}
}

// The past says how bad it was, not how it was in its last second.
func TestWorstIsKept(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2")
	w.fail("a/web@h1", "a/web@h2")
	w.wait(15 * time.Second)
	w.heal("a/web@h1")
	w.restart()
	w.heal("a/web@h2")
	for _, in := range w.store.open {
		if in.Open() || in.Worst != model.SeverityCritical {
			t.Errorf("%s: %s, was %s", in.Key(), in.Severity, in.Worst)
		}
	}
}

// Nobody is reminded of what works at the moment.
func TestNoReminderWhileItRests(t *testing.T) {
	w := newWorld(t, "main-db")
	w.rules.Flapping = alerts.Flapping{Over: 1, Within: time.Hour, Quiet: 50 * time.Minute}
	w.rules.Remind = []time.Duration{10 * time.Minute}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	w.heal("main-db")
	w.fail("main-db")
	w.heal("main-db")
	w.said()
	w.wait(30 * time.Minute)
	w.expect()
}
