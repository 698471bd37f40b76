package alerts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/alerts/escalation"
	"opsbot/model"
)

// crew is who can be paged: by schedule, and by a number for each.
type crew struct {
	onCall      map[string][]string
	rules       map[string][]model.PageRule
	unreachable map[string]bool // nobody can be reached by these ways
}

func (c *crew) Meant(t model.PageTarget, _ time.Time) ([]string, time.Time) {
	if t.Kind == model.PagePerson {
		return []string{t.Name}, time.Time{}
	}
	return c.onCall[t.Name], time.Time{}
}

func (c *crew) Rules(name string) []model.PageRule {
	if rules, own := c.rules[name]; own {
		return rules
	}
	return model.DefaultPageRules()
}

func (c *crew) Reach(name, way string) (at alerts.Reached, why string) {
	if c.unreachable[way] {
		return at, model.PageNoWay
	}
	at.User = model.UserID(name[0])
	if way == model.WayDM {
		at.To = model.Destination{Channel: "telegram", Chat: model.ChatID(name[0])}
	}
	return at, ""
}

// group is the chat of all.
const group = -100

// manned has checks, a group that everything is routed to, and a policy of two steps with one more round.
func manned(t *testing.T, checks ...string) *world {
	t.Helper()
	w := newWorld(t, checks...)
	w.crew = &crew{onCall: map[string][]string{"primary": {"anna"}, "secondary": {"boris"}}, rules: map[string][]model.PageRule{}, unreachable: map[string]bool{}}
	to := func(names ...string) (all []model.PageTarget) {
		for _, name := range names {
			all = append(all, model.PageTarget{Kind: model.PageSchedule, Name: name})
		}
		return all
	}
	w.routing = alerts.Routing{
		Chats: []model.Chat{{ID: group}}, Bypass: []model.Severity{model.SeverityCritical},
		Routes: []alerts.Route{{To: []model.Destination{{Channel: "telegram", Chat: group}}, Escalate: "prod"}},
		Policies: []escalation.Policy{{Name: "prod", Repeat: 1, Steps: []escalation.Step{
			{To: to("primary"), Wait: 5 * time.Minute}, {To: to("secondary"), Wait: 5 * time.Minute},
		}}},
	}
	w.restart()
	w.said()
	return w
}

// pages are the pages that were written since the last call, as "anna dm".
func (w *world) pages() (all []string) {
	for _, n := range w.store.notifications {
		if n.ID <= w.read {
			continue
		}
		switch p := n.Snapshot.Page; n.Kind {
		case model.NotifyPage:
			all = append(all, strings.TrimSpace(p.Person+" "+p.Way))
		case model.NotifyPageOver:
			all = append(all, "over "+p.Person)
		case model.NotifyReminder:
			all = append(all, "loud")
		}
	}
	w.read = w.store.last
	return all
}

func (w *world) wantPages(want ...string) {
	w.t.Helper()
	if got := w.pages(); !slices.Equal(got, want) {
		w.t.Errorf("paged %q, want %q", got, want)
	}
}

// arrive hands all pages of the outbox to their channels.
func (w *world) arrive() {
	w.t.Helper()
	for _, n := range slices.Clone(w.store.notifications) {
		if n.Kind != model.NotifyPage {
			continue
		}
		w.store.notifications = slices.DeleteFunc(w.store.notifications, func(o model.Notification) bool { return o.ID == n.ID })
		if err := w.manager.PageDone(context.Background(), model.PageResult{Escalation: n.Snapshot.Page.Escalation, Page: n.Snapshot.Page.Page, Sent: true, Message: 7}); err != nil && !errors.Is(err, errFull) {
			w.t.Fatal(err)
		}
	}
}

