package alerts_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// TestWhatGotDownAgainIsNewsToAnotherGroup: a group that is open still named a service as down. That it is down again, among what
// another group is about, was said by nobody.
func TestWhatGotDownAgainIsNewsToAnotherGroup(t *testing.T) {
	w := &truth{world: newWorld(t, "a/web@h1", "a/api@h1", "a/web@h2", "a/api@h2", "a/web@h7", "a/api@h7", "a/mail@h7"), broken: map[string]bool{}}
	set := func(down bool, ids ...string) {
		for _, id := range ids {
			w.broken[id] = down
		}
		w.run(ids...)
		w.run(ids...)
	}
	named := func(group string) bool {
		return slices.ContainsFunc(w.store.notifications, func(n model.Notification) bool {
			return n.Kind == model.NotifyRaised && n.Snapshot.Incident.Key() == group && n.Snapshot.Joined != nil &&
				slices.ContainsFunc(n.Snapshot.Joined.Services, func(s model.ServiceState) bool { return s.String() == "a/web" && s.Verdict == model.VerdictDown })
		})
	}
	passes := func(d time.Duration) {
		for end := w.at.Add(d); w.at.Before(end); {
			w.wait(time.Second)
			var asked []string
			for _, id := range w.toVerify {
				asked = append(asked, string(id))
			}
			w.run(asked...)
		}
	}
	w.world.down("h1")
	set(true, "a/web@h1", "a/web@h2", "a/web@h7")
	passes(10 * time.Second)
	set(false, "a/web@h2", "a/web@h7") // what is left keeps the group open
	passes(3 * time.Minute)
	w.world.down("h7") // too late to join it
	set(true, "a/api@h7")
	passes(time.Minute)
	second := ""
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Kind == model.IncidentEventGroup {
			second = max(second, in.Key())
		}
	}
	if named(second) {
		t.Fatalf("a/web is not down yet: %q", w.said())
	}
	set(true, "a/web@h7", "a/web@h2")
	passes(time.Minute)
	if !named(second) {
		t.Errorf("nobody was notified that a/web is down again: %q", w.said())
	}
}
