package alerts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// What was not seen yet is unknown on a first card. When nobody was to be notified at its time, a host that joins later is verified
// before anything is said.
func TestAHostThatJoinsLateIsVerifiedFirst(t *testing.T) {
	for name, c := range map[string]struct {
		last  string
		group int
	}{"another host": {"h9", 2}, "the same again": {"h1", 1}} { // what is not related is a group of its own
		t.Run(name, func(t *testing.T) {
			last := c.last
			w := newWorld(t, "a/web@h1", "c/web@h9")
			w.down("h1")
			w.recheckAll()
			w.wait(20 * time.Second)
			w.over("h1")
			w.down(last)
			w.wait(200 * time.Millisecond)
			w.recheckAll()
			w.wait(10 * time.Second)
			w.expect()
			w.over(last)
			w.down(last)
			w.wait(groupAndMore)
			w.expect(fmt.Sprintf("1 opened event_group:%d warning", c.group)) // nobody answers for it: it could not be checked
		})
	}
}

// groupAndMore is for how long what was known counts until it is verified.
const groupAndMore = 9 * time.Second

// A restart while nobody was affected, with an event group that still takes in: nothing is known worse than before.
func TestARestartDoesNotMakeUnknownWhatWorks(t *testing.T) {
	w := newWorld(t, "c/web@h9")
	w.down("h9")
	w.recheckAll()
	w.wait(30 * time.Second)
	w.restart()
	w.wait(time.Second)
	w.recheckAll()
	w.wait(10 * time.Minute)
	w.expect()
}

