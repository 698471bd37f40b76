package alerts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

// foreign begins every name, text and reason that is not client a's: no reader limited to a may get it.
const foreign = "zq"

// estate is client a beside another client: hosts of its own, one shared, hosts and checks of others.
var estate = []string{
	"a/web@own1", "a/web@own2", "a/api@own2", "a/api@shared1", "zqb/zqweb@shared1", "zqb/zqweb@zqh2", "zqb/zqapi@zqh2", "zqb/zqapi@zqh3", "zqc/zqweb@zqh4", "zqcheck",
}

// walled is a world whose readers are limited to client a, or to nobody.
type walled struct {
	*world
	estate []string
	broken map[string]bool
	looked int64 // the last notification that was looked at
}

func newWalled(t *testing.T) *walled {
	t.Helper()
	w := &walled{world: newWorld(t, estate...), estate: estate, broken: map[string]bool{}}
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 3, Scope: model.ScopeOf([]string{"a"})})
	w.routing.Routes = []alerts.Route{
		{Clients: []string{"a"}, To: []model.Destination{{Channel: "email:a"}, {Channel: "telegram", Chat: 3}}, Continue: true},
		{To: chats(1, 3)},
	}
	w.manager.SetRouting(w.routing)
	return w
}

// run runs checks, and what the Manager wants verified because of them.
func (w *walled) run(ids ...string) {
	for len(ids) > 0 {
		var results []model.Result
		for _, id := range ids {
			status := model.StatusOK
			if w.broken[id] {
				status = model.StatusFail
			}
			results = append(results, outcome(id, status, w.at))
		}
		w.handle(results)
		ids = ids[:0:0]
		for _, id := range w.toVerify {
			ids = append(ids, string(id))
		}
		w.toVerify = nil
	}
}

func (w *walled) pass(d time.Duration) {
	for end := w.at.Add(d); w.at.Before(end); {
		w.wait(min(end.Sub(w.at), 20*time.Second))
		w.run(w.estate...)
	}
}

// foreignEvent is an event whose every word may name others.
func (w *walled) foreignEvent(host string) model.Event {
	e := w.event(host)
	e.Title, e.Service, e.Labels = "zqtext of zqb", "zqservice", model.Labels{"zqlabel": "zqvalue"}
	return e
}

// look demands that nothing which a reader limited to a has got since the last time holds anything foreign.
func (w *walled) look(r *rapid.T) {
	for i := range w.store.notifications {
		n := &w.store.notifications[i]
		if n.ID <= w.looked || n.To.Chat == 1 {
			continue
		}
		text, err := json.Marshal(n)
		if err != nil {
			r.Fatal(err)
		}
		if at := strings.Index(string(text), foreign); at >= 0 {
			r.Fatalf("%v gets by %s: …%s…", n.To, n.Kind, text[max(0, at-120):min(len(text), at+120)])
		}
	}
	w.looked = w.store.last
	scope := model.ScopeOf([]string{"a"})
	for what, got := range map[string]any{
		"incidents": w.manager.OpenIncidents(scope), "events": w.manager.Events(scope), "services": w.manager.ServiceStates(scope),
	} {
		text, err := json.Marshal(got)
		if err != nil {
			r.Fatal(err)
		}
		if at := strings.Index(string(text), foreign); at >= 0 {
			r.Fatalf("the %s that a sees have: …%s…", what, text[max(0, at-120):min(len(text), at+120)])
		}
	}
}