// arriveTogether hands the pages of the outbox to their channels, those of a person and a way as one message.
func (w *world) arriveTogether(message int) {
	w.t.Helper()
	several := map[string]map[model.IncidentID]bool{}
	key := func(n *model.Notification) string { return n.Snapshot.Page.Person + n.Snapshot.Page.Way }
	var pages []model.Notification
	for _, n := range slices.Clone(w.store.notifications) {
		if n.Kind != model.NotifyPage {
			continue
		}
		if pages = append(pages, n); several[key(&n)] == nil {
			several[key(&n)] = map[model.IncidentID]bool{}
		}
		several[key(&n)][n.Incident] = true
		w.store.notifications = slices.DeleteFunc(w.store.notifications, func(o model.Notification) bool { return o.ID == n.ID })
	}
	for i := range pages {
		r := model.PageResult{Escalation: pages[i].Snapshot.Page.Escalation, Page: pages[i].Snapshot.Page.Page, Sent: true, Message: message}
		if n := len(several[key(&pages[i])]); n > 1 {
			r.Several = n
		}
		if err := w.manager.PageDone(context.Background(), r); err != nil && !errors.Is(err, errFull) {
			w.t.Fatal(err)
		}
	}
}

// waiting are the pages in the outbox.
func (w *world) waiting() (n int) {
	for _, row := range w.store.notifications {
		if row.Kind == model.NotifyPage {
			n++
		}
	}
	return n
}

func TestPagedUntilSomebodyAnswers(t *testing.T) {
	w := manned(t, "main-db")
	w.fail("main-db")
	w.wantPages("anna dm")
	w.wait(5 * time.Second)
	w.wantPages("anna mention") // after the card that it replies to
	w.arrive()
	w.wait(5 * time.Minute)
	w.wantPages("boris dm", "boris mention")
	w.ackBy(1, "boris")
	if w.waiting() != 0 {
		t.Error("pages of Boris are in the outbox after his answer")
	}
	w.wantPages("over anna", "over anna")
	w.wait(3 * time.Hour)
	w.wantPages()
	if err := w.unackBy(1); err != nil {
		t.Fatal(err)
	}
	w.wantPages("anna dm")
	w.heal("main-db")
	w.wait(time.Hour)
	w.wantPages()
	if w.waiting() != 0 {
		t.Error("pages are in the outbox after the end")
	}
}

// TestAMessageOfManySaysWhatIsLeft: whenever one of its incidents is answered, or over, it names those that still need somebody.
func TestAMessageOfManySaysWhatIsLeft(t *testing.T) {
	w := manned(t, "main-db", "disk", "licence")
	w.fail("main-db", "disk", "licence")
	w.pages()
	w.arriveTogether(7)
	w.wait(5 * time.Second)
	w.pages()
	w.arriveTogether(8)
	left := func(want ...model.IncidentID) {
		t.Helper()
		for _, message := range []int{7, 8} {
			var got []model.IncidentID
			edits := 0
			for _, n := range w.store.notifications {
				if n.Kind != model.NotifyPageOver || n.ID <= w.read || n.Snapshot.Page.Message != message {
					continue
				}
				if edits++; n.Snapshot.Page.Several != 3 || n.Incident == 0 {
					t.Errorf("the edit is %+v", n.Snapshot.Page)
				}
				for i := range n.Snapshot.Open {
					got = append(got, n.Snapshot.Open[i].ID)
				}
			}
			if edits != 1 || !slices.Equal(got, want) {
				t.Errorf("message %d has %d edits, and names %v, want %v", message, edits, got, want)
			}
		}
		w.read = w.store.last
	}
	w.ackBy(2, "boris")
	left(1, 3)
	w.restart()
	w.heal("main-db")
	left(3)
	if err := w.unackBy(2); err != nil { // it is another turn: paged by a message of its own
		t.Fatal(err)
	}
	w.wantPages("anna dm")
	w.ackBy(3, "anna")
	left()
}

