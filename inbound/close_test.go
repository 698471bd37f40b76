package inbound_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// closeByHand closes an event as Anna.
func (b *bench) closeByHand(id string) (known bool) {
	b.t.Helper()
	b.now = b.now.Add(time.Second)
	known, err := b.ledger.Close(b.t.Context(), id, "Anna", b.disk.Events)
	if err != nil {
		b.t.Fatal(err)
	}
	return known
}

// neverPolled makes the Ledger one of a source that only sends.
func neverPolled(o *inbound.LedgerOptions) { o.Client = nil }

// An event whose end was lost is closed by hand, and whoever did it is stored with it.
func TestAnEventIsClosedByHand(t *testing.T) {
	b := newBench(t, neverPolled)
	b.receive(event("a"), event("b"))
	if !b.closeByHand("a") {
		t.Fatal("it is not known")
	}
	if e := b.ended("a", model.EndClosed); e.ClosedBy != "Anna" || !e.EndedAt.Equal(b.now) {
		t.Errorf("%+v", e)
	}
	b.active("b")
	if b.ledger.Open() != 1 || b.closeByHand("a") || b.closeByHand("nothing of the kind") {
		t.Error("only what is active can be closed")
	}
	if b.receive(over("a")); b.ended("a", model.EndClosed).ClosedBy != "Anna" {
		t.Error("a late end changed who closed it")
	}
}

// What its source reports again opens again, at once, whatever it says of its start.
func TestWhatIsClosedByHandComesAgain(t *testing.T) {
	for name, change := range map[string]func(*inbound.LedgerOptions){
		"a source that only sends": neverPolled,
		"a pair that only sends":   func(o *inbound.LedgerOptions) { o.Client, o.OneProblem = nil, true },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, change)
			b.receive(event("a"))
			b.closeByHand("a")
			b.receive(event("a"))
			if e := b.active("a"); e.ClosedBy != "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// The answer to a poll decides, if it was asked for afterwards.
func TestAPollDecidesAboutWhatIsClosedByHand(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	asked := b.now.Add(time.Second)
	b.now = asked.Add(time.Second)
	b.closeByHand("a")
	if err := b.ledger.Reconcile(t.Context(), snapshot(event("a")), asked); err != nil {
		t.Fatal(err)
	}
	b.ended("a", model.EndClosed)
	b.poll(snapshot())
	b.ended("a", model.EndClosed)
	b.poll(snapshot(event("a")))
	if e := b.active("a"); e.ClosedBy != "" {
		t.Errorf("%+v", e)
	}
}

// The start times of one problem, from before they were one event, are closed as one.
func TestGhostsAreClosedTogether(t *testing.T) {
	var known []model.Event
	for i, id := range []string{"a@1", "a@2", "a@3"} {
		e := event("a")
		e.ID, e.OpenedAt = id, start.Add(time.Duration(i)*time.Minute)
		known = append(known, e)
	}
	for _, closed := range []string{"a@1", "a@2", "a@3"} {
		b := newBench(t, func(o *inbound.LedgerOptions) { o.Client, o.OneProblem, o.Known = nil, true, known })
		b.closeByHand(closed)
		for _, e := range known {
			if b.ended(e.ID, model.EndClosed).ClosedBy != "Anna" {
				t.Errorf("%s", e.ID)
			}
		}
	}
}

func TestClosingThatCannotBeStored(t *testing.T) {
	b := newBench(t, neverPolled)
	b.receive(event("a"))
	refuse := func(context.Context, []model.Event) error { return errDisk }
	if known, err := b.ledger.Close(t.Context(), "a", "Anna", refuse); !known || !errors.Is(err, errDisk) {
		t.Errorf("%v, %v", known, err)
	}
	if b.ledger.Open() != 1 || !b.closeByHand("a") {
		t.Error("it cannot be tried again")
	}
}

// The last contact is the last hint or the last poll that listed it, and after a restart what is stored.
func TestLastContact(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"))
	if got := b.ledger.LastContact("a"); !got.Equal(b.now) {
		t.Errorf("after the first hint %v", got)
	}
	b.poll(snapshot(event("a")))
	if got := b.ledger.LastContact("a"); !got.Equal(b.now) {
		t.Errorf("after a poll %v", got)
	}
	b.receive(event("a"))
	if got := b.ledger.LastContact("a"); !got.Equal(b.now) {
		t.Errorf("after another hint %v", got)
	}
	if got := b.ledger.LastContact("none"); !got.IsZero() {
		t.Errorf("of no event %v", got)
	}
	again := newBench(t, func(o *inbound.LedgerOptions) { o.Known = b.disk.known() })
	if got := again.ledger.LastContact("a"); !got.Equal(start.Add(time.Second)) {
		t.Errorf("after a restart %v", got)
	}
}
