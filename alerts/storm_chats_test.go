package alerts_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// A group that becomes a supergroup in the middle of a storm hears the rest of it there, and nothing twice.
func TestStormInAChatThatMoves(t *testing.T) {
	w, ids := stormy(t, 20)
	w.fail(ids[:6]...)
	w.said()
	w.store.full = true
	w.wait(5 * time.Second)
	w.fail(ids[6:8]...)
	w.manager.Migrate(1, -100)
	w.store.full = false
	for i, c := range w.store.cards { // the store does the same to what it keeps
		c.To.Chat = -100
		delete(w.store.cards, i)
		w.store.cards[strings.Replace(i, "{telegram 1 ", "{telegram -100 ", 1)] = c
	}
	w.routing.Chats[0].ID = -100
	w.fail(ids[8])
	w.wait(10 * time.Second)
	w.restart()
	w.heal(ids...)
	w.wait(time.Minute)
	for _, line := range w.said() {
		if !strings.HasPrefix(line, "-100 updated") && !strings.HasPrefix(line, "-100 raised") && line != "-100 resolved storm:5 critical closed" {
			t.Errorf("said %q", line)
		}
	}
}

// A mute of a storm covers what it consisted of: what joins it is notified, once. At its end one message says that it is still
// open.
func TestMuteOfAStorm(t *testing.T) {
	w, ids := stormy(t, 20)
	w.fail(ids[:5]...)
	w.said()
	if _, hidden, err := w.manager.Mute(context.Background(), model.Mute{Chat: 1, Incident: 5, Until: w.at.Add(time.Hour)}, model.AuditEntry{}); err != nil || hidden.Checks != 5 {
		t.Fatal(hidden, err)
	}
	w.fail(ids[5:10]...)
	w.restart()
	w.wait(59 * time.Minute)
	raised := 0
	for _, line := range w.said() {
		switch {
		case line == "1 raised storm:5 critical":
			raised++
		case !strings.Contains(line, "updated") && !strings.Contains(line, "held") && line != "1 mute_ending":
			t.Errorf("said %q while muted", line)
		}
	}
	if raised != 1 {
		t.Errorf("what joined was notified %d times", raised)
	}
	w.wait(time.Minute)
	if got := w.said(); !slices.Contains(got, "1 mute_ended +storm:5") || len(got) > 3 {
		t.Errorf("at its end: %q", got)
	}
	w.heal(ids...)
	if got := w.said(); got[len(got)-1] != "1 resolved storm:5 critical closed" {
		t.Errorf("said %q", got)
	}
}

// Who has an incident in hand is forgotten with its end: what opens again is nobody's.
func TestAckEndsWithTheIncident(t *testing.T) {
	w := newWorld(t, "main-db")
	w.rules.Remind = []time.Duration{time.Hour}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	if _, err := w.manager.Ack(context.Background(), 1, model.Ack{Name: "Ann"}, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.heal("main-db")
	if got := w.said(); got[len(got)-1] != "1 resolved check:main-db critical closed" {
		t.Errorf("the end: %q", got)
	}
	w.fail("main-db")
	w.said()
	w.wait(61 * time.Minute)
	w.wantReminders("main-db")
}

// A storm is over for a chat when nothing of it is left that the chat may see, whatever is still open of others.
func TestStormEndsForAScope(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/api@h4", "b/web@h2", "c/web@h3", "main-db")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"a"})})
	w.manager.SetRouting(w.routing)
	w.rules.Storm = alerts.Storm{Over: 2, Within: 30 * time.Second}
	w.rules.Daily = func(after time.Time) time.Time { return after.Truncate(model.Day).Add(model.Day) }
	w.manager.SetRules(w.rules)
	w.fail("a/web@h1", "a/api@h4", "b/web@h2", "c/web@h3", "main-db")
	w.wait(15 * time.Second)
	of2 := func() (lines []string) {
		for _, line := range w.said() {
			if strings.HasPrefix(line, "2 ") {
				lines = append(lines, counted.ReplaceAllString(line, "$1"))
			}
		}
		return lines
	}
	w.restart()
	w.said()
	w.heal("a/web@h1", "a/api@h4") // it ends at once, and need not wait for others
	end := []string{"2 updated storm critical closed", "2 resolved storm critical closed"}
	if got := of2(); len(got) < 2 || !slices.Equal(got[len(got)-2:], end) {
		t.Errorf("said %q, wanted %q", got, end)
	}
	if storm := w.storm(); !storm.Open() {
		t.Error("the others' storm is over too")
	}
	w.restart()
	w.wait(model.Day)
	w.heal("b/web@h2", "main-db")
	w.wait(10 * time.Second)
	w.heal("c/web@h3")
	w.wait(10 * time.Second)
	if got := of2(); len(got) > 0 {
		t.Errorf("notified again: %q", got)
	}
}

// Who sees one client answers for that one alone: others are reminded of theirs.
func TestAckOfASharedHost(t *testing.T) {
	w := newWorld(t, "a/web@h1", "b/web@h1")
	w.routing.Chats = []model.Chat{{ID: 1}, {ID: 2, Scope: model.ScopeOf([]string{"a"})}}
	w.manager.SetRouting(w.routing)
	w.rules.Remind = []time.Duration{time.Hour}
	w.manager.SetRules(w.rules)
	w.fail("a/web@h1", "b/web@h1")
	w.wait(15 * time.Second)
	if _, err := w.manager.Ack(context.Background(), 1, model.Ack{Name: "Ann", Scope: model.ScopeOf([]string{"a"})}, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.said()
	w.restart()
	w.wait(61 * time.Minute)
	w.expect("1 reminder host:h1 critical")
	if _, err := w.manager.Ack(context.Background(), 1, model.Ack{Name: "Bob"}, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.said()
	w.wait(61 * time.Minute)
	w.expect()
}
