package alerts_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// event is what icinga says of a host, begun now.
func (w *world) event(host string) model.Event {
	return model.Event{
		EventKey: model.EventKey{Source: "icinga", ID: host}, Names: []string{host}, Title: host + " is DOWN",
		Severity: model.SeverityCritical, OpenedAt: w.at, SeenAt: w.at,
	}
}

func (w *world) receive(events ...model.Event) {
	w.t.Helper()
	if err := w.manager.HandleEvents(context.Background(), events...); err != nil && !errors.Is(err, errFull) {
		w.t.Fatal(err)
	}
}

// down has icinga call hosts broken; over has it say that they are not.
func (w *world) down(hosts ...string) {
	w.t.Helper()
	for _, h := range hosts {
		w.receive(w.event(h))
	}
}

func (w *world) over(hosts ...string) {
	w.t.Helper()
	for _, h := range hosts {
		e := w.event(h)
		e.EndedAt, e.End = w.at, model.EndConfirmed
		w.receive(e)
	}
}

// recheckAll answers for all that was asked for: what is on one of the hosts fails, all else works.
func (w *world) recheckAll(broken ...string) {
	w.t.Helper()
	ids := w.toVerify
	w.toVerify = nil
	for _, id := range ids {
		_, host, _ := strings.Cut(string(id), "@")
		if slices.Contains(broken, host) {
			w.fail(string(id))
		} else {
			w.heal(string(id))
		}
	}
}

// hosting has a (down with h1 and h2), b (degraded without h2) and c, which is elsewhere.
func hosting(t *testing.T) *world {
	return newWorld(t, "a/web@h1", "a/web@h2", "b/web@h2", "b/web@h3", "b/web@h4", "b/web@h5", "c/web@h9")
}

func (w *world) group() *model.Incident {
	w.t.Helper()
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Kind == model.IncidentEventGroup {
			return &in
		}
	}
	w.t.Fatal("there is no event group")
	return nil
}

func verdicts(in *model.Incident) string {
	out := ""
	for i := range in.Affected {
		out += in.Affected[i].String() + " " + in.Affected[i].Verdict.String() + "; "
	}
	return out
}

func TestAnEventGroupIsOneCard(t *testing.T) {
	w := hosting(t)
	w.down("h1")
	w.wait(time.Second)
	w.down("h2")
	if want := []model.CheckID{"a/web@h1", "a/web@h2", "b/web@h2", "b/web@h3", "b/web@h4", "b/web@h5"}; !sameIDs(w.toVerify, want) {
		t.Errorf("verified %v, want %v", w.toVerify, want)
	}
	w.recheckAll("h1", "h2")
	w.expect() // it waits, so that all that belongs to it is on the first card
	w.wait(2 * time.Second)
	w.expect("1 opened event_group:1 critical")
	in := w.group()
	if got := verdicts(in); got != "a/web down; b/web degraded; " {
		t.Errorf("verdicts: %s", got)
	}
	b := in.EventGroup
	if b.Events != 2 || b.HostsAll != 2 || b.Verifications.Confirmed != 2 || b.Clients != 2 || b.Down != 1 || b.Done != 6 || b.Total != 6 || len(b.Before) != 0 {
		t.Errorf("%+v", b)
	}
	w.wait(30 * time.Second)
	w.expect() // its hosts' own incidents are part of it, and nobody is notified of them
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Kind == model.IncidentHost && in.Parent != 1 {
			t.Errorf("%s has no parent", in.Key())
		}
	}
	w.over("h1", "h2")
	w.recheckAll()
	w.wait(20 * time.Second)
	w.wait(2 * time.Minute)
	said := w.said()
	if last := said[len(said)-1]; last != "1 resolved event_group:1 info closed" {
		t.Errorf("said %q", said)
	}
	for _, line := range said {
		if strings.Contains(line, "host:") && strings.Contains(line, "resolved") {
			t.Errorf("the end of a part is notified: %s", line)
		}
	}
	if open := w.manager.OpenIncidents(model.Scope{}); len(open) != 0 {
		t.Errorf("%d still open", len(open))
	}
}

