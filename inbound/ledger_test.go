package inbound_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

func TestHintOpensAtOnceAndARepeatIsNoNews(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	e := b.active("a")
	if e.Source != "src" || !e.SeenAt.Equal(start.Add(time.Second)) || !e.OpenedAt.Equal(start.Add(-time.Minute)) {
		t.Errorf("opened as %+v", e)
	}
	b.receive(event("a"), event("a"))
	b.poll(snapshot(event("a")))
	if b.disk.count() != 1 || b.woken != 0 {
		t.Errorf("the sink was called %d times, and %d polls were requested", b.disk.count(), b.woken)
	}
	if e := b.ledger.Events()[0]; !e.ConfirmedAt.Equal(b.now) {
		t.Errorf("confirmed at %v, not %v", e.ConfirmedAt, b.now)
	}
}

func TestWhatChangesIsNews(t *testing.T) {
	for name, change := range map[string]func(*model.Event){
		"acked":      func(e *model.Event) { e.Acked, e.AckedBy = true, "ivan" },
		"suppressed": func(e *model.Event) { e.Suppressed = true },
		"severity":   func(e *model.Event) { e.Severity = model.SeverityWarning },
		"title":      func(e *model.Event) { e.Title = "still down" },
		"labels":     func(e *model.Event) { e.Labels = model.Labels{"job": "db"} },
		"names":      func(e *model.Event) { e.Names = []string{"web1", "10.0.0.5"} },
	} {
		for _, how := range []string{"hint", "poll"} {
			t.Run(name+" by "+how, func(t *testing.T) {
				b := newBench(t, nil)
				b.receive(event("a"))
				changed := event("a")
				change(&changed)
				if how == "hint" {
					b.receive(changed)
				} else {
					b.poll(snapshot(changed))
				}
				if b.disk.count() != 2 {
					t.Fatalf("the sink was called %d times", b.disk.count())
				}
				got := b.active("a")
				if got.Acked != changed.Acked || got.Suppressed != changed.Suppressed || got.Severity != changed.Severity ||
					got.Title != changed.Title || got.Labels["job"] != changed.Labels["job"] || len(got.Names) != len(changed.Names) {
					t.Errorf("got %+v", got)
				}
			})
		}
	}
}

func TestEndOfAHintIsConfirmedByAPollThatMissesIt(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	b.receive(over("a"))
	if e := b.ended("a", model.EndUnconfirmed); !e.EndedAt.Equal(start.Add(-time.Second)) || b.woken != 1 {
		t.Errorf("ended at %v, %d polls were requested", e.EndedAt, b.woken)
	}
	b.poll(snapshot())
	b.ended("a", model.EndConfirmed)
	if b.poll(snapshot()); b.disk.count() != 3 {
		t.Errorf("the sink was called %d times", b.disk.count())
	}
}

func TestFalseEndIsTakenBack(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	b.receive(over("a"))
	b.poll(snapshot(event("a")))
	if e := b.active("a"); !e.SeenAt.Equal(start.Add(time.Second)) {
		t.Errorf("one episode was seen first at %v", e.SeenAt)
	}
}

func TestConfirmer(t *testing.T) {
	answer, err := false, error(nil)
	b := newBench(t, func(o *inbound.LedgerOptions) {
		o.Client = sceptic{confirm: func(model.Event) (bool, error) { return answer, err }}
	})
	b.receive(event("a"), event("b"))
	b.receive(over("a"))
	b.poll(snapshot(event("b")))
	b.ended("a", model.EndUnconfirmed)
	err = errors.New("away")
	b.poll(snapshot())
	b.poll(snapshot())
	b.ended("b", model.EndUnconfirmed)
	answer, err = true, nil
	b.poll(snapshot())
	b.ended("a", model.EndConfirmed)
	b.ended("b", model.EndConfirmed)
}