// TestAPageOnItsWayAtTheEnd: what a channel had in its hands when all was over says so as soon as it has arrived; of several incidents, what is left.
func TestAPageOnItsWayAtTheEnd(t *testing.T) {
	w := manned(t, "main-db", "disk", "licence")
	w.fail("main-db", "disk", "licence")
	w.wantPages("anna dm", "anna dm", "anna dm")
	var all []model.PageResult
	for _, e := range w.manager.Escalations() {
		all = append(all, model.PageResult{Escalation: e.ID, Page: 1, Sent: true, Message: 7, Several: 3})
	}
	w.heal("disk")
	w.ackBy(1, "boris")
	w.pages()
	if err := w.manager.PageDone(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	edits := 0
	for _, n := range w.store.notifications {
		if n.Kind != model.NotifyPageOver || n.ID <= w.read {
			continue
		}
		if edits++; len(n.Snapshot.Open) != 1 || n.Snapshot.Open[0].ID != 3 || n.Snapshot.Page.Message != 7 {
			t.Errorf("the edit about #%d names %+v as left", n.Incident, n.Snapshot.Open)
		}
	}
	if edits != 2 {
		t.Errorf("%d edits, want one for each that is over", edits)
	}
	w.wait(time.Hour) // it is forgotten by now
	w.pages()
	if err := w.manager.PageDone(t.Context(), all[1]); err != nil {
		t.Fatal(err)
	}
	w.wantPages()
}

func TestNobodyAnswered(t *testing.T) {
	w := manned(t, "main-db")
	w.crew.unreachable["dm"], w.crew.unreachable["mention"] = true, true
	w.fail("main-db")
	w.wait(30 * time.Minute)
	w.wantPages("loud")
	w.wait(time.Hour)
	w.wantPages("loud")
}

// TestAStormPagesOnce: what three incidents have begun, the storm goes on with.
func TestAStormPagesOnce(t *testing.T) {
	names := []string{"c1", "c2", "c3", "c4", "c5", "c6"}
	w := manned(t, names...)
	w.rules.Storm = alerts.Storm{Over: 3, Within: 10 * time.Second}
	w.manager.SetRules(w.rules)
	for _, name := range names[:3] {
		w.fail(name)
	}
	w.wait(5 * time.Second)
	w.arrive()
	w.pages()
	w.fail(names[3:]...)
	w.wait(4 * time.Minute)
	w.wantPages() // anna was paged of the first ones; who is paged next is paged of the storm
	w.wait(2 * time.Minute)
	w.wantPages("boris dm", "boris mention")
	if live := w.manager.Escalations(); len(live) != 1 || live[0].Step != 1 {
		t.Errorf("the storm's escalations are %+v", live)
	}
}

func TestMutedPagesNobody(t *testing.T) {
	w := manned(t, "main-db")
	w.mute(time.Hour, model.Mute{})
	w.fail("main-db")
	w.wait(59 * time.Minute)
	w.wantPages()
	w.wait(2 * time.Minute)
	w.wantPages("anna dm", "anna mention")
}

// TestPagingSurvivesAKill: at any moment only what was committed goes on, and nothing is paged twice or left out.
func TestPagingSurvivesAKill(t *testing.T) {
	w := manned(t, "main-db")
	w.fail("main-db")
	w.restart()
	w.wantPages("anna dm")
	w.wait(5 * time.Second)
	w.restart()
	w.wantPages("anna mention")
	w.arrive()
	w.at = w.at.Add(26 * time.Hour) // it did not run meanwhile
	w.restart()
	w.wait(5 * time.Second)
	w.wantPages("boris dm", "boris mention") // one step, not all that were missed
	w.restart()
	w.ackBy(1, "boris")
	w.wait(time.Hour)
	w.restart()
	w.wantPages("over anna", "over anna")
	w.wait(time.Hour)
	w.wantPages()
}

// TestWhoJoinsIsPagedAnew: an acknowledgement covers what it named.
func TestWhoJoinsIsPagedAnew(t *testing.T) {
	w := manned(t, "a/web@h1", "b/web@h1", "c/web@h2")
	w.fail("a/web@h1")
	w.wait(15 * time.Second)
	w.ackBy(1, "anna")
	w.pages()
	w.wait(10 * time.Minute)
	w.wantPages()
	w.fail("b/web@h1")
	w.wait(15 * time.Second)
	w.wantPages("anna dm", "anna mention")
}

func TestPagedWithinTheHoursOfTheRoute(t *testing.T) {
	w := manned(t, "main-db")
	hours, err := model.ParseActiveHours("03:00-04:00", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	w.routing.Routes[0].Hours, w.routing.Bypass = &hours, nil
	w.manager.SetRouting(w.routing)
	w.fail("main-db")
	opens := hours.NextOpen(w.at)
	w.wait(opens.Sub(w.at) - time.Second)
	w.wantPages()
	w.wait(10 * time.Second)
	w.wantPages("anna dm", "anna mention")
}

func TestAPageByHand(t *testing.T) {
	w := manned(t, "main-db")
	in, err := w.manager.Page(context.Background(), model.PageRequest{
		Who: model.PageTarget{Kind: model.PagePerson, Name: "vera"}, By: "Olga", Text: "the shop is slow",
	}, model.AuditEntry{Action: "page"})
	if err != nil {
		t.Fatal(err)
	}
	w.wantPages("vera dm")
	for range 2 { // three times
		w.wait(4 * time.Minute)
		w.wantPages("vera mention")
		w.wait(time.Minute)
		w.wantPages("vera dm")
	}
	w.wait(4 * time.Minute)
	w.wantPages("vera mention")
	w.wait(time.Minute)
	w.wantPages("loud")
	w.ackBy(in.ID, "vera")
	if open := w.manager.OpenIncidents(model.Scope{}); len(open) != 0 {
		t.Errorf("an answered page is open: %+v", open)
	}
	if last := w.store.audit[0]; last.Target != fmt.Sprintf("#%d person:vera", in.ID) {
		t.Errorf("audited as %q", last.Target)
	}
	w.wait(3 * time.Hour)
	w.wantPages()
}

func TestNotMeAndEscalateNow(t *testing.T) {
	w := manned(t, "main-db")
	w.fail("main-db")
	w.pages()
	ctx := context.Background()
	if err := w.manager.Refuse(ctx, 1, "boris", model.AuditEntry{}); model.CodeOf(err) != model.ErrNotPaged {
		t.Errorf("who was not paged refuses: %v", err)
	}
	if err := w.manager.Refuse(ctx, 1, "anna", model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wantPages("boris dm")
	if err := w.manager.Escalate(ctx, 1, model.AuditEntry{}); err != nil { // the next round; anna has said no
		t.Fatal(err)
	}
	w.wantPages("boris dm")
	w.ackBy(1, "boris")
	if err := w.manager.Escalate(ctx, 1, model.AuditEntry{}); model.CodeOf(err) != model.ErrNotPaging {
		t.Errorf("escalated after an answer: %v", err)
	}
}

// TestWhoIsPagedIsShownToThoseWhoSeeEverything and to nobody else, by name or by a byte.
func TestWhoIsPagedIsShownToThoseWhoSeeEverything(t *testing.T) {
	w := manned(t, "a/web@h1", "b/web@h2")
	limited := model.Destination{Channel: "telegram", Chat: -200}
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: -200, Scope: model.ScopeOf([]string{"a"})})
	w.routing.Routes[0].To = append(w.routing.Routes[0].To, limited)
	w.manager.SetRouting(w.routing)
	w.fail("a/web@h1")
	w.wait(40 * time.Minute)
	seen := map[model.Destination]bool{}
	for _, n := range w.store.notifications {
		if in := n.Snapshot.Incident; in != nil && len(in.Paged) > 0 {
			seen[n.To] = true
		}
		if n.To == limited && n.Kind == model.NotifyPage {
			t.Errorf("a page is read where only some clients are seen: %+v", n)
		}
	}
	if seen[limited] || !seen[model.Destination{Channel: "telegram", Chat: group}] {
		t.Errorf("who is paged is shown at %v", seen)
	}
	for _, in := range w.manager.OpenIncidents(model.ScopeOf([]string{"a"})) {
		if len(in.Paged) > 0 {
			t.Errorf("a limited reader sees %+v", in.Paged)
		}
	}
}

// TestPagingWhateverHappens: whoever has to be paged is, and nobody else, whatever happens to incidents, acknowledgements, mutes and this
// program.
func TestPagingWhateverHappens(t *testing.T) {
	checks := []string{"main-db", "a/web@h1", "a/mail@h1", "b/web@h1", "b/web@h2", "c/web@h3", "licence"}
	rapid.Check(t, func(r *rapid.T) {
		w := manned(t, checks...)
		w.rules.Storm = alerts.Storm{Over: 2, Within: 10 * time.Second}
		w.rules.Flapping = alerts.Flapping{Over: 5, Within: 10 * time.Minute, Quiet: 10 * time.Minute}
		w.manager.SetRules(w.rules)
		some := func(r *rapid.T) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(checks), 1, 4, rapid.ID[string]).Draw(r, "checks")
		}
		r.Repeat(map[string]func(*rapid.T){
			"fail":    func(r *rapid.T) { w.fail(some(r)...) },
			"heal":    func(r *rapid.T) { w.heal(some(r)...) },
			"wait":    func(r *rapid.T) { w.wait(time.Duration(rapid.IntRange(1, 900).Draw(r, "seconds")) * time.Second) },
			"restart": func(*rapid.T) { w.restart() },
			"arrive":  func(*rapid.T) { w.arrive() },
			"arrive together": func(*rapid.T) {
				w.messages++
				w.arriveTogether(100 + w.messages)
			},
			"handoff": func(r *rapid.T) {
				w.crew.onCall["primary"] = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"anna", "boris", "vera"}), 0, 2, rapid.ID[string]).Draw(r, "primary")
			},
			"ack": func(r *rapid.T) {
				if open := w.manager.OpenIncidents(model.Scope{}); len(open) > 0 && !w.store.full {
					w.ackBy(rapid.SampledFrom(open).Draw(r, "incident").ID, "anna")
				}
			},
			"unack": func(r *rapid.T) {
				if open := w.manager.OpenIncidents(model.Scope{}); len(open) > 0 {
					_ = w.unackBy(rapid.SampledFrom(open).Draw(r, "incident").ID) // it may have none
				}
			},
			"mute": func(r *rapid.T) {
				if w.store.full {
					r.Skip("the store is full")
				}
				minutes := rapid.IntRange(1, 60).Draw(r, "minutes")
				w.mute(time.Duration(minutes)*time.Minute, model.Mute{})
			},
			"store": func(r *rapid.T) { w.store.full = rapid.Bool().Draw(r, "full") && !w.store.full },
			"":      func(r *rapid.T) { pagingHolds(r, w) },
		})
	})
}

