package alerts_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

func TestStandaloneIsNotifiedOnceAndItsEnd(t *testing.T) {
	w := newWorld(t, "main-db")
	w.fail("main-db", "main-db", "main-db")
	w.expect("1 opened check:main-db critical")
	w.restart()
	w.fail("main-db")
	w.expect()
	w.heal("main-db", "main-db")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
}

func TestSteadyResultsWriteNothing(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1", "a/web@h2")
	w.fail("main-db")
	before := w.store.commits
	for range 5 {
		w.at = w.at.Add(time.Minute)
		w.heal("a/web@h1", "a/web@h2")
		w.fail("main-db")
	}
	if w.store.commits != before {
		t.Errorf("%d commits for results that change nothing", w.store.commits-before)
	}
}

func TestHostIsVerifiedBeforeItsServicesAreNotified(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "b/shop@h1", "b/shop@h2", "b/shop@h3")
	w.fail("a/web@h1")
	w.verifies("b/shop@h1", "a/web@h2")
	w.fail("b/shop@h1")
	w.verifies("b/shop@h2", "b/shop@h3") // whom else it may hit
	w.expect()
	w.heal("a/web@h2", "b/shop@h2")
	w.expect()
	w.heal("b/shop@h3")
	w.expect("1 opened host:h1 warning")
	in := w.manager.OpenIncidents(model.Scope{})[0]
	if in.Reason.Code != model.ReasonHostRefuses || in.Reason.Args["total"] != "2" {
		t.Errorf("reason %v", in.Reason)
	}
	w.at = w.at.Add(time.Minute)
	w.heal("a/web@h1")
	w.expect("1 updated host:h1 warning closed", "1 resolved host:h1 warning closed")
	w.verifies("b/shop@h1", "b/shop@h2", "b/shop@h3")
	w.fail("b/shop@h1")
	w.wait(13 * time.Second)
	w.expect("1 opened service:b/shop warning")
}

func TestAHostThatComesBackIsNoNewFailure(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "b/shop@h1", "b/shop@h2")
	w.fail("a/web@h1", "b/shop@h1")
	w.wait(time.Minute)
	w.expect("1 opened host:h1 warning")
	w.heal("a/web@h1")
	w.at = w.at.Add(time.Second)
	w.heal("b/shop@h1")
	w.wait(time.Minute)
	w.expect("1 updated host:h1 warning closed", "1 resolved host:h1 warning closed")
}

func TestServiceOfAVerificationThatFindsTheHostAlive(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "b/shop@h1")
	w.fail("a/web@h1")
	w.verification("h1", "b/shop@h1")
	w.wait(3 * time.Second)
	w.expect("1 opened service:a/web warning")
}

func TestVerificationThatIsNeverAnswered(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "b/shop@h1")
	w.fail("a/web@h1")
	w.wait(11 * time.Second)
	w.expect()
	w.wait(2 * time.Second)
	w.expect("1 opened service:a/web warning")
}

// Two hosts of a client that fall together are one card, and the second is no rise of the first.
func TestTwoHostsThatFallTogether(t *testing.T) {
	for over, want := range map[int][]string{
		0: {"1 opened host:h1 critical", "1 opened host:h2 critical"}, // no rule for storms
		3: {"1 opened storm:3 critical"},
	} {
		w := newWorld(t, "a/web@h1", "a/shop@h1", "a/web@h2", "a/shop@h2")
		w.rules.Storm = alerts.Storm{Over: over, Within: 10 * time.Second}
		w.manager.SetRules(w.rules)
		w.fail("a/web@h1")
		w.at = w.at.Add(1500 * time.Millisecond)
		w.fail("a/web@h2")
		w.verifies("a/shop@h1", "a/shop@h2", "a/web@h2")
		w.fail("a/shop@h1")
		w.expect()
		w.fail("a/shop@h2")
		w.expect(want...)
		w.wait(time.Minute)
		w.expect()
	}
}