// TestNothingForeignPassesTheWall breaks, mutes, acknowledges and reports anything of others, and reads all that a reader limited to one client
// gets: notifications of every kind, open incidents, events, services.
func TestNothingForeignPassesTheWall(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWalled(t)
		w.rules.Storm = alerts.Storm{Over: rapid.SampledFrom([]int{0, 1, 3}).Draw(r, "over"), Within: 10 * time.Second}
		if rapid.Bool().Draw(r, "reminders") {
			w.rules.Remind = []time.Duration{45 * time.Second}
		}
		w.manager.SetRules(w.rules)
		ctx := context.Background()
		who := model.AuditEntry{Actor: model.Actor{Name: "zqolga"}}
		r.Repeat(map[string]func(*rapid.T){
			"break": func(r *rapid.T) {
				what := rapid.SampledFrom([]string{"@own1", "@own2", "@shared1", "a/", "zqb/", "zqc/", "@zqh2", "zqcheck"}).Draw(r, "what")
				broken := rapid.IntRange(0, 2).Draw(r, "broken") > 0
				for _, id := range estate {
					if strings.Contains(id, what) {
						w.broken[id] = broken
					}
				}
				w.run(estate...)
			},
			"event": func(r *rapid.T) {
				host := rapid.SampledFrom([]string{"shared1", "zqh2", "zqh3", "zqunknown"}).Draw(r, "host")
				e := w.foreignEvent(host)
				e.Labels = maps.Clone(e.Labels)
				if e.Labels == nil {
					e.Labels = model.Labels{}
				}
				e.Labels["client"] = rapid.SampledFrom([]string{"", "zqb", "zqc"}).Draw(r, "label")
				if rapid.IntRange(0, 3).Draw(r, "own") == 0 {
					e = rapid.SampledFrom([]model.Event{w.event("own1"), w.diskFull("own1"), w.about("a", "", "Slow"), w.about("a", "web", "ProbeFailed")}).Draw(r, "own event")
				}
				if rapid.IntRange(0, 3).Draw(r, "over") == 0 {
					e.EndedAt, e.End = w.at, model.EndConfirmed
				}
				w.receive(e)
			},
			"mute": func(r *rapid.T) {
				m := model.Mute{OwnerName: "zqolga", Reason: "zqreason", Chat: 1, From: w.at}
				m.Until = w.at.Add(rapid.SampledFrom([]time.Duration{20 * time.Second, 2 * time.Minute}).Draw(r, "for"))
				open := w.manager.OpenIncidents(model.Scope{})
				if rapid.Bool().Draw(r, "incident") && len(open) > 0 {
					m.Incident = rapid.SampledFrom(open).Draw(r, "which").ID
				} else {
					m.Selector = rapid.SampledFrom([]model.Selector{{}, {Clients: []string{"zqb"}}, {Hosts: []string{"shared1"}}, {Hosts: []string{"zqh2"}}}).Draw(r, "selector")
				}
				_, _, _ = w.manager.Mute(ctx, m, who)
			},
			"unmute": func(r *rapid.T) {
				for _, m := range w.manager.Mutes() {
					_, _ = w.manager.EndMute(ctx, m.ID, rapid.Bool().Draw(r, "report"), who)
				}
			},
			"ack": func(r *rapid.T) {
				ack := model.Ack{Name: "zqolga", Scope: model.ScopeOf([]string{"zqb"})}
				if rapid.Bool().Draw(r, "by somebody who sees everything") { // whose name is nobody's secret
					ack = model.Ack{Name: "Ada"}
				}
				for _, in := range w.manager.OpenIncidents(ack.Scope) {
					_, _ = w.manager.Ack(ctx, in.ID, ack, who)
				}
			},
			"restart": func(*rapid.T) { w.restart(); w.manager.SetRules(w.rules) },
			"wait":    func(r *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 100).Draw(r, "s")) * time.Second) },
			"":        func(r *rapid.T) { w.look(r) },
		})
	})
}

// apart is client a beside others with whom it shares nothing.
var apart = []string{
	"a/web@own1", "a/web@own2", "a/api@own2", "a/api@own3", "zqb/zqweb@zqh1", "zqb/zqweb@zqh2", "zqb/zqapi@zqh2", "zqb/zqapi@zqh3", "zqc/zqweb@zqh4", "zqcheck",
}

// read is what a reader limited to client a was notified of: each message with its incident, how bad it is, and what is hit. Edits are left
// out: how soon a card is edited may depend on others.
func (w *walled) read() (all []string) {
	for i := range w.store.notifications {
		n := &w.store.notifications[i]
		if n.To.Chat != 3 || n.Kind == model.NotifyUpdated {
			continue
		}
		line := counted.ReplaceAllString(describe(n), "$1")
		if in := n.Snapshot.Incident; in != nil {
			line += fmt.Sprintf(" #%d", w.number(in.ID))
			if in.Parent != 0 {
				line += fmt.Sprintf(" of #%d", w.number(in.Parent))
			}
			for k := range in.Affected {
				line += fmt.Sprintf(" %s=%s", in.Affected[k].ServiceKey, in.Affected[k].Verdict)
			}
		}
		all = append(all, line)
	}
	return all
}

// number is what readers limited to client a call an incident.
func (w *walled) number(id model.IncidentID) int64 {
	return w.manager.Numbers(context.Background(), model.ScopeOf([]string{"a"}), model.NumberIncident, []int64{int64(id)})[int64(id)]
}

// counted are ids of incidents, which count those of others.
var counted = regexp.MustCompile(` part of #\d+|(storm|event_group):\d+`)

