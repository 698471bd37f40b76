package alerts_test

import (
	"context"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// numbered are the numbers that readers of some clients have for incidents, by id.
func (w *world) numbered(ids []int64, clients ...string) map[int64]int64 {
	return w.manager.Numbers(context.Background(), model.ScopeOf(clients), model.NumberIncident, ids)
}

// TestLimitedReadersCountTheirOwn: what is routed to limited readers is numbered with its card, from 1, without gaps for what others have; what is
// not is numbered when it is asked for. A number means the same ever after.
func TestLimitedReadersCountTheirOwn(t *testing.T) {
	w := newWorld(t, "main-db", "b/web@h2", "a/web@h1", "b/api@h3", "a/api@h4")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"a"})})
	w.manager.SetRouting(w.routing)
	for _, id := range []string{"main-db", "b/web@h2", "a/web@h1", "b/api@h3", "a/api@h4"} {
		w.fail(id)
		w.wait(time.Minute)
	}
	of := map[string]int64{}
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		of[in.Key()] = int64(in.ID)
	}
	a1, a2, b1 := of["host:h1"], of["host:h4"], of["host:h2"]
	for again := range 3 {
		if _, known := w.manager.Numbered(model.ScopeOf([]string{"a"}), model.NumberIncident, 3); known {
			t.Error("the readers of a have a third incident")
		}
		if got := w.numbered([]int64{a2, a1}, "a"); got[a1] != 1 || got[a2] != 2 {
			t.Errorf("a calls them %v", got)
		}
		if id, known := w.manager.Numbered(model.ScopeOf([]string{"a"}), model.NumberIncident, 2); !known || id != a2 {
			t.Errorf("a's second is %d, %v", id, known)
		}
		if again == 0 { // nobody who sees b is notified: it is numbered when somebody looks
			if _, known := w.manager.Numbered(model.ScopeOf([]string{"b"}), model.NumberIncident, 1); known {
				t.Error("b's are numbered before anybody looks")
			}
		}
		if got := w.numbered([]int64{b1}, "b"); got[b1] != 1 {
			t.Errorf("b calls it %v", got)
		}
		if got := w.numbered([]int64{b1, a1}, "a", "b"); got[a1]+got[b1] != 3 {
			t.Errorf("who sees both calls them %v", got)
		}
		w.restart()
	}
	w.store.full = true // what is given while the disk is full is stored later
	if got := w.numbered([]int64{of["host:h3"]}, "b"); got[of["host:h3"]] != 2 {
		t.Errorf("b calls the other %v", got)
	}
	w.store.full = false
	w.wait(time.Minute)
	w.restart()
	if id, known := w.manager.Numbered(model.ScopeOf([]string{"b"}), model.NumberIncident, 2); !known || id != of["host:h3"] {
		t.Errorf("b's second is %d, %v", id, known)
	}
}

// TestAStormEndsWithItsLastPart: when what is left of a storm becomes part of a host's incident, the storm is over at once, and not when something
// else happens to touch it.
func TestAStormEndsWithItsLastPart(t *testing.T) {
	w := newWalled(t)
	w.rules.Storm = alerts.Storm{Over: 1, Within: 10 * time.Second}
	w.manager.SetRules(w.rules)
	breaks := func(broken bool, ids ...string) {
		for _, id := range ids {
			w.broken[id] = broken
		}
		w.run(w.estate...)
	}
	breaks(true, "a/web@own1", "a/web@own2")
	w.wait(5 * time.Second)
	breaks(false, "a/web@own1")
	storms := func() (n int) {
		for _, in := range w.manager.OpenIncidents(model.Scope{}) {
			if in.Kind == model.IncidentStorm {
				n++
			}
		}
		return n
	}
	if storms() != 1 {
		t.Fatalf("%d storms are open: %q", storms(), w.said())
	}
	w.pass(2 * alerts.StormQuiet) // nothing joins it any more
	breaks(true, "a/api@own2")
	if storms() != 0 {
		t.Error("a storm of nothing is open")
	}
}

// TestWhoHasAStormInHandHasItForAll: readers have storms of their own of what is the same; who acknowledges one, or takes that back, does so for the
// others, as far as both see.
func TestWhoHasAStormInHandHasItForAll(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/api@h2", "b/web@h3", "b/api@h4")
	w.routing.Chats = []model.Chat{{ID: 1}, {ID: 2, Scope: model.ScopeOf([]string{"a"})}, {ID: 3, Scope: model.ScopeOf([]string{"b"})}}
	w.manager.SetRouting(w.routing)
	w.rules.Storm.Over, w.rules.Storm.Within = 1, 10*time.Second
	w.manager.SetRules(w.rules)
	w.fail("a/web@h1", "a/api@h2", "b/web@h3", "b/api@h4")
	w.wait(15 * time.Second)
	acked := func(clients ...string) string {
		for _, in := range w.manager.OpenIncidents(model.ScopeOf(clients)) {
			if in.Kind == model.IncidentStorm {
				names := ""
				for _, a := range in.Acks {
					names += a.Name + " "
				}
				return names
			}
		}
		t.Fatalf("no storm for %v", clients)
		return ""
	}
	storm := func(clients ...string) model.IncidentID {
		for _, in := range w.manager.OpenIncidents(model.ScopeOf(clients)) {
			if in.Kind == model.IncidentStorm {
				return in.ID
			}
		}
		return 0
	}
	w.ackBy(storm("a"), "ann", "a")
	if acked() != "ann " || acked("a") != "ann " || acked("b") != "" {
		t.Errorf("ann acknowledged a's: all %q, a %q, b %q", acked(), acked("a"), acked("b"))
	}
	w.ackBy(storm(), "olga")
	if acked() != "ann olga " || acked("a") != "ann olga " || acked("b") != "olga " {
		t.Errorf("olga acknowledged all: all %q, a %q, b %q", acked(), acked("a"), acked("b"))
	}
	if err := w.unackBy(storm("a"), "a"); err != nil {
		t.Error(err)
	}
	if acked() != "olga " || acked("b") != "olga " {
		t.Errorf("a took back its own: all %q, b %q", acked(), acked("b"))
	}
}