func TestSeverityRiseIsANewCardOnce(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/shop@h1", "a/web@h2", "a/shop@h2")
	w.fail("a/web@h1")
	w.verification("h1", "a/shop@h1")
	w.wait(time.Minute)
	w.expect("1 opened service:a/web warning")
	w.fail("a/web@h2")
	w.verification("h2", "a/shop@h2")
	w.wait(time.Minute)
	w.expect("1 updated service:a/web critical", "1 raised service:a/web critical")
	w.heal("a/web@h2")
	w.expect("1 updated service:a/web warning")
	w.fail("a/web@h2")
	w.verification("h2", "a/shop@h2")
	w.wait(time.Minute)
	w.expect("1 updated service:a/web critical")
	w.heal("a/web@h1", "a/web@h2")
	w.expect("1 updated service:a/web warning", "1 updated service:a/web warning closed", "1 resolved service:a/web warning closed")
}

// TestAServiceThatWasDownBeforeItsHostStaysDownAfterIt: while what is left on a host that comes back is verified, an incident
// that was open before the host's is neither ended nor opened anew.
func TestAServiceThatWasDownBeforeItsHostStaysDownAfterIt(t *testing.T) {
	w := newWorld(t, "a/reports@web1", "a/reports@web2", "a/reports@web3", "a/store@web1", "a/store@web2", "a/store@web3")
	w.fail("a/reports@web1")
	w.verification("web1", "a/store@web1")
	w.wait(3 * time.Second)
	w.expect("1 opened service:a/reports warning")
	w.fail("a/store@web1")
	w.wait(3 * time.Second)
	w.expect("1 opened host:web1 warning", "1 updated service:a/reports warning part of #2")
	w.heal("a/store@web1")
	w.verification("web1", "a/store@web1")
	w.wait(3 * time.Second)
	for _, line := range w.said() {
		if strings.Contains(line, "service:a/reports") && (strings.Contains(line, "closed") || !strings.HasPrefix(line, "1 updated")) {
			t.Errorf("said %s", line)
		}
	}
	w.heal("a/reports@web1")
	w.expect("1 updated service:a/reports warning closed", "1 resolved service:a/reports warning closed")
}

// TestTheMessageOfACardIsTheDispatchers: a raise is a new message, which the dispatcher notes. What the Manager remembers from
// its start is the old one, and must not come back with the next change of the card.
func TestTheMessageOfACardIsTheDispatchers(t *testing.T) {
	w := newWorld(t, "a/reports@web1", "a/reports@web2", "a/reports@web3", "a/store@web1", "a/store@web2", "a/store@web3")
	w.fail("a/reports@web1")
	w.verification("web1", "a/store@web1")
	w.wait(3 * time.Second)
	w.delivered(7)
	w.restart()
	w.delivered(8)
	w.fail("a/reports@web2")
	w.verification("web2", "a/store@web2")
	w.fail("a/reports@web3")
	w.verification("web3", "a/store@web3")
	w.wait(3 * time.Second)
	raised := false
	for _, line := range w.said() {
		raised = raised || line == "1 raised service:a/reports critical"
	}
	if !raised {
		t.Error("the test needs a raise")
	}
	for _, card := range w.store.cards {
		if card.Message != 8 {
			t.Errorf("the card is message %d, want 8", card.Message)
		}
	}
}

func TestHostAttachesItsServices(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "b/shop@h1", "b/shop@h2")
	w.fail("a/web@h1")
	w.verification("h1", "b/shop@h1")
	w.wait(time.Minute)
	w.expect("1 opened service:a/web warning")
	w.fail("b/shop@h1")
	w.wait(time.Minute)
	w.expect("1 opened host:h1 warning", "1 updated service:a/web warning part of #2")
	w.heal("a/web@h1", "b/shop@h1")
	w.expect("1 updated service:a/web warning part of #2 closed", "1 updated host:h1 warning closed", "1 resolved host:h1 warning closed")
}

