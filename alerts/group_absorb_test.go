package alerts_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// unrelated are hosts of a client each, of which so many are reported at once that they are one event group; the first has a card by
// then. h6 is another host of its client, and carries one more.
func unrelated(t *testing.T) *truth {
	t.Helper()
	w := &truth{
		world:  newWorld(t, "a/web@h1", "b/web@h2", "c/web@h3", "d/web@h4", "e/web@h5", "a/api@h6", "f/web@h6"),
		broken: map[string]bool{},
	}
	w.rules.Storm = alerts.Storm{Over: 3, Within: 10 * time.Second}
	w.restart()
	w.reports(true, "h1")
	w.answers(4 * time.Second)
	w.reports(true, "h2", "h3", "h4", "h5")
	w.answers(10 * time.Second)
	return w
}

// reports breaks all that hosts carry, or mends it, and has icinga say so.
func (w *truth) reports(down bool, hosts ...string) {
	for _, host := range hosts {
		for _, c := range w.inv.ChecksOfHost(host) {
			w.broken[string(c.ID)] = down
		}
		e := w.event(host)
		if !down {
			e.EndedAt, e.End = w.at, model.EndConfirmed
		}
		w.receive(e)
	}
}

// answers lets time pass in which what is to be verified is run at once, and nothing else.
func (w *truth) answers(d time.Duration) {
	for end := w.at.Add(d); w.at.Before(end); {
		var asked []string
		for _, id := range w.toVerify {
			asked = append(asked, string(id))
		}
		w.run(asked...)
		w.wait(time.Second)
	}
}

// groups are the open event groups that are part of none.
func (w *truth) groups() (all []model.Incident) {
	for _, in := range w.store.open {
		if in.Open() && in.Kind == model.IncidentEventGroup && in.Parent == 0 {
			all = append(all, in)
		}
	}
	return all
}

func affectedNames(states []model.ServiceState) (all []string) {
	for i := range states {
		all = append(all, states[i].String())
	}
	slices.Sort(all)
	return all
}

// TestManyUnrelatedGroupsAreOne: what had a card becomes part of the card for all, and stays so over a restart and another inventory.
func TestManyUnrelatedGroupsAreOne(t *testing.T) {
	everybody := []string{"a/web", "b/web", "c/web", "d/web", "e/web"}
	for name, then := range map[string]func(w *truth){
		"at once": func(*truth) {},
		"after a restart": func(w *truth) {
			w.restart()
			w.answers(10 * time.Second)
		},
		"with another inventory": func(w *truth) {
			w.reload("a/web@h1", "b/web@h2", "c/web@h3", "d/web@h4", "e/web@h5", "a/api@h6", "f/web@h6", "g/web@h9")
			w.answers(10 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := unrelated(t)
			then(w)
			all := w.groups()
			if len(all) != 1 {
				t.Fatalf("%d event groups, want one: %q", len(all), w.said())
			}
			if got := affectedNames(all[0].Affected); !slices.Equal(got, everybody) {
				t.Errorf("it affects %v, want %v", got, everybody)
			}
		})
	}
}

// TestWhatIsRelatedToAPartOfAGroupIsNews: a host that shares a client with an event group which became part of another.
func TestWhatIsRelatedToAPartOfAGroupIsNews(t *testing.T) {
	w := unrelated(t)
	w.said()
	w.answers(20 * time.Second)
	w.reports(true, "h6")
	w.answers(time.Minute)
	if n := len(w.groups()); n != 1 {
		t.Errorf("%d event groups, want one", n)
	}
	if !w.wasNotified(1, "service:f/web", w.at.Add(-time.Minute)) {
		t.Errorf("never notified that f/web is down: %q", w.said())
	}
}

// TestAGroupOfManyEndsWithItsParts, once for each who was notified.
func TestAGroupOfManyEndsWithItsParts(t *testing.T) {
	w := unrelated(t)
	w.answers(2 * time.Minute)
	w.reports(false, "h1", "h2", "h3", "h4", "h5")
	w.answers(2 * time.Minute)
	if all := w.groups(); len(all) != 0 {
		t.Errorf("%d event groups are still open", len(all))
	}
	var ends []string
	for i := range w.store.notifications {
		if n := &w.store.notifications[i]; n.Kind == model.NotifyResolved {
			ends = append(ends, describe(n))
		}
	}
	if len(ends) != 1 {
		t.Errorf("the ends: %q, want one", ends)
	}
}

// TestGroupsTakeOverOneAnother: of several that are to be one after a restart, one takes over the others.
func TestGroupsTakeOverOneAnother(t *testing.T) {
	w := &truth{world: newWorld(t, "a/web@h1", "b/web@h2", "c/web@h3"), broken: map[string]bool{}}
	w.rules.Storm = alerts.Storm{Over: 3, Within: 10 * time.Second}
	w.restart()
	w.addMute(model.Mute{Chat: 1, Until: w.at.Add(time.Hour)})
	for _, host := range []string{"h1", "h2", "h3"} {
		w.reports(true, host)
		w.answers(3 * time.Second)
	}
	if n := len(w.groups()); n != 3 {
		t.Fatalf("%d event groups, want three", n)
	}
	w.rules.Storm.Over = 1
	w.restart()
	w.answers(5 * time.Second)
	if n := len(w.groups()); n != 1 {
		t.Errorf("%d event groups, want one", n)
	}
}