// What a card shows is dated by when it was seen, not by the first verification.
func TestWhatAnEventGroupSawIsDated(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(alerts.EventGroupWait)
	first := w.group().EventGroup.Checked
	w.wait(20 * time.Second)
	if b := w.group().EventGroup; !b.Checked.Equal(first) {
		t.Errorf("nothing was seen since %v, and it says %v", first, b.Checked)
	}
	w.heal("a/web@h1")
	w.wait(time.Second)
	if b := w.group().EventGroup; b.Verifications.Refuted != 1 || b.Checked.Sub(first) < 20*time.Second {
		t.Errorf("%d work, verified %v, first at %v", b.Verifications.Refuted, b.Checked, first)
	}
}

// Whoever presses Re-check sees that it was done, though it showed what was known.
func TestAVerificationOfAnEventGroupIsSeen(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(time.Minute)
	w.said()
	first := w.group().EventGroup.Checked
	if n, err := w.manager.VerifyAgain(t.Context(), w.group().ID, model.Scope{}); n != 6 || err != nil {
		t.Fatalf("%d are verified, %v", n, err)
	}
	w.wait(time.Second)
	if b := w.group().EventGroup; !b.Checked.Equal(first) {
		t.Errorf("nothing was seen yet, and it says %v", b.Checked)
	}
	w.recheckAll("h1", "h2")
	w.wait(alerts.StormPace)
	if b := w.group().EventGroup; !b.Checked.After(first.Add(time.Minute)) {
		t.Errorf("verified %v, first at %v", b.Checked, first)
	}
	w.expect("1 updated event_group:1 critical")
	w.wait(time.Minute)
	w.expect()
}

func sameIDs(a, b []model.CheckID) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func TestAnEventGroupWaitsForNoAnswer(t *testing.T) {
	w := hosting(t)
	w.wait(time.Second)
	w.down("h1", "h2")
	w.wait(3 * time.Second) // nothing was seen yet: that is said, and not taken for fine
	w.expect("1 opened event_group:1 warning")
	if in := w.group(); in.EventGroup.Verifications.Pending != 2 || in.EventGroup.Done != 0 || verdicts(in) != "a/web unknown; " {
		t.Errorf("%s %+v", verdicts(in), in.EventGroup)
	}
	w.recheckAll("h1", "h2")
	w.wait(time.Second)
	w.expect("1 raised event_group:1 critical held")
	w.wait(alerts.CollectWait)
	w.expect("1 updated event_group:1 critical", "1 raised event_group:1 critical")
}

func TestEditsOfAnEventGroupKeepTheirPace(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(3 * time.Second)
	w.said()
	from := w.at
	for i := range 40 { // something new twice a second
		w.wait(500 * time.Millisecond)
		e := w.event("h1")
		e.ID += fmt.Sprint(i)
		w.receive(e)
		w.recheckAll("h1", "h2")
	}
	edits := 0
	for _, line := range w.said() {
		if strings.HasPrefix(line, "1 updated event_group") {
			edits++
		}
	}
	if most := int(w.at.Sub(from)/alerts.StormPace) + 1; edits == 0 || edits > most {
		t.Errorf("%d edits in %s", edits, w.at.Sub(from))
	}
}

func TestNobodyIsAffected(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/web@h3", "a/web@h4", "a/web@h5")
	w.down("h1", "h2")
	w.recheckAll()
	w.wait(5 * time.Minute)
	w.expect() // two hosts on which all works are not worth a word
	w.down("h1x", "h2x")
	w.wait(5 * time.Minute)
	w.said()
	w = newWorld(t, "a/web@h1", "a/web@h2", "a/web@h3", "a/web@h4", "a/web@h5")
	w.down("h1", "h2", "h3")
	w.wait(200 * time.Millisecond) // all of it is being verified
	w.recheckAll()
	w.wait(2800 * time.Millisecond)
	w.expect("1 opened event_group:1 info")
	if worst := w.group().EventGroup.Worst; len(worst) != 0 {
		t.Errorf("remembered as affected: %+v", worst)
	}
	w.wait(5 * time.Minute)
	w.expect("1 updated event_group:1 info closed") // its end is no news
}

func TestWhatWasBrokenBeforeIsNotBlamedOnAnEventGroup(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/shop@h2", "a/shop@h8", "b/web@h2", "b/web@h7")
	w.fail("a/web@h1")
	w.wait(72 * time.Hour)
	w.said()
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(4 * time.Second)
	in := w.group()
	if got := verdicts(in); got != "a/shop at_risk; b/web at_risk; " {
		t.Errorf("blamed: %s", got)
	}
	if in.EventGroup.BeforeAll != 1 || in.EventGroup.Before[0].String() != "a/web" || in.EventGroup.Before[0].Verdict != model.VerdictDown {
		t.Errorf("before: %+v", in.EventGroup.Before)
	}
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Host == "h1" && in.Parent != 0 {
			t.Error("what has failed for three days became part of tonight's event group")
		}
	}
}

