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

func stormy(t *testing.T, n int) (w *world, ids []string) {
	t.Helper()
	for i := range n {
		ids = append(ids, fmt.Sprintf("check-%02d", i))
	}
	w = newWorld(t, ids...)
	w.rules.Storm = alerts.Storm{Over: 3, Within: 30 * time.Second}
	w.manager.SetRules(w.rules)
	return w, ids
}

func (w *world) storm() model.Incident {
	w.t.Helper()
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Kind == model.IncidentStorm {
			return in
		}
	}
	w.t.Fatal("there is no storm")
	return model.Incident{}
}

func TestStormIsOneCard(t *testing.T) {
	w, ids := stormy(t, 20)
	w.fail(ids[:3]...)
	w.expect("1 opened check:check-00 critical", "1 opened check:check-01 critical", "1 opened check:check-02 critical")
	w.fail(ids[3])
	w.expect("1 opened storm:5 critical", "1 updated check:check-00 critical part of #5", "1 updated check:check-01 critical part of #5",
		"1 updated check:check-02 critical part of #5")
	w.fail(ids[4:]...)
	w.expect("1 raised storm:5 critical held") // too soon for an edit
	w.wait(alerts.StormPace)
	w.expect("1 updated storm:5 critical", "1 raised storm:5 critical")
	if s := w.storm().Storm; s.Total != 20 || s.Open != 20 || s.ChecksAll != 20 {
		t.Errorf("the storm holds %+v", s)
	}

	w.heal(ids[:19]...)
	w.wait(alerts.StormPace)
	if slices.ContainsFunc(w.said(), func(line string) bool {
		return line != "1 updated storm:5 critical" && !strings.HasPrefix(line, "1 updated ")
	}) {
		t.Error("the end of a part was notified apart")
	}
	w.heal(ids[19])
	w.expect("1 updated storm:5 critical closed", "1 resolved storm:5 critical closed")
}

// What falls in one transaction is one from the first message on.
func TestStormAtOnce(t *testing.T) {
	w, ids := stormy(t, 8)
	var results []model.Result
	for _, id := range ids {
		results = append(results, outcome(id, model.StatusFail, w.at))
	}
	_ = w.manager.Handle(context.Background(), results...)
	w.expect("1 opened storm:9 critical")
	w.restart()
	w.expect("1 updated storm:9 critical") // one may have waited for its time
	w.heal(ids...)
	if got := w.said(); got[len(got)-1] != "1 resolved storm:9 critical closed" {
		t.Errorf("said %q", got)
	}
}

func TestLateIncidentIsNoPartOfAnOldStorm(t *testing.T) {
	w, ids := stormy(t, 20)
	w.fail(ids[:5]...)
	w.wait(alerts.StormQuiet + time.Second)
	w.said()
	w.fail(ids[5])
	w.expect("1 opened check:check-05 critical")
	w.fail(ids[6:10]...)
	w.expect("1 opened check:check-06 critical", "1 opened check:check-07 critical", "1 opened storm:11 critical",
		"1 updated check:check-05 critical part of #11", "1 updated check:check-06 critical part of #11", "1 updated check:check-07 critical part of #11",
		"1 raised storm:11 critical held")
}

func TestPlannedWorkMakesNoStorm(t *testing.T) {
	w, ids := stormy(t, 20)
	if _, _, err := w.manager.Mute(context.Background(), model.Mute{Chat: 1, Until: w.at.Add(time.Hour)}, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.fail(ids...)
	w.wait(time.Minute)
	w.expect()
}

// A chat that may see one client is notified of its part of a storm, and of no numbers beyond.
func TestStormWithinAScope(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/api@h4", "b/web@h2", "c/web@h3", "main-db", "disk")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"a"})}, model.Chat{ID: 3, Scope: model.ScopeOf([]string{"z"})})
	w.manager.SetRouting(w.routing)
	w.rules.Storm = alerts.Storm{Over: 2, Within: 30 * time.Second}
	w.manager.SetRules(w.rules)
	w.fail("a/web@h1", "a/api@h4", "b/web@h2", "c/web@h3", "main-db", "disk")
	w.wait(15 * time.Second)
	for _, tt := range w.store.notifications {
		in := tt.Snapshot.Incident
		switch {
		case tt.To.Chat == 3:
			t.Errorf("somebody whom it does not touch is notified: %s", describe(&tt))
		case tt.To.Chat == 2 && in.Kind == model.IncidentStorm && (in.Storm.Total != 2 || in.Storm.Clients != 1 || in.Storm.ChecksAll != 0):
			t.Errorf("showed %+v", in.Storm)
		case tt.To.Chat == 2 && slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool { return s.Client != "a" }):
			t.Errorf("showed %+v", in.Affected)
		}
	}
	if !slices.ContainsFunc(w.store.notifications, func(tt model.Notification) bool {
		return tt.To.Chat == 2 && tt.Snapshot.Incident.Kind == model.IncidentStorm
	}) {
		t.Error("the chat of client a was not notified")
	}
}

