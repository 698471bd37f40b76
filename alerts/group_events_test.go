package alerts_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// list writes a list of names with how many there are.
func list(l model.NameList) string { return fmt.Sprintf("%s (%d)", strings.Join(l.Names, " "), l.All) }

// After a part of it is over, a group names what is reported now, what is over, and what is over at the source only.
func TestAnEventGroupTellsWhatIsOver(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/shop@h3", "a/shop@h4", "a/api@h5")
	w.down("h1", "h2", "h3", "h4", "h5", "x9")
	w.recheckAll("h1", "h2", "h3", "h4", "h5")
	w.wait(alerts.EventGroupWait)
	if b := w.group().EventGroup; list(b.Active) != "h1 h2 h3 h4 h5 x9 (6)" || b.Ended.All+b.EndedDown.All+b.ActiveUp.All != 0 || b.Open != 6 || b.Events != 6 {
		t.Errorf("at first: %+v", b)
	}
	w.over("h1", "h3", "h5") // h5 is not
	w.recheckAll("h2", "h4", "h5")
	w.heal("a/web@h2") // the source still calls it broken
	w.wait(alerts.StormPace)
	b := w.group().EventGroup
	for what, got := range map[string][2]string{
		"reported now":               {list(b.Active), "h4 x9 h2 (3)"},
		"of these up":                {list(b.ActiveUp), "h2 (1)"},
		"over":                       {list(b.Ended), "h1 h3 (2)"},
		"over at the source, but no": {list(b.EndedDown), "h5 (1)"},
		"hosts, down ones first":     {strings.Join(b.Hosts, " "), "h4 h5 h1 h2 h3"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", what, got[0], got[1])
		}
	}
	if b.Open != 3 || b.Events != 6 {
		t.Errorf("%d of %d events are open", b.Open, b.Events)
	}
	if len(b.Texts) != 3 || b.Texts[0].Text != "h4 is DOWN" || list(b.Texts[0].Hosts) != "h4 (1)" || b.Texts[0].Ended {
		t.Errorf("the sources said %+v", b.Texts)
	}
}

// What hosts are down is named, however many work again: of a list that is cut, the worst come first.
func TestAHostThatIsDownIsNotHiddenBehindOthers(t *testing.T) {
	var checks, hosts []string
	for i := range 40 {
		hosts = append(hosts, fmt.Sprintf("h%02d", i))
		checks = append(checks, "a/web@"+hosts[i])
	}
	w := newWorld(t, checks...)
	w.down(hosts...)
	w.recheckAll(hosts...)
	w.wait(alerts.EventGroupWait)
	w.heal(checks[:38]...)
	w.wait(alerts.StormPace)
	b := w.group().EventGroup
	if b.Hosts[0] != "h38" || b.Hosts[1] != "h39" || b.Active.Names[0] != "h38" || b.Active.All != 40 || b.ActiveUp.All != 38 {
		t.Errorf("hosts %v, reported %v", b.Hosts, b.Active)
	}
}

// Equal texts are one, with their hosts; who acknowledged at the source is named.
func TestAnEventGroupSaysWhatItsSourcesSay(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/shop@h2", "b/web@h2", "a/web@h3", "b/web@h3")
	for _, host := range []string{"h1", "h2", "h3"} {
		e := w.event(host)
		e.Title = "PING CRITICAL"
		w.receive(e)
		e.ID, e.Service, e.Title, e.Severity = host+"!http", "http", "HTTP CRITICAL", model.SeverityWarning
		w.receive(e)
	}
	w.recheckAll("h1", "h2", "h3")
	w.wait(alerts.EventGroupWait)
	for _, host := range []string{"h1", "h2"} {
		e := w.event(host)
		e.Title, e.Acked, e.AckedBy = "PING CRITICAL", true, "anna"
		w.receive(e)
	}
	e := w.event("h3")
	e.Title, e.Acked = "PING CRITICAL", true
	w.receive(e)
	w.wait(alerts.StormPace)
	b := w.group().EventGroup
	if len(b.Texts) != 2 || b.Texts[0].Text != "PING CRITICAL" || list(b.Texts[0].Hosts) != "h1 h2 h3 (3)" || list(b.Texts[1].Hosts) != "h1 h2 h3 (3)" {
		t.Errorf("the sources said %+v", b.Texts)
	}
	if b.Acked != 3 || len(b.Acks) != 2 || b.Acks[0].Who != "" || list(b.Acks[0].Hosts) != "h3 (1)" || b.Acks[1].Who != "anna" || b.Acks[1].Events != 2 || list(b.Acks[1].Hosts) != "h1 h2 (2)" {
		t.Errorf("acknowledged there: %+v", b.Acks)
	}
	// Of a host that is also others', the texts and the names are nobody's business.
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"b"})})
	w.manager.SetRouting(w.routing)
	for _, in := range w.manager.OpenIncidents(model.ScopeOf([]string{"b"})) {
		if text, err := json.Marshal(in.EventGroup); err != nil || strings.Contains(string(text), "anna") || strings.Contains(string(text), "h1") {
			t.Errorf("b sees %s, %v", text, err)
		}
	}
}