func TestAnEventGroupAbsorbsWhatOpsbotSawFirst(t *testing.T) {
	w := hosting(t)
	w.fail("a/web@h1")
	w.verification("h1")
	w.wait(20 * time.Second)
	w.expect("1 opened host:h1 warning")
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(3 * time.Second)
	said := w.said()
	if !slices.Contains(said, "1 updated host:h1 critical part of #2") || !slices.Contains(said, "1 opened event_group:2 critical") {
		t.Errorf("%q", said)
	}
	if slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, "raised") }) {
		t.Errorf("what an event group explains rose by itself: %q", said)
	}
}

func TestAnEventGroupTakesOverAStorm(t *testing.T) {
	w := newWorld(t, "a/web@h1", "b/web@h2", "c/web@h3", "d/web@h4")
	w.rules.Storm = alerts.Storm{Over: 2, Within: 30 * time.Second}
	w.manager.SetRules(w.rules)
	w.handle([]model.Result{
		outcome("a/web@h1", model.StatusFail, w.at), outcome("b/web@h2", model.StatusFail, w.at), outcome("c/web@h3", model.StatusFail, w.at),
	})
	w.expect("1 opened storm:4 critical")
	w.down("h1", "h2", "h3")
	w.recheckAll("h1", "h2", "h3")
	w.wait(10 * time.Second)
	said := w.said()
	if !slices.Contains(said, "1 opened event_group:5 critical") || !slices.Contains(said, "1 updated storm:4 critical part of #5") {
		t.Errorf("%q", said)
	}
	w.over("h1", "h2", "h3")
	w.recheckAll()
	w.wait(2 * time.Minute)
	for _, line := range w.said() {
		if strings.Contains(line, "resolved") && !strings.Contains(line, "event_group:5") {
			t.Errorf("said %q", line)
		}
	}
	if open := w.manager.OpenIncidents(model.Scope{}); len(open) != 0 {
		t.Errorf("%d still open", len(open))
	}
}

func TestWhatAnEventGroupDoesNotInhibitIsNotified(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/web@h3")
	w.down("h1")
	w.recheckAll("h1")
	w.wait(10 * time.Second)
	w.said()
	w.over("h1")
	w.heal("a/web@h1")
	w.wait(5 * time.Second)
	w.said()
	w.fail("a/web@h2", "a/web@h3") // on hosts that no source speaks of
	w.verification("h2")
	w.verification("h3")
	w.wait(5 * time.Second)
	if said := w.said(); !slices.Contains(said, "1 opened host:h2 warning") || !slices.Contains(said, "1 opened host:h3 warning") {
		t.Errorf("%q", said)
	}
}

// A service that fell because of an event group, and goes on failing elsewhere when the group's host is back, is notified by itself.
func TestAPartIsDetachedWhenItIsNotInhibitedAnyMore(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/mail@h1", "a/mail@h2")
	w.down("h1")
	for _, id := range w.toVerify {
		if id == "a/web@h1" {
			w.fail(string(id))
		} else {
			w.heal(string(id))
		}
	}
	w.toVerify = nil
	w.wait(30 * time.Second)
	w.said()
	w.fail("a/web@h2")
	w.wait(30 * time.Second)
	if said := w.said(); !slices.ContainsFunc(said, func(line string) bool { return strings.HasPrefix(line, "1 opened service:a/web critical") }) {
		t.Errorf("%q", said)
	}
}