// TestOthersChangeNothing: two worlds live through the same, of which one has other clients as well, with failures, events, mutes and
// restarts of their own. The reader limited to client a reads the same in both.
func TestOthersChangeNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		whole, alone := newWalled(t), newWalled(t)
		storm := alerts.Storm{Over: rapid.IntRange(0, 3).Draw(r, "storm over"), Within: 10 * time.Second}
		own := slices.DeleteFunc(slices.Clone(apart), func(id string) bool { return strings.HasPrefix(id, foreign) })
		for w, checks := range map[*walled][]string{whole: apart, alone: own} {
			w.estate, w.inv = checks, inventoryOf(checks...)
			w.rules.Storm = storm
			w.manager.SetRules(w.rules)
			if err := w.manager.SetInventory(context.Background(), w.inv); err != nil {
				r.Fatal(err)
			}
			w.run(checks...)
		}
		both := func(step func(w *walled)) {
			for _, w := range []*walled{whole, alone} {
				step(w)
				w.wait(time.Second)
				w.run()
			}
		}
		breaks := func(w *walled, what string, broken bool) {
			for _, id := range w.estate {
				if strings.Contains(id, what) {
					w.broken[id] = broken
				}
			}
			w.run(w.estate...)
		}
		r.Repeat(map[string]func(*rapid.T){
			"break own": func(r *rapid.T) {
				what, broken := rapid.SampledFrom([]string{"@own1", "@own2", "@own3", "a/web", "a/api"}).Draw(r, "what"), rapid.IntRange(0, 2).Draw(r, "broken") > 0
				both(func(w *walled) { breaks(w, what, broken) })
			},
			"break foreign": func(r *rapid.T) {
				what, broken := rapid.SampledFrom([]string{"zqb/", "zqc/", "@zqh2", "zqcheck", "zq"}).Draw(r, "what"), rapid.IntRange(0, 2).Draw(r, "broken") > 0
				both(func(w *walled) { breaks(w, what, broken) })
			},
			"foreign event": func(r *rapid.T) {
				e := whole.foreignEvent(rapid.SampledFrom([]string{"zqh1", "zqh2", "zqunknown"}).Draw(r, "host"))
				e.Labels = maps.Clone(e.Labels)
				if client := rapid.SampledFrom([]string{"", "zqb", "zqc"}).Draw(r, "label"); client != "" && e.Labels != nil {
					e.Labels["client"] = client
				}
				whole.receive(e)
			},
			"foreign mute": func(*rapid.T) {
				m := model.Mute{OwnerName: "zqolga", Reason: "zqreason", Chat: 1, Selector: model.Selector{Clients: []string{"zqb"}}, Until: whole.at.Add(time.Minute)}
				_, _, _ = whole.manager.Mute(context.Background(), m, model.AuditEntry{})
			},
			"restart": func(*rapid.T) { both(func(w *walled) { w.restart() }) },
			"wait": func(r *rapid.T) {
				d := time.Duration(rapid.IntRange(1, 100).Draw(r, "s")) * time.Second
				both(func(w *walled) { w.pass(d) })
			},
			"compare": func(r *rapid.T) {
				both(func(w *walled) { w.pass(3 * time.Minute) }) // what is due has left
				if diff := cmp.Diff(alone.read(), whole.read()); diff != "" {
					r.Fatalf("what others do is read by a (-alone +beside others):\n%s", diff)
				}
			},
		})
	})
}

// TestAStormOfOthersIsNoStorm: whatever fails beside it, one incident of a limited reader's clients is that incident; more
// are one card, as they would be alone, and a card that was there before says then that it is part of it.
func TestAStormOfOthersIsNoStorm(t *testing.T) {
	w := newWalled(t)
	w.rules.Storm = alerts.Storm{Over: 2, Within: 10 * time.Second}
	w.manager.SetRules(w.rules)
	fail := func(ids ...string) {
		for _, id := range ids {
			w.broken[id] = true
		}
		w.run(ids...)
	}
	fail("zqb/zqweb@zqh2", "zqb/zqapi@zqh2", "zqb/zqapi@zqh3", "zqc/zqweb@zqh4", "zqcheck", "a/web@own1")
	w.wait(5 * time.Second)
	if got := w.read(); len(got) != 1 || !strings.Contains(got[0], "opened host:own1") {
		t.Errorf("one failure of a in a storm is read as %q", got)
	}
	fail("a/web@own2", "a/api@own2", "a/api@shared1")
	w.wait(time.Minute)
	if got := w.read(); len(got) != 2 || !strings.Contains(got[1], "opened storm") {
		t.Errorf("more of a are read as %q", got)
	}
	var last model.Notification
	for _, n := range w.store.notifications {
		if n.To.Chat == 3 && n.Snapshot.Incident != nil && n.Snapshot.Incident.Host == "own1" {
			last = n
		}
	}
	if last.Kind != model.NotifyUpdated || last.Snapshot.Incident.Parent == 0 {
		t.Errorf("the first card does not say that it is part of the storm: %s %+v", last.Kind, last.Snapshot.Incident)
	}
}