func TestBelowTheThresholdIsNotifiedSilently(t *testing.T) {
	checks := []string{"b/shop@h1"}
	for _, h := range []string{"h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9", "h10", "h11", "h12"} {
		checks = append(checks, "a/web@"+h)
	}
	w := newWorld(t, checks...)
	w.fail("a/web@h1")
	w.verification("h1", "b/shop@h1")
	w.wait(time.Minute)
	w.expect("1 opened service:a/web info")
	if !w.store.notifications[0].Silent {
		t.Error("an info makes a sound")
	}
}

func TestLeftInventory(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1", "a/web@h2")
	w.fail("main-db", "a/web@h1")
	w.wait(time.Minute)
	w.expect("1 opened check:main-db critical", "1 opened host:h1 warning")
	w.inv = inventoryOf("a/web@h2")
	if err := w.manager.SetInventory(context.Background(), w.inv); err != nil {
		t.Fatal(err)
	}
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed",
		"1 updated host:h1 warning closed", "1 resolved host:h1 warning closed")
	for _, notify := range w.store.notifications {
		if notify.Kind == model.NotifyResolved && notify.Snapshot.Incident.Reason.Code != model.ReasonLeftInventory {
			t.Errorf("ended because of %v", notify.Snapshot.Incident.Reason)
		}
	}
	if _, known := w.store.m.Checks["main-db"]; known {
		t.Error("the state of a check that left is kept")
	}
}

func TestUnknownForLongIsAWarning(t *testing.T) {
	w := newWorld(t, "main-db", "a/web@h1")
	w.result("main-db", model.StatusUnknown)
	w.result("a/web@h1", model.StatusUnknown)
	w.wait(14 * time.Minute)
	w.expect()
	w.wait(time.Minute)
	w.expect("1 opened service:a/web warning", "1 opened check:main-db warning")
	w.fail("main-db")
	w.expect("1 updated check:main-db critical", "1 raised check:main-db critical")
	w.heal("main-db", "a/web@h1")
}

func TestFirstStartMakesOneDigest(t *testing.T) {
	w := newWorld(t)
	w.store, w.inv = newStore(), inventoryOf("main-db", "licence", "a/web@h1")
	w.read = 0
	w.restart()
	w.fail("main-db", "licence")
	w.expect()
	w.heal("a/web@h1")
	w.expect("1 digest +check:main-db +check:licence")
	w.heal("main-db")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
}

func TestFirstStartWithOneDownIsItsCard(t *testing.T) {
	w := newWorld(t)
	w.store, w.inv = newStore(), inventoryOf("main-db", "licence")
	w.read = 0
	w.restart()
	w.fail("main-db")
	w.wait(6 * time.Minute)
	w.expect("1 opened check:main-db critical")
}

func TestConfirmIsAskedUntilJudged(t *testing.T) {
	w := newWorld(t, "main-db")
	c, _ := w.inv.Check("main-db")
	c.ConfirmEvery, c.Failures = 20*time.Second, model.Limit{N: 3}
	w.fail("main-db", "main-db", "main-db", "main-db")
	if len(w.again) != 2 {
		t.Errorf("asked %d times, want 2", len(w.again))
	}
	w.heal("main-db")
	w.fail("main-db")
	w.again = nil
	w.restart()
	if len(w.again) != 1 {
		t.Errorf("asked %d times after a restart, want 1", len(w.again))
	}
}

func TestLatchedWaitsForReset(t *testing.T) {
	w := newWorld(t, "main-db")
	c, _ := w.inv.Check("main-db")
	c.Latched = true
	w.fail("main-db")
	w.heal("main-db", "main-db")
	w.expect("1 opened check:main-db critical", "1 updated check:main-db critical")
	if in := w.manager.OpenIncidents(model.Scope{}); len(in) != 1 || in[0].WorksSince.IsZero() {
		t.Errorf("open: %+v", in)
	}
	if err := w.manager.Reset(context.Background(), "main-db", model.AuditEntry{Action: "reset"}); err != nil {
		t.Fatal(err)
	}
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
	if err := w.manager.Reset(context.Background(), "main-db", model.AuditEntry{}); model.CodeOf(err) != model.ErrNothingSelected {
		t.Errorf("a second time: %v", err)
	}
	if len(w.store.audit) != 1 {
		t.Errorf("audit: %v", w.store.audit)
	}
}