func TestAnEventGroupGoesOnAfterARestart(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.wait(time.Second)
	w.restart() // before anybody was notified
	if !sameIDs(w.toVerify[:6], []model.CheckID{"a/web@h1", "a/web@h2", "b/web@h2", "b/web@h3", "b/web@h4", "b/web@h5"}) {
		t.Errorf("asked again: %v", w.toVerify)
	}
	w.recheckAll("h1", "h2")
	w.wait(2 * time.Second)
	w.expect("1 opened event_group:1 critical")
	w.restart()
	w.recheckAll("h1", "h2")
	w.wait(10 * time.Second)
	for _, line := range w.said() {
		if !strings.HasPrefix(line, "1 updated") {
			t.Errorf("after a restart: %q", line)
		}
	}
	w.down("h1") // it comes again
	if b := w.group().EventGroup; b.Events != 2 {
		t.Errorf("%d events", b.Events)
	}
	w.over("h1", "h2")
	w.recheckAll()
	w.wait(2 * time.Minute)
	if said := w.said(); !slices.Contains(said, "1 resolved event_group:1 info closed") {
		t.Errorf("%q", said)
	}
}

func TestHostsThatAreNotInTheInventory(t *testing.T) {
	w := hosting(t)
	w.down("db9", "x7")
	w.wait(3 * time.Second)
	w.expect("1 opened event_group:1 critical")
	if b := w.group().EventGroup; b.UnmappedAll != 2 || !slices.Equal(b.Unmapped, []string{"db9", "x7"}) {
		t.Errorf("%+v", b)
	}
	w.wait(time.Hour)
	w.expect() // whom they touch is not known: it stays open
	w.inv = inventoryOf("a/web@db9", "a/web@h1", "a/web@x7")
	if err := w.manager.SetInventory(context.Background(), w.inv); err != nil {
		t.Fatal(err)
	}
	w.recheckAll("db9", "x7")
	w.wait(10 * time.Second)
	if b := w.group(); b.EventGroup.UnmappedAll != 0 || verdicts(b) != "a/web at_risk; " {
		t.Errorf("after they were taken into it: %s %+v", verdicts(b), b.EventGroup)
	}
}

func TestChatsSeeOfAnEventGroupWhatIsTheirs(t *testing.T) {
	w := hosting(t)
	w.routing.Chats = []model.Chat{{ID: 1}, {ID: 2, Scope: model.Scope{Limited: true, Clients: []string{"b"}}}, {ID: 3, Scope: model.Scope{Limited: true, Clients: []string{"c"}}}}
	w.manager.SetRouting(w.routing)
	w.down("h1", "h2", "db9")
	w.recheckAll("h1", "h2")
	w.wait(3 * time.Second)
	w.expect("1 opened event_group:1 critical", "2 opened event_group:1 warning")
	for _, row := range w.store.notifications {
		in := row.Snapshot.Incident
		if row.To.Chat != 2 || in == nil || in.Kind != model.IncidentEventGroup {
			continue
		}
		b := in.EventGroup
		if verdicts(in) != "b/web degraded; " || b.UnmappedAll != 0 || !slices.Equal(b.Hosts, []string{"h2"}) || b.Events != 1 || b.Clients != 1 || b.Total != 4 {
			t.Errorf("%s %+v", verdicts(in), b)
		}
	}
	w.over("h1", "h2", "db9")
	w.recheckAll()
	w.wait(3 * time.Minute)
	if said := w.said(); !slices.Contains(said, "2 resolved event_group:1 info closed") || slices.ContainsFunc(said, func(line string) bool { return strings.HasPrefix(line, "3 ") }) {
		t.Errorf("%q", said)
	}
}

func TestEventsThatAreNoNews(t *testing.T) {
	w := hosting(t)
	planned, taken := w.event("h1"), w.event("h2")
	planned.Suppressed, taken.Acked = true, true
	w.receive(planned, taken)
	w.wait(time.Minute)
	w.expect()
	if got := len(w.manager.Events(model.Scope{})); got != 2 {
		t.Errorf("%d events stand", got)
	}
	planned.Suppressed = false // the downtime is over, and it is still open
	w.receive(planned)
	w.recheckAll("h1")
	w.wait(3 * time.Second)
	w.expect("1 opened event_group:1 warning")
	for range 3 {
		w.receive(planned) // received again and again
	}
	if b := w.group().EventGroup; b.Events != 1 {
		t.Errorf("%d events", b.Events)
	}
}