// pagingHolds compares who is paged with what is open.
func pagingHolds(r *rapid.T, w *world) {
	if w.store.full {
		return
	}
	w.tick() // whatever the store did not take is stored
	live := map[model.IncidentID]model.Escalation{}
	for _, e := range w.manager.Escalations() {
		if _, twice := live[e.Incident]; twice {
			r.Fatalf("two escalations of #%d by one policy", e.Incident)
		}
		live[e.Incident] = e
	}
	open := w.manager.OpenIncidents(model.Scope{})
	for i := range open {
		in := &open[i]
		e, escalated := live[in.ID]
		paging := escalated && (e.State == model.EscalationPaging || e.State == model.EscalationExhausted)
		switch {
		case in.Parent != 0 && escalated:
			r.Fatalf("#%d is part of #%d and has an escalation of its own: %+v", in.ID, in.Parent, e)
		case in.Parent != 0, in.Condition().Works():
		case in.Storm != nil && in.Storm.Open == 0:
		case in.Acknowledged && paging:
			r.Fatalf("people are paged of #%d, which somebody has: %+v", in.ID, e)
		case !in.MutedUntil.IsZero() && paging:
			r.Fatalf("people are paged of #%d, which is muted", in.ID)
		case !in.Acknowledged && in.MutedUntil.IsZero() && !paging:
			r.Fatalf("nobody is paged of #%d (%s), and nobody has it: %+v", in.ID, in.Key(), e)
		}
	}
	ids := map[model.IncidentID]bool{}
	for i := range open {
		ids[open[i].ID] = true
	}
	for id, e := range live {
		if !ids[id] {
			r.Fatalf("the incident of %+v is not open", e)
		}
	}
	pagesAreWanted(r, w)
	pagingIsCounted(r, w)
}