// A host of several clients: whoever may see one reads neither the text nor who acknowledged.
func TestTextsOfASharedHostStayWithTheOperators(t *testing.T) {
	w := hosting(t)
	e := w.event("h2")
	e.Title = "b-shop is slow"
	w.receive(e)
	w.recheckAll("h2")
	w.wait(alerts.EventGroupWait)
	e.Acked, e.AckedBy = true, "b-admin"
	w.receive(e)
	w.wait(alerts.StormPace)
	if b := w.group().EventGroup; len(b.Texts) != 1 || len(b.Acks) != 1 || b.Acks[0].Who != "b-admin" {
		t.Fatalf("%+v", b)
	}
	for _, in := range w.manager.OpenIncidents(model.ScopeOf([]string{"a"})) {
		if text, err := json.Marshal(in); err != nil || strings.Contains(string(text), "b-shop") || strings.Contains(string(text), "b-admin") {
			t.Errorf("a sees %s, %v", text, err)
		}
	}
}

// A small storm names its incidents, those that ended too, until it ends; a larger one does not.
func TestASmallStormKeepsItsParts(t *testing.T) {
	w, ids := stormy(t, 20)
	w.rules.Storm = alerts.Storm{Over: 1, Within: 30 * time.Second}
	w.manager.SetRules(w.rules)
	w.fail(ids[0], ids[1])
	parts := func() (out []string) {
		for _, p := range w.storm().Storm.Parts {
			out = append(out, fmt.Sprintf("%s %v", p.Key(), p.Open()))
		}
		return out
	}
	if got, want := parts(), []string{"check:check-00 true", "check:check-01 true"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	w.heal(ids[0])
	w.restart()
	if got, want := parts(), []string{"check:check-01 true", "check:check-00 false"}; !slices.Equal(got, want) {
		t.Errorf("after one ended %v, want %v", got, want)
	}
	w.heal(ids[1])
	last := w.store.notifications[len(w.store.notifications)-1].Snapshot.Incident
	if last.Open() || len(last.Storm.Parts) != 2 || last.Storm.Parts[0].Open() || last.Storm.Parts[1].Open() {
		t.Errorf("its end says %+v", last.Storm)
	}
	w.fail(ids[5 : 5+model.ListedStorm]...)
	if got := parts(); len(got) != model.ListedStorm {
		t.Errorf("a storm of a few names %v", got)
	}
	w.fail(ids[0])
	if got := parts(); len(got) != 0 {
		t.Errorf("a storm of more names %v", got)
	}
}

// What rests in a storm is neither counted nor shown as open, and no reason for it to be bad.
func TestWhatRestsInAStormIsNotOpen(t *testing.T) {
	w := newWorld(t, "a/web@h1", "b/web@h2", "main-db")
	w.rules.Flapping = alerts.Flapping{Over: 1, Within: time.Hour, Quiet: 10 * time.Minute}
	w.rules.Storm = alerts.Storm{Over: 2, Within: 30 * time.Second}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	w.heal("main-db")
	w.fail("main-db", "a/web@h1", "b/web@h2")
	w.wait(alerts.StormPace)
	all := w.storm().Storm.Open
	w.heal("main-db")
	w.wait(alerts.StormPace)
	if s := w.storm().Storm; s.Open != all-1 || s.ChecksAll != 0 {
		t.Errorf("%d were open, now %+v", all, s)
	}
	w.heal("a/web@h1", "b/web@h2")
	w.wait(alerts.StormPace)
	if in := w.storm(); in.Condition() != model.ConditionResting || len(in.Affected) != 0 {
		t.Errorf("all of it works, and it is %s, %+v", in.Condition(), in)
	}
}

// The end of a mute says nothing of what only rests; what waits for a reset it says.
func TestTheEndOfAMuteLeavesOutWhatRests(t *testing.T) {
	w := newWorld(t, "main-db")
	w.rules.Flapping = alerts.Flapping{Over: 1, Within: 2 * time.Hour, Quiet: time.Hour}
	w.manager.SetRules(w.rules)
	w.mute(10*time.Minute, model.Mute{Chat: 1, Selector: picks("main-db")})
	w.fail("main-db")
	w.heal("main-db")
	w.fail("main-db")
	w.heal("main-db")
	w.wait(20 * time.Minute)
	w.expect("1 mute_ending")
	w.fail("main-db")
	w.expect("1 opened check:main-db critical")
}

// The end of a group says to a chat of one client what was reported, as it says to the others.
func TestTheEndOfAnEventGroupSaysWhatWasReported(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"a"})})
	w.manager.SetRouting(w.routing)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(alerts.EventGroupWait)
	w.over("h1", "h2")
	w.recheckAll()
	w.wait(3 * time.Minute)
	ends := 0
	for _, n := range w.store.notifications {
		if n.Kind != model.NotifyResolved {
			continue
		}
		ends++
		if g := n.Snapshot.Incident.EventGroup; list(g.Ended) != "h1 h2 (2)" || g.Events != 2 || len(g.Sources) != 1 || len(g.Texts) != 2 {
			t.Errorf("chat %d is shown %+v", n.To.Chat, g)
		}
	}
	if ends != 2 {
		t.Errorf("%d ends, want one for each chat", ends)
	}
}
