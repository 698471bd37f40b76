package alerts_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"opsbot/model"
)

// mute mutes a check from chat 1 for a time.
func (w *world) mute(d time.Duration, m model.Mute) model.Mute {
	w.t.Helper()
	m.From, m.Until = w.at, w.at.Add(d)
	kept, _, err := w.manager.Mute(context.Background(), m, model.AuditEntry{Action: "mute"})
	if err != nil {
		w.t.Fatal(err)
	}
	return kept
}

func picks(ids ...model.CheckID) model.Selector { return model.Selector{Checks: ids} }

func TestMutedIsNotNotifiedAndItsEndSaysWhatIsOpen(t *testing.T) {
	w := newWorld(t, "main-db", "licence", "terminal")
	w.mute(time.Hour, model.Mute{Chat: 1, Selector: picks("main-db", "licence")})
	w.fail("main-db", "licence")
	w.heal("licence")
	w.fail("terminal")
	w.expect("1 opened check:terminal critical")
	w.wait(50 * time.Minute)
	w.expect("1 mute_ending")
	w.wait(10 * time.Minute)
	w.expect("1 mute_ended +check:main-db", "1 updated check:main-db critical")
	w.wait(time.Hour)
	w.restart()
	w.expect()
	w.heal("main-db")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
}

func TestMuteThatEndsWithNothingOpenIsSilent(t *testing.T) {
	w := newWorld(t, "main-db")
	w.mute(time.Minute, model.Mute{Chat: 1, Selector: picks("main-db")})
	w.fail("main-db")
	w.heal("main-db")
	w.wait(time.Hour)
	w.expect("1 mute_ending")
}

func TestNotifiedDownIsNotifiedUpDespiteAMute(t *testing.T) {
	w := newWorld(t, "main-db")
	w.fail("main-db")
	w.mute(time.Hour, model.Mute{Chat: 1})
	w.expect("1 opened check:main-db critical", "1 updated check:main-db critical muted")
	w.heal("main-db")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
}

func TestWhatWasNotifiedBeforeTheMuteIsOpenAtItsEnd(t *testing.T) {
	w := newWorld(t, "main-db")
	w.fail("main-db")
	m := w.mute(time.Hour, model.Mute{Chat: 1})
	w.said()
	if _, err := w.manager.EndMute(context.Background(), m.ID, true, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.expect("1 mute_ended +check:main-db", "1 updated check:main-db critical")
	if _, err := w.manager.EndMute(context.Background(), m.ID, true, model.AuditEntry{}); model.CodeOf(err) != model.ErrNoMute {
		t.Errorf("a second time: %v", err)
	}
}

func TestUndoSendsAsIfThereHadBeenNoMute(t *testing.T) {
	w := newWorld(t, "main-db")
	m := w.mute(time.Hour, model.Mute{Chat: 1})
	w.fail("main-db")
	w.expect()
	if _, err := w.manager.EndMute(context.Background(), m.ID, false, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.expect("1 opened check:main-db critical")
}

func TestMuteHereHidesInItsChatOnly(t *testing.T) {
	w := newWorld(t, "main-db")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2})
	w.manager.SetRouting(w.routing)
	w.mute(time.Hour, model.Mute{Chat: 1, Here: true})
	w.fail("main-db")
	w.expect("2 opened check:main-db critical")
	w.wait(time.Hour)
	w.expect("1 mute_ending", "1 mute_ended +check:main-db", "1 updated check:main-db critical", "2 updated check:main-db critical")
}

func TestAnIncidentIsMutedOnlyWhenAllItsChecksAre(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "a/web@h3", "a/shop@h1", "a/shop@h2")
	w.mute(time.Hour, model.Mute{Chat: 1, Selector: picks("a/web@h1")})
	w.fail("a/web@h1")
	w.verification("h1", "a/shop@h1")
	w.wait(5 * time.Second)
	w.expect()
	w.fail("a/web@h2")
	w.verification("h2", "a/shop@h2")
	w.wait(5 * time.Second)
	w.expect("1 opened service:a/web warning")
}