func TestConfirmerIsNotAskedForEver(t *testing.T) {
	asked := 0
	b := newBench(t, func(o *inbound.LedgerOptions) {
		o.Client = sceptic{confirm: func(model.Event) (bool, error) { asked++; return false, nil }}
	})
	b.receive(event("a"))
	b.receive(over("a"))
	b.poll(snapshot())
	b.now = b.now.Add(time.Hour)
	if b.poll(snapshot()); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestAbsencesInARowAreAnEnd(t *testing.T) {
	b := newBench(t, nil)
	b.poll(snapshot(event("a")))
	b.poll(snapshot())
	b.poll(snapshot(event("a")))
	b.poll(snapshot())
	b.active("a")
	b.poll(snapshot())
	if e := b.ended("a", model.EndConfirmed); !e.EndedAt.Equal(b.now) {
		t.Errorf("ended at %v", e.EndedAt)
	}
}

func TestAbsenceAfterARestartSaysNothing(t *testing.T) {
	b := newBench(t, nil)
	b.poll(snapshot(event("a")))
	b.poll(snapshot())
	restarted := inbound.Snapshot{Boot: "2", Absences: 2}
	b.poll(restarted) // counts begin anew
	b.poll(restarted)
	b.active("a")
	unsettled := restarted
	unsettled.Unsettled = true
	for range 5 {
		b.poll(unsettled)
	}
	b.poll(restarted)
	b.active("a")
	b.poll(restarted)
	b.ended("a", model.EndConfirmed)
}

func TestUnsettledSourceConfirmsNothing(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	b.receive(over("a"))
	empty := snapshot()
	empty.Unsettled = true
	b.poll(empty)
	b.ended("a", model.EndUnconfirmed)
}

func TestLateFiringDoesNotReopen(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	b.receive(over("a"))
	b.poll(snapshot())
	b.woken = 0
	b.receive(event("a"))
	b.ended("a", model.EndConfirmed)
	if b.woken != 1 {
		t.Errorf("%d polls were asked for", b.woken)
	}
	b.poll(snapshot(event("a")))
	b.active("a")
}

func TestNewEpisodeUnderAnOldKeyReopens(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	b.receive(over("a"))
	next := event("a")
	next.OpenedAt = start.Add(time.Second)
	b.receive(next)
	if e := b.active("a"); !e.OpenedAt.Equal(next.OpenedAt) || !e.SeenAt.Equal(b.now) {
		t.Errorf("reopened as %+v", e)
	}
	b.woken = 0
	b.receive(over("a")) // the end of the first, late
	b.active("a")
	if b.woken != 1 {
		t.Errorf("%d polls were asked for", b.woken)
	}
}

func TestSourceThatCannotBeAsked(t *testing.T) {
	unseen := func(o *inbound.LedgerOptions) { o.Client = nil }
	t.Run("the late hint of a pair", func(t *testing.T) {
		b := newBench(t, unseen)
		b.receive(event("a"))
		b.receive(over("a"))
		b.receive(event("a"))
		b.ended("a", model.EndUnconfirmed)
		b.now = b.now.Add(time.Hour)
		b.receive(event("a"))
		b.active("a")
	})
	t.Run("an id that is used again", func(t *testing.T) {
		b := newBench(t, unseen)
		fresh := event("a")
		fresh.OpenedAt = time.Time{}
		b.receive(fresh)
		b.receive(over("a"))
		b.receive(fresh)
		if e := b.active("a"); !e.OpenedAt.Equal(b.now) {
			t.Errorf("opened at %v", e.OpenedAt)
		}
	})
}

func TestEndBeforeItsBeginning(t *testing.T) {
	b := newBench(t, nil)
	b.receive(over("a"))
	b.ended("a", model.EndUnconfirmed)
	b.receive(event("a"))
	b.ended("a", model.EndUnconfirmed)
	b.poll(snapshot())
	b.ended("a", model.EndConfirmed)
	old := over("b")
	old.EndedAt = start.Add(-inbound.RememberEnded - time.Hour)
	if b.receive(old); b.disk.get("b").ID != "" {
		t.Error("an end of long ago was accepted")
	}
}

func TestHintDuringAPollIsNewer(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	at := b.now
	b.receive(over("a"), event("b"))
	for range 3 { // answers that are older than the hints
		if err := b.ledger.Reconcile(t.Context(), snapshot(event("a")), at); err != nil {
			t.Fatal(err)
		}
	}
	b.ended("a", model.EndUnconfirmed)
	b.active("b")
}

func TestSinkThatErrsLeavesAllAsItWas(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	b.disk.fail(errDisk)
	news := []struct {
		name  string
		bring func() error
	}{ // in this order: a poll that comes first knows nothing of b, and a hint of b is late then, until the next poll has it
		{"open", func() error { return b.ledger.Receive(t.Context(), event("b")) }},
		{"end", func() error { return b.ledger.Receive(t.Context(), over("a")) }},
		{"again", func() error { return b.ledger.Receive(t.Context(), event("b")) }},
		{"poll", func() error { return b.ledger.Reconcile(t.Context(), snapshot(event("c"), event("a")), b.now) }},
	}
	for _, n := range news {
		name, err := n.name, n.bring()
		if fault := inbound.AsFault(err); !errors.Is(err, errDisk) || fault.Reason.Code != model.ReasonSourceStore {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := b.ledger.Events(); len(got) != 1 || !got[0].Active() {
		t.Errorf("the ledger has %+v", got)
	}
	b.disk.fail(nil)
	for _, n := range news {
		if err := n.bring(); err != nil {
			t.Errorf("%s: %v", n.name, err)
		}
	}
	b.active("b")
	b.active("c")
}

// A Sink that failed to store may know the events anyway: events that ended or changed meanwhile must be sent to it again.
func TestWhatASinkCouldNotStoreIsSettled(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	b.disk.fail(errDisk)
	for _, e := range []model.Event{event("b"), over("a")} {
		if err := b.ledger.Receive(t.Context(), e); err == nil {
			t.Fatal("stored on a full disk")
		}
	}
	b.disk.fail(nil)
	b.poll(snapshot(event("a")))
	b.ended("b", model.EndUnconfirmed)
	b.active("a")
	if calls := b.disk.calls; len(calls) != 2 || len(calls[1]) != 2 {
		t.Errorf("the sink got %+v, not a again and the end of b", calls)
	}
	for range 3 {
		b.poll(snapshot(event("a")))
	}
	if n := b.disk.count(); n > 3 { // that the end is confirmed
		t.Errorf("sent again: %d", n)
	}
}

// The status of a source must be readable while the database hangs.
func TestALedgerIsSeenWhileItsSinkHangs(t *testing.T) {
	sink := slowSink{began: make(chan struct{}), end: make(chan struct{})}
	l := inbound.NewLedger(inbound.LedgerOptions{Source: "src", Sink: sink, Wake: func() {}, Now: func() time.Time { return start }})
	received := make(chan error, 1)
	go func() { received <- l.Receive(t.Context(), event("a")) }()
	<-sink.began
	if n := l.Open(); n != 0 || !l.UnannouncedSince().IsZero() {
		t.Errorf("%d stand", n)
	}
	close(sink.end)
	if err := <-received; err != nil || l.Open() != 1 {
		t.Errorf("%v, %d stand", err, l.Open())
	}
}

// slowSink is a Sink that takes its time.
type slowSink struct{ began, end chan struct{} }

func (h slowSink) Events(context.Context, []model.Event) error {
	close(h.began)
	<-h.end
	return nil
}

func (slowSink) Source(context.Context, string, model.Reason) error { return nil }

func TestFilter(t *testing.T) {
	b := newBench(t, func(o *inbound.LedgerOptions) {
		o.Filter = inbound.Filter{MinSeverity: model.SeverityWarning, Ignore: map[string][]string{"env": {"test", "dev"}}}
	})
	low, dog, test := event("low"), event("dog"), event("test")
	low.Severity = model.SeverityInfo
	dog.Labels, test.Labels = model.Labels{"alertname": "Watchdog"}, model.Labels{"env": "dev"}
	lowOver := low
	lowOver.EndedAt = start
	b.receive(low, dog, test, lowOver)
	b.poll(snapshot(low, dog, test))
	if b.disk.count() != 0 || len(b.ledger.Events()) != 0 {
		t.Errorf("taken: %+v", b.ledger.Events())
	}
	b.receive(event("low"), event("test"))
	b.receive(low)
	b.ended("low", model.EndUnconfirmed)
	b.poll(snapshot(low, test))
	b.ended("low", model.EndConfirmed)
	b.ended("test", model.EndConfirmed)
}

func TestFilterOfAlertnameIsOpenInThePlaceOfTheDefault(t *testing.T) {
	dog := event("dog")
	dog.Labels = model.Labels{"alertname": "Watchdog"}
	if (inbound.Filter{}).Takes(&dog) || !(inbound.Filter{Ignore: map[string][]string{"alertname": nil}}).Takes(&dog) {
		t.Error("the default does not hold, or cannot be changed")
	}
}

func TestUnannouncedEnds(t *testing.T) {
	b := newBench(t, nil)
	silenced := event("quiet")
	silenced.Suppressed = true
	b.receive(silenced)
	b.poll(snapshot(event("polled"), silenced))
	b.poll(snapshot())
	b.poll(snapshot())
	if !b.ledger.UnannouncedSince().IsZero() {
		t.Error("an end is reported as missed that no hook would have sent")
	}
	b.receive(event("a"))
	b.poll(snapshot())
	b.poll(snapshot())
	if !b.ledger.UnannouncedSince().Equal(b.now) {
		t.Errorf("unannounced since %v, not %v", b.ledger.UnannouncedSince(), b.now)
	}
	if b.receive(over("a")); !b.ledger.UnannouncedSince().IsZero() {
		t.Error("the hook reported it, late")
	}
}

// A late hint of an event that a poll did not have reopens it as soon as a poll has it.
func TestWhatAPollDidNotHaveOpensWithTheNext(t *testing.T) {
	b := newBench(t, nil)
	b.disk.fail(errDisk)
	if err := b.ledger.Receive(t.Context(), event("b")); err == nil {
		t.Fatal("stored on a full disk")
	}
	b.disk.fail(nil)
	if err := b.ledger.Reconcile(t.Context(), snapshot(event("c")), b.now); err != nil {
		t.Fatal(err)
	}
	if err := b.ledger.Receive(t.Context(), event("b")); err != nil { // it is sent again
		t.Fatal(err)
	}
	if err := b.ledger.Reconcile(t.Context(), snapshot(event("b"), event("c")), b.now); err != nil {
		t.Fatal(err)
	}
	b.active("b")
	b.active("c")
}
