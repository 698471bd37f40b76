package alerts_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// neverRun is a world whose checks have never run, and which stores their first results together.
func neverRun(t *testing.T, checks ...string) *world {
	t.Helper()
	w := &world{t: t, at: start, store: newStore(), inv: inventoryOf(checks...), gather: alerts.GatherFirst}
	w.routing = alerts.Routing{Chats: []model.Chat{{ID: 1}}}
	w.restart()
	return w
}

func (w *world) wantStored(when string, commits, states int) {
	w.t.Helper()
	if w.store.commits != commits || len(w.store.m.Checks) != states {
		w.t.Errorf("%s: %d states in %d commits, want %d in %d", when, len(w.store.m.Checks), w.store.commits, states, commits)
	}
}

func TestFirstResultsAreStoredTogether(t *testing.T) {
	w := neverRun(t, "one", "two", "three")
	w.heal("one")
	w.wait(2 * time.Second)
	w.heal("two", "one")
	w.wantStored("they wait", 0, 0)
	w.wait(alerts.GatherFirst - 2*time.Second)
	w.wantStored("the first has waited", 1, 2)
	w.heal("three", "one", "two")
	w.wait(alerts.GatherFirst - time.Second)
	w.wantStored("the third waits by itself", 1, 2)
	w.wait(time.Second)
	w.wantStored("it has waited", 2, 3)
}

func TestManyFirstResultsDoNotWait(t *testing.T) {
	var names []string
	for i := range 3000 {
		names = append(names, fmt.Sprint("check", i))
	}
	w := neverRun(t, names...)
	w.heal(names[:2047]...)
	w.wantStored("they wait", 0, 0)
	w.heal(names[2047:]...)
	w.wantStored("as many as may", 1, 2048)
}

// Whatever is more than a first result that is ok is stored at once, and what waits with it: nothing is stored in another order than it
// was decided.
func TestNothingElseWaits(t *testing.T) {
	for what, does := range map[string]func(w *world){
		"a failure":         func(w *world) { w.fail("two") },
		"an unknown result": func(w *world) { w.result("two", model.StatusUnknown) },
		"what fails first":  func(w *world) { w.heal("one"); w.fail("one") },
		"an event":          func(w *world) { w.receive(w.event("h9")) },
		"own network": func(w *world) {
			_ = w.manager.SetConnectivity(context.Background(), model.NewReason(model.ReasonOffline))
		},
		"a mute": func(w *world) {
			_, _, _ = w.manager.Mute(context.Background(), model.Mute{Until: w.at.Add(time.Hour)}, model.AuditEntry{})
		},
		"leaving":                          func(w *world) { w.reload("two") },
		"another inventory, and a failure": func(w *world) { w.reload("one", "two", "four"); w.fail("four") },
	} {
		t.Run(what, func(t *testing.T) {
			w := neverRun(t, "one", "two")
			w.heal("one")
			w.wantStored("it waits", 0, 0)
			does(w)
			if w.store.commits == 0 {
				t.Fatal("it waits, too")
			}
			if _, stored := w.store.m.Checks["one"]; stored != (what != "leaving") {
				t.Errorf("stored: %v", stored)
			}
		})
	}
}

// A crash forgets no more than that they ran: they run again, and nobody is told of anything.
func TestACrashWhileFirstResultsWait(t *testing.T) {
	w := neverRun(t, "one", "two")
	w.heal("one", "two")
	w.restart()
	if st, _ := w.manager.State("one"); !st.At.IsZero() {
		t.Errorf("%+v was stored", st)
	}
	w.heal("one", "two")
	w.wait(alerts.GatherFirst)
	w.wantStored("they ran again", 1, 2)
	w.restart()
	w.fail("one")
	if open := w.manager.OpenIncidents(model.Scope{}); len(open) != 1 {
		t.Errorf("%d incidents are open, want that of what fails", len(open))
	}
	if past := w.store.past; len(past) < 2 || past[0].Status != model.StatusOK || past[1].Status != model.StatusFail {
		t.Errorf("the past is %+v, want that it was ok, and then failed", past)
	}
}

func TestAFullDiskWhileFirstResultsWait(t *testing.T) {
	w := neverRun(t, "one", "two")
	w.heal("one")
	w.store.full = true
	w.wait(alerts.GatherFirst)
	if w.manager.Health().Err == nil {
		t.Error("the store refused, and nothing says so")
	}
	w.store.full = false
	w.wait(time.Second)
	w.wantStored("there is room again", 1, 1)
}

// At a stop nothing waits any more, nor does what is judged after it.
func TestAStopStoresFirstResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: newStore(), inv: inventoryOf("one", "two", "three")}
		manager := alerts.New(alerts.Options{
			Store: w.store, Verifier: w, Confirmer: w, Now: time.Now, Wake: func() {}, Inventory: w.inv, Gather: alerts.GatherFirst,
			Routing: alerts.Routing{Chats: []model.Chat{{ID: 1}}}, Memory: model.Memory{Checks: map[model.CheckID]model.CheckState{}},
		})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- manager.Run(ctx) }()
		synctest.Wait()
		see := func(id string) {
			if err := manager.Handle(context.Background(), outcome(id, model.StatusOK, time.Now())); err != nil {
				t.Error(err)
			}
		}
		see("one")
		time.Sleep(alerts.GatherFirst) //nolint:forbidigo // of the bubble's clock
		synctest.Wait()
		w.wantStored("Run stores what has waited", 1, 1)
		see("two")
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.wantStored("at the stop", 2, 2)
		see("three")
		w.wantStored("after it", 3, 3)
	})
}