func TestMuteOfOneIncidentEndsWithIt(t *testing.T) {
	w := newWorld(t, "main-db")
	w.fail("main-db")
	w.mute(time.Hour, model.Mute{Chat: 1, Incident: 1})
	w.heal("main-db")
	w.expect("1 opened check:main-db critical", "1 updated check:main-db critical muted",
		"1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
	w.fail("main-db")
	w.expect("1 opened check:main-db critical")
	if left := w.manager.Mutes(); len(left) != 0 {
		t.Errorf("mutes: %v", left)
	}
}

func TestMuteMissedWhileStopped(t *testing.T) {
	w := newWorld(t, "main-db")
	w.mute(time.Hour, model.Mute{Chat: 1})
	w.fail("main-db")
	w.at = w.at.Add(2 * time.Hour)
	w.restart()
	w.expect("1 mute_ended +check:main-db", "1 updated check:main-db critical")
	w.restart()
	w.expect()
}

func TestResultAtTheVeryEndOfAMute(t *testing.T) {
	w := newWorld(t, "main-db", "licence")
	w.mute(time.Hour, model.Mute{Chat: 1})
	w.fail("main-db")
	w.wait(59 * time.Minute)
	w.said()
	w.at = w.at.Add(time.Minute)
	w.fail("licence")
	w.expect("1 mute_ended +check:main-db", "1 opened check:licence critical", "1 updated check:main-db critical")
}

func TestExtendMute(t *testing.T) {
	w := newWorld(t, "main-db")
	m := w.mute(time.Hour, model.Mute{Chat: 1})
	w.wait(55 * time.Minute)
	w.expect("1 mute_ending")
	if _, err := w.manager.ExtendMute(context.Background(), m.ID, w.at.Add(time.Hour), model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.wait(55 * time.Minute)
	w.expect("1 mute_ending")
	w.restart()
	if left := w.manager.Mutes(); len(left) != 1 || !left[0].Warned {
		t.Errorf("mutes: %+v", left)
	}
}

func TestMuteOnAFullDiskDoesNotHold(t *testing.T) {
	w := newWorld(t, "main-db")
	w.store.full = true
	_, _, err := w.manager.Mute(context.Background(), model.Mute{Until: w.at.Add(time.Hour)}, model.AuditEntry{})
	if model.CodeOf(err) != model.ErrUnchanged {
		t.Fatalf("got %v", err)
	}
	w.store.full = false
	w.fail("main-db")
	w.expect("1 opened check:main-db critical")
	if len(w.store.mutes)+len(w.store.audit) != 0 {
		t.Errorf("stored: %v %v", w.store.mutes, w.store.audit)
	}
}

func TestPreview(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1", "gold/web@h1", "gold/web@h2")
	w.fail("main-db")
	tests := []struct {
		m    model.Mute
		want model.Hidden
	}{
		{model.Mute{}, model.Hidden{Checks: 4, Clients: 2, Gold: []string{"gold"}, Broken: 1}},
		{model.Mute{Selector: model.Selector{Clients: []string{"gold"}}}, model.Hidden{Checks: 2, Clients: 1, Gold: []string{"gold"}}},
		{model.Mute{Incident: 1}, model.Hidden{Checks: 1, Broken: 1}},
	}
	for _, tt := range tests {
		if got := w.manager.Preview(tt.m); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v: %+v, want %+v", tt.m, got, tt.want)
		}
	}
}

// attachedUnderMute is a notified service that became part of a host whose incident is muted.
func attachedUnderMute(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "a/web@h1", "a/web@h2", "b/shop@h1", "b/shop@h2")
	w.fail("a/web@h1")
	w.verification("h1", "b/shop@h1")
	w.wait(time.Minute)
	w.expect("1 opened service:a/web warning")
	w.mute(time.Hour, model.Mute{Chat: 1, Selector: model.Selector{Hosts: []string{"h1"}}})
	w.fail("b/shop@h1")
	w.wait(time.Minute)
	w.expect("1 updated service:a/web warning muted", "1 updated service:a/web warning part of #2 muted")
	return w
}

func TestAParentThatWasNotNotifiedInhibitsNoEnd(t *testing.T) {
	w := attachedUnderMute(t)
	w.heal("a/web@h1", "b/shop@h1")
	w.expect("1 updated service:a/web warning part of #2 closed", "1 resolved service:a/web warning closed")
}

func TestTheEndOfAMuteLeavesOutWhatAParentInhibits(t *testing.T) {
	w := attachedUnderMute(t)
	w.wait(time.Hour)
	w.expect("1 mute_ending", "1 mute_ended +host:h1", "1 updated service:a/web warning part of #2", "1 updated host:h1 warning")
}
