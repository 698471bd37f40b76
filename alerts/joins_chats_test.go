package alerts_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// TestWhoSeesWhatJoinsIsNotified: a chat limited to one client is notified of an incident of others as soon as it hits its client.
func TestWhoSeesWhatJoinsIsNotified(t *testing.T) {
	for name, cell := range map[string]struct {
		before, after []string
		key           string
	}{
		"a client of a host":        {[]string{"a/web@h1", "a/web@h2"}, []string{"a/web@h1", "a/web@h2", "b/web@h1", "b/web@h2"}, "host:h1"},
		"a client as bad as others": {[]string{"a/web@h1"}, []string{"a/web@h1", "b/web@h1"}, "host:h1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &truth{world: newWorld(t, cell.before...), broken: map[string]bool{"a/web@h1": true, "b/web@h1": true}}
			w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"b"})})
			w.restart()
			w.run("a/web@h1")
			w.answers(time.Minute)
			w.reload(cell.after...)
			w.run(cell.after...)
			w.answers(time.Minute)
			if !slices.ContainsFunc(w.store.notifications, func(n model.Notification) bool {
				return n.To.Chat == 2 && n.Kind == model.NotifyOpened && n.Snapshot.Incident.Key() == cell.key
			}) {
				t.Errorf("who sees b alone was not notified: %q", w.said())
			}
		})
	}
}

// TestAMutedHostStaysSoInAnEventGroup: a source reports what opsbot found before, and somebody muted.
func TestAMutedHostStaysSoInAnEventGroup(t *testing.T) {
	w := &truth{world: newWorld(t, "a/web@h1", "b/web@h2"), broken: map[string]bool{"a/web@h1": true}}
	w.run("a/web@h1")
	w.answers(5 * time.Second)
	open := w.manager.OpenIncidents(model.Scope{})
	w.addMute(model.Mute{Chat: 1, Incident: open[0].ID, Until: w.at.Add(time.Hour)})
	w.said()
	w.reports(true, "h1")
	w.answers(time.Minute)
	for _, line := range w.said() {
		if line[:9] == "1 opened " {
			t.Errorf("muted, and notified: %q", line)
		}
	}
	w.reports(true, "h2") // what joins is not muted
	w.answers(time.Minute)
	if !w.wasNotified(1, "service:b/web", w.at.Add(-time.Minute)) {
		t.Errorf("never notified that b/web is down: %q", w.said())
	}
}

// addMute sets a mute.
func (w *world) addMute(m model.Mute) {
	w.t.Helper()
	if _, _, err := w.manager.Mute(w.t.Context(), m, model.AuditEntry{}); err != nil {
		w.t.Fatal(err)
	}
}

// TestWhatJoinedDoesNotWaitForTheClock: it is set back while something is collected, and opsbot restarts.
func TestWhatJoinedDoesNotWaitForTheClock(t *testing.T) {
	w := &truth{world: newWorld(t, "a/web@h1", "b/web@h1", "b/web@h2"), broken: map[string]bool{"a/web@h1": true, "b/web@h1": true}}
	w.run("a/web@h1")
	w.answers(10 * time.Second)
	w.broken["b/web@h2"] = true
	w.reports(true, "h2")
	w.run("b/web@h2")
	w.answers(2 * time.Second)
	w.at = w.at.Add(-time.Hour)
	w.restart()
	back := w.at
	w.answers(time.Minute)
	if !w.wasNotified(1, "service:b/web", back) {
		t.Errorf("never notified that b/web is down: %q", w.said())
	}
}