// pagingIsCounted compares the counts with what is stored.
func pagingIsCounted(r *rapid.T, w *world) {
	want := map[model.EscalationState]int{}
	for _, e := range w.store.escalations {
		if e.State != model.EscalationEnded {
			want[e.State]++
		}
	}
	if got := w.manager.PagingCounts().Escalations; !maps.Equal(got, want) {
		r.Fatalf("escalations are counted as %v, and stored are %v", got, want)
	}
}

// TestPagesAreCounted: each once, as it was stored, what is tried again and arrives too. Nothing is counted that the store refused, and what an
// earlier run has counted is not counted again.
func TestPagesAreCounted(t *testing.T) {
	w := manned(t, "main-db", "disk")
	counted := func(want map[alerts.PageCount]uint64) {
		t.Helper()
		if got := w.manager.PagingCounts().Pages; !maps.Equal(got, want) {
			t.Errorf("counted %v, want %v", got, want)
		}
	}
	done := func(r model.PageResult) {
		t.Helper()
		r.Escalation, r.Page = 1, 1
		if err := w.manager.PageDone(t.Context(), r); err != nil && !errors.Is(err, errFull) {
			t.Fatal(err)
		}
	}
	dm := func(s model.PageState) alerts.PageCount { return alerts.PageCount{Way: "dm", State: s} }
	mention := func(s model.PageState) alerts.PageCount { return alerts.PageCount{Way: "mention", State: s} }
	w.fail("main-db")
	counted(map[alerts.PageCount]uint64{})
	done(model.PageResult{Why: "not_sent", Retried: true})
	counted(map[alerts.PageCount]uint64{dm(model.PageFailed): 1})
	w.store.full = true
	done(model.PageResult{Sent: true, Message: 7})
	counted(map[alerts.PageCount]uint64{dm(model.PageFailed): 1})
	w.store.full = false
	w.tick()
	counted(map[alerts.PageCount]uint64{dm(model.PageFailed): 1, dm(model.PageSent): 1})
	w.ackBy(1, "anna")
	counted(map[alerts.PageCount]uint64{dm(model.PageFailed): 1, dm(model.PageSent): 1, mention(model.PageCancelled): 1})
	w.restart()
	w.fail("disk")
	w.heal("main-db")
	counted(map[alerts.PageCount]uint64{})
}