func TestAMutedEventGroupIsSilent(t *testing.T) {
	w := hosting(t)
	mute := model.Mute{Selector: model.Selector{Hosts: []string{"h1", "h2"}}, Until: w.at.Add(time.Hour), OwnerName: "tests"}
	if _, _, err := w.manager.Mute(context.Background(), mute, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(10 * time.Minute)
	w.expect()
}

func TestADisconnectedSource(t *testing.T) {
	w := hosting(t)
	set := func(why model.Reason) {
		t.Helper()
		if err := w.manager.SetSource(context.Background(), "icinga", why); err != nil {
			t.Fatal(err)
		}
	}
	set(model.NewReason(model.ReasonSourceAway, "said", "connection refused"))
	set(model.NewReason(model.ReasonSourceAway, "said", "timeout"))
	w.expect("1 opened source:icinga critical", "1 updated source:icinga critical")
	w.restart()
	w.said()
	set(model.Reason{})
	w.expect("1 updated source:icinga critical closed", "1 resolved source:icinga critical closed")
	set(model.NewReason(model.ReasonSourceAway, "said", "connection refused"))
	w.said()
	if err := w.manager.SetSources(context.Background(), []string{"zabbix"}); err != nil { // it is taken out of the configuration
		t.Fatal(err)
	}
	w.expect("1 updated source:icinga critical closed", "1 resolved source:icinga critical closed")
}

func TestEventsOfASourceThatIsGoneEnd(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll()
	w.wait(5 * time.Second)
	if err := w.manager.SetSources(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if left := w.manager.Events(model.Scope{}); len(left) != 0 {
		t.Errorf("%d events stand", len(left))
	}
}

// A disk that is full loses nothing: the source gets the error, and brings it again.
func TestEventsOnAFullDisk(t *testing.T) {
	w := hosting(t)
	w.store.full = true
	if err := w.manager.HandleEvents(context.Background(), w.event("h1"), w.event("h2")); err == nil {
		t.Error("a commit that failed was taken for one that did not")
	}
	w.store.full = false
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(3 * time.Second)
	w.expect("1 opened event_group:1 critical")
	if len(w.store.events) != 2 {
		t.Errorf("%d events stored", len(w.store.events))
	}
}

// When a second rack falls, the card does not go on blaming the first one.
func TestTheCauseOfAnEventGroupKeepsUp(t *testing.T) {
	w := newWorld(t, "a/web@h1", "b/web@h1", "c/web@h1", "a/api@h2", "e/web@h2", "f/web@h9")
	w.down("h1")
	w.recheckAll("h1")
	w.wait(4 * time.Second)
	if c := w.group().EventGroup.Cause; c == nil || !slices.Equal(c.Labels, []string{"host=h1"}) {
		t.Fatalf("%+v", c)
	}
	w.down("h2")
	w.recheckAll("h1", "h2")
	w.wait(10 * time.Second)
	if c := w.group().EventGroup.Cause; c == nil || c.Of != 5 {
		t.Errorf("%+v", c)
	}
	w.over("h1", "h2")
	w.recheckAll()
	w.wait(10 * time.Second)
	if c := w.group().EventGroup.Cause; c != nil {
		t.Errorf("nothing is broken because of %+v", c)
	}
}

// A mute of all that a chat sees of an event group is one of the group there, whatever others have of it.
func TestAMuteOfWhatAChatSeesOfAnEventGroup(t *testing.T) {
	w := hosting(t)
	w.routing.Chats = []model.Chat{{ID: 2, Scope: model.ScopeOf([]string{"b"})}}
	w.manager.SetRouting(w.routing)
	mute := model.Mute{Selector: model.Selector{Clients: []string{"b"}}, Until: w.at.Add(time.Hour), OwnerName: "tests"}
	if _, _, err := w.manager.Mute(context.Background(), mute, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.down("h1", "h2")
	if n, err := w.manager.VerifyAgain(t.Context(), w.group().ID, model.ScopeOf([]string{"b"})); n != 4 || err != nil {
		t.Errorf("%d endpoints verified again, %v", n, err)
	}
	w.recheckAll("h1", "h2")
	w.wait(10 * time.Second)
	w.expect()
}

// What a source said before it fell silent may be over: the card says so while it is.
func TestAnEventGroupSaysThatItsSourceIsDisconnected(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(10 * time.Second)
	for _, why := range []model.Reason{model.NewReason(model.ReasonSourceAway), {}} {
		if err := w.manager.SetSource(context.Background(), "icinga", why); err != nil {
			t.Fatal(err)
		}
		w.wait(10 * time.Second)
		if disconnected := w.group().EventGroup.Disconnected; slices.Contains(disconnected, "icinga") == why.IsZero() {
			t.Errorf("after %q: %v", why.Code, disconnected)
		}
	}
}