func TestFullDiskLosesNothing(t *testing.T) {
	w := newWorld(t, "main-db", "licence")
	w.store.full = true
	err := w.manager.Handle(context.Background(), outcome("main-db", model.StatusFail, w.at))
	if !errors.Is(err, errFull) || !errors.Is(w.manager.Health().Err, errFull) {
		t.Fatalf("Handle: %v, Health: %v", err, w.manager.Health())
	}
	w.fail("licence")
	w.wait(3 * time.Second)
	w.heal("licence")
	w.expect()
	w.store.full = false
	w.wait(2 * time.Second)
	w.expect("1 opened check:main-db critical", "1 opened check:licence critical",
		"1 updated check:licence critical closed", "1 resolved check:licence critical closed")
	if w.manager.Health().Err != nil {
		t.Errorf("Health: %v", w.manager.Health().Err)
	}
}

func TestKillInTheWaitLosesNothing(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/web@h2", "b/shop@h1")
	w.fail("a/web@h1")
	w.at = w.at.Add(time.Second)
	w.restart()
	w.verifies("a/web@h2", "b/shop@h1")
	w.fail("b/shop@h1")
	w.expect()
	w.heal("a/web@h2")
	w.expect("1 opened host:h1 critical")
}

func TestALimitedChatSeesOnlyItsClients(t *testing.T) {
	w := newWorld(t, "a/web@h1", "b/shop@h1", "main-db")
	w.routing.Chats = []model.Chat{{ID: 2, Scope: model.ScopeOf([]string{"b"})}}
	w.manager.SetRouting(w.routing)
	w.fail("main-db", "a/web@h1", "b/shop@h1")
	w.wait(time.Minute)
	w.expect("2 opened host:h1 critical")
	in := w.store.notifications[len(w.store.notifications)-1].Snapshot.Incident
	if len(in.Failing) != 1 || in.Failing[0].Check != "b/shop@h1" || len(in.Affected) != 1 || in.Reason.Args["total"] != "1" {
		t.Errorf("shown: %+v", in)
	}
}

func TestANewChatGetsWhatOpensFromThenOn(t *testing.T) {
	w := newWorld(t, "main-db", "licence")
	w.fail("main-db")
	w.expect("1 opened check:main-db critical")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2})
	w.manager.SetRouting(w.routing)
	w.restart()
	w.heal("main-db")
	w.fail("licence")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed",
		"1 opened check:licence critical", "2 opened check:licence critical")
}

func TestMigrateKeepsNotificationTheSameChat(t *testing.T) {
	w := newWorld(t, "main-db")
	w.fail("main-db")
	w.expect("1 opened check:main-db critical")
	w.manager.Migrate(1, 100)
	w.manager.SetRouting(w.routing) // the config still has the old id
	w.heal("main-db")
	w.expect("100 updated check:main-db critical closed", "100 resolved check:main-db critical closed")
}

// A configuration that has both ids of a group which became a supergroup: from the move on it is one chat, which reads of each end once.
func TestBothIDsOfAMovedGroupAreOneChat(t *testing.T) {
	w := newWorld(t, "main-db", "licence")
	w.routing.Chats = []model.Chat{{ID: 1}, {ID: 100}}
	w.manager.SetRouting(w.routing)
	w.fail("main-db")
	w.expect("1 opened check:main-db critical", "100 opened check:main-db critical")
	w.manager.Migrate(1, 100)
	w.manager.SetRouting(w.routing) // the config still has both
	w.heal("main-db")
	w.expect("100 updated check:main-db critical closed", "100 resolved check:main-db critical closed")
	w.fail("licence")
	w.expect("100 opened check:licence critical")
	w.restart()
	w.heal("licence")
	w.expect("100 updated check:licence critical closed", "100 resolved check:licence critical closed")
}