// pagesAreWanted: in the outbox there are pages of what is being paged only, as the escalations that were stored say.
func pagesAreWanted(r *rapid.T, w *world) {
	stored := maps.Clone(w.store.escalations)
	once := map[string]bool{}
	for _, n := range w.store.notifications {
		if n.Kind != model.NotifyPage {
			continue
		}
		e := stored[n.Snapshot.Page.Escalation]
		at := slices.IndexFunc(e.Pages, func(p model.Page) bool { return p.ID == n.Snapshot.Page.Page })
		if at < 0 || !e.Pages[at].Open || e.State != model.EscalationPaging && e.State != model.EscalationExhausted {
			r.Fatalf("%s %s is in the outbox while it is %s", n.Snapshot.Page.Person, n.Snapshot.Page.Way, e.State)
		}
		key := fmt.Sprint(e.ID, n.Snapshot.Page.Person, n.Snapshot.Page.Way, e.Pages[at].Turn, e.Pages[at].Round)
		if once[key] {
			r.Fatalf("%s is paged twice by %s in one round", n.Snapshot.Page.Person, n.Snapshot.Page.Way)
		}
		once[key] = true
	}
}

// TestAnAnswerAtTheSourceCounts: who has all events of a group in hand at Icinga has the group in hand, until something joins.
func TestAnAnswerAtTheSourceCounts(t *testing.T) {
	w := manned(t, "a/web@h1", "b/web@h2")
	w.down("h1")
	w.recheckAll("h1")
	w.wait(5 * time.Second)
	w.recheckAll("h1")
	w.wait(5 * time.Second)
	w.wantPages("anna dm", "anna mention")
	e := w.event("h1")
	e.Acked, e.AckedBy = true, "olga"
	w.receive(e)
	w.wait(10 * time.Second)
	if live := w.manager.Escalations(); len(live) != 1 || live[0].State != model.EscalationAcked || live[0].AckedBy != "olga" || w.waiting() != 0 {
		t.Fatalf("acknowledged at the source: %+v, %d pages wait", live, w.waiting())
	}
	w.pages()
	w.wait(time.Hour)
	w.wantPages()
	e.Acked = false
	w.receive(e)
	w.wait(10 * time.Second)
	w.wantPages("anna dm", "anna mention")
}