func TestFlappingIsNotifiedOnce(t *testing.T) {
	w := newWorld(t, "main-db")
	w.rules.Flapping = alerts.Flapping{Over: 3, Within: time.Hour, Quiet: 10 * time.Minute}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	w.heal("main-db")
	w.fail("main-db")
	w.expect("1 opened check:main-db critical", "1 updated check:main-db critical closed", "1 resolved check:main-db critical closed", "1 opened check:main-db critical")
	w.heal("main-db")
	w.said()
	w.fail("main-db") // the fifth change
	if in := w.manager.OpenIncidents(model.Scope{})[0]; in.Flap == nil || in.Flap.Changes != 5 {
		t.Fatalf("flaps: %+v", in.Flap)
	}
	w.expect("1 opened check:main-db critical")
	for range 10 {
		w.wait(time.Minute)
		w.heal("main-db")
		w.restart()
		w.fail("main-db")
	}
	w.heal("main-db")
	for _, line := range w.said() {
		if line != "1 updated check:main-db critical" {
			t.Errorf("notified of %q while it flaps", line)
		}
	}
	w.wait(9 * time.Minute)
	w.expect()
	w.wait(2 * time.Minute)
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
}

func TestFlappingThatStaysDown(t *testing.T) {
	w := newWorld(t, "main-db")
	w.rules.Flapping = alerts.Flapping{Over: 1, Within: time.Hour, Quiet: 10 * time.Minute}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	w.heal("main-db")
	w.fail("main-db")
	w.said()
	w.wait(11 * time.Minute)
	w.expect("1 updated check:main-db critical")
	if in := w.manager.OpenIncidents(model.Scope{})[0]; in.Flap != nil {
		t.Error("still said to flap")
	}
	w.heal("main-db")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
}

func TestReminders(t *testing.T) {
	w := newWorld(t, "main-db", "disk")
	w.rules.Remind = []time.Duration{time.Hour, 4 * time.Hour}
	w.manager.SetRules(w.rules)
	w.fail("main-db", "disk")
	w.said()
	w.wait(59 * time.Minute)
	w.expect()
	w.wait(2 * time.Minute)
	w.wantReminders("disk", "main-db")
	if _, err := w.manager.Ack(context.Background(), 2, model.Ack{Name: "Ann"}, model.AuditEntry{Action: "ack"}); err != nil {
		t.Fatal(err)
	}
	w.expect("1 updated check:disk critical")
	w.restart()
	w.wait(3 * time.Hour) // 4:01
	w.wantReminders("main-db")
	w.wait(4 * time.Hour) // 8:01
	w.wantReminders("main-db")
	if in, _ := w.manager.Incident(2); len(in.Acks) != 1 || in.Acks[0].Name != "Ann" || !in.Acknowledged {
		t.Errorf("the acknowledgement is gone: %+v", in.Acks)
	}
	if _, err := w.manager.Ack(context.Background(), 9, model.Ack{}, model.AuditEntry{}); model.CodeOf(err) != model.ErrNoIncident {
		t.Errorf("acknowledged what is not there: %v", err)
	}
}

func (w *world) wantReminders(of ...string) {
	w.t.Helper()
	got := w.said()
	slices.Sort(got)
	var want []string
	for _, name := range of {
		want = append(want, "1 reminder check:"+name+" critical")
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("said %q, want %q", got, want)
	}
}

// Missed ones are made up for by one, and none comes while it is muted.
func TestReminderAfterAMute(t *testing.T) {
	w := newWorld(t, "main-db")
	w.rules.Remind = []time.Duration{time.Hour}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	if _, _, err := w.manager.Mute(context.Background(), model.Mute{Chat: 1, Until: w.at.Add(5*time.Hour + time.Minute)}, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.said()
	w.wait(5*time.Hour + 30*time.Minute)
	w.expect("1 mute_ending", "1 mute_ended +check:main-db", "1 updated check:main-db critical")
	w.wait(time.Hour)
	w.expect("1 reminder check:main-db critical")
}