// Planned work on one host does not hide what the same minute brings from where nobody knows what it means.
func TestAMuteOfHostsDoesNotHideUnmapped(t *testing.T) {
	w := hosting(t)
	mute := model.Mute{Selector: model.Selector{Hosts: []string{"h1"}}, Until: w.at.Add(time.Hour), OwnerName: "tests"}
	if _, _, err := w.manager.Mute(context.Background(), mute, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.down("h1")
	w.recheckAll("h1")
	w.wait(5 * time.Second)
	w.expect()
	w.down("db9")
	w.wait(5 * time.Second)
	w.expect("1 opened event_group:3 critical")
}

// A host that comes and goes is notified as flapping, whoever saw it first: a source that reports each time makes no card of each.
func TestAFlappingHostIsNotAnEventGroupEachTime(t *testing.T) {
	w := hosting(t)
	w.rules.Flapping.Over, w.rules.Flapping.Within, w.rules.Flapping.Quiet = 4, 30*time.Minute, 15*time.Minute
	w.restart()
	w.said()
	for range 12 {
		w.down("h1")
		w.recheckAll("h1")
		w.wait(90 * time.Second)
		w.over("h1")
		w.recheckAll()
		w.wait(90 * time.Second)
	}
	opened, flapping := 0, 0
	for _, line := range w.said() {
		if strings.HasPrefix(line, "1 opened event_group:") {
			opened++
		}
		if strings.HasPrefix(line, "1 opened host:h1") {
			flapping++
		}
	}
	if opened > 4 || flapping != 1 {
		t.Errorf("%d event groups notified, flapping notified %d times", opened, flapping)
	}
	w.down("h1", "h9") // something else breaks with it
	w.recheckAll("h1", "h9")
	w.wait(5 * time.Second)
	if said := strings.Join(w.said(), "\n"); !strings.Contains(said, "opened event_group:") {
		t.Errorf("said %s", said)
	}
}

// What a source reports about no host is not a host that the inventory lacks, and is notified in its own words.
func TestAnEventAboutNoHost(t *testing.T) {
	w := hosting(t)
	e := w.event("any")
	e.Names, e.Title = nil, "error rate of checkout is 40%"
	w.receive(e)
	w.wait(3 * time.Second)
	w.expect("1 opened event_group:1 critical")
	if b := w.group().EventGroup; b.UnmappedAll != 0 || len(b.Unmapped) != 0 || b.NoHostAll != 1 || len(b.NoHost) != 1 || b.NoHost[0] != e.Title {
		t.Errorf("%+v", b)
	}
}

// What a source says of a host that two clients share may name the other one.
func TestWhoSeesOneClientDoesNotReadOfAnotherInEvents(t *testing.T) {
	w := hosting(t)
	own, shared := w.event("h1"), w.event("h2")
	for _, e := range []*model.Event{&own, &shared} {
		e.ID, e.Object, e.Service = e.Names[0]+"!b-shop", e.Names[0]+"!b-shop", "b-shop"
		e.Title, e.URL, e.AckedBy, e.Labels = "b-shop is slow", "https://b-shop.example.com", "b-shop", model.Labels{"client": "b-shop"}
	}
	w.receive(own, shared)
	if all := w.manager.Events(model.Scope{}); len(all) != 2 || all[1].Title != shared.Title {
		t.Errorf("%+v", all)
	}
	seen := w.manager.Events(model.ScopeOf([]string{"a"}))
	if len(seen) != 2 {
		t.Fatalf("%+v", seen)
	}
	for _, e := range seen {
		text, err := json.Marshal(e)
		if err != nil || !e.OpenedAt.Equal(shared.OpenedAt) || strings.Contains(string(text), "b-shop") != (e.Host == "h1") {
			t.Errorf("%s, %v", text, err)
		}
	}
}

// A host that is off lets its verification hang: it is not seen by the time of the first card, and muted all the same.
func TestAMutedHostThatHangsIsQuiet(t *testing.T) {
	w := newWorld(t, "c/web@h9")
	mute := model.Mute{Selector: model.Selector{Hosts: []string{"h9"}}, Until: w.at.Add(time.Hour), OwnerName: "tests"}
	if _, _, err := w.manager.Mute(context.Background(), mute, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Minute)
	w.down("h9")
	w.wait(8 * time.Second)
	w.recheckAll("h9")
	w.wait(time.Minute)
	w.expect()
}

// A host that nobody knows and that comes and goes is notified a few times, not all night.
func TestAnUnmappedHostThatFlapsIsNoFlood(t *testing.T) {
	w := hosting(t)
	w.rules.Flapping = alerts.Flapping{Over: 6, Within: 30 * time.Minute, Quiet: 15 * time.Minute}
	w.manager.SetRules(w.rules)
	cards := 0
	for range 12 {
		w.down("printer7")
		w.wait(time.Minute)
		w.over("printer7")
		w.wait(2 * time.Minute)
		for _, line := range w.said() {
			if strings.HasPrefix(line, "1 opened") {
				cards++
			}
		}
	}
	if cards < 1 || cards > 4 {
		t.Errorf("%d cards for a host that came and went 12 times", cards)
	}
	w.wait(2 * time.Hour) // it has been calm
	w.down("printer7")
	w.wait(4 * time.Second)
	if said := w.said(); len(said) != 1 || !strings.HasPrefix(said[0], "1 opened event_group:") {
		t.Errorf("after it was calm: %q", said)
	}
}

// TestWhatAGroupIsMutedByHoldsOverARestart: the first thing after a start may be that a reminder is due. Whom a group affects is known
// by then, and so that all of it is muted, or in hand.
func TestWhatAGroupIsMutedByHoldsOverARestart(t *testing.T) {
	for name, quieten := range map[string]func(w *world){
		"muted by client":  func(w *world) { w.mute(time.Hour, model.Mute{Selector: model.Selector{Clients: []string{"a", "b"}}}) },
		"muted as a whole": func(w *world) { w.mute(time.Hour, model.Mute{Incident: w.group().ID}) },
		"acknowledged": func(w *world) {
			if _, err := w.manager.Ack(context.Background(), w.group().ID, model.Ack{Name: "ann"}, model.AuditEntry{}); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := hosting(t)
			w.rules.Remind = []time.Duration{3 * time.Minute}
			w.manager.SetRules(w.rules)
			w.down("h1", "h2")
			w.recheckAll("h1", "h2")
			w.wait(3 * time.Second)
			w.expect("1 opened event_group:1 critical")
			quieten(w)
			w.wait(time.Minute)
			w.said()
			w.at = w.at.Add(3 * time.Minute) // stopped all the time
			w.restart()
			for _, line := range w.said() {
				if !strings.HasPrefix(line, "1 updated") {
					t.Errorf("right after the start: %q", line)
				}
			}
		})
	}
}