// TestWithoutPeopleNothingChanges: where nobody can be paged, whatever happens is stored and told byte for byte as if there were no paging at all.
func TestWithoutPeopleNothingChanges(t *testing.T) {
	checks := []string{"main-db", "a/web@h1", "b/web@h1", "b/web@h2"}
	rapid.Check(t, func(r *rapid.T) {
		worlds := []*world{manned(t, checks...), manned(t, checks...)}
		for _, w := range worlds {
			w.routing.Policies, w.routing.Routes[0].Escalate = nil, ""
			w.crew.onCall, w.crew.rules = nil, nil
		}
		worlds[1].crew = nil
		both := func(do func(w *world)) {
			for _, w := range worlds {
				do(w)
			}
		}
		both(func(w *world) { w.restart() })
		some := func(r *rapid.T) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(checks), 1, 3, rapid.ID[string]).Draw(r, "checks")
		}
		r.Repeat(map[string]func(*rapid.T){
			"fail": func(r *rapid.T) { names := some(r); both(func(w *world) { w.fail(names...) }) },
			"heal": func(r *rapid.T) { names := some(r); both(func(w *world) { w.heal(names...) }) },
			"wait": func(r *rapid.T) {
				d := time.Duration(rapid.IntRange(1, 900).Draw(r, "seconds")) * time.Second
				both(func(w *world) { w.wait(d) })
			},
			"restart": func(*rapid.T) { both(func(w *world) { w.restart() }) },
			"ack": func(r *rapid.T) {
				if open := worlds[0].manager.OpenIncidents(model.Scope{}); len(open) > 0 {
					id := rapid.SampledFrom(open).Draw(r, "incident").ID
					both(func(w *world) { w.ackBy(id, "anna") })
				}
			},
			"": func(r *rapid.T) {
				sent := [2]string{}
				for i, w := range worlds {
					if len(w.store.escalations) > 0 || len(w.manager.PagingCounts().Escalations) > 0 {
						r.Fatalf("escalations are stored: %+v", w.store.escalations)
					}
					text, err := json.Marshal(w.store.notifications)
					if err != nil {
						r.Fatal(err)
					}
					sent[i] = string(text)
				}
				if sent[0] != sent[1] {
					r.Fatalf("with a directory of nobody: %s\nwithout one: %s", sent[0], sent[1])
				}
			},
		})
	})
}
