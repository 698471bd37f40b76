package inbound_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

func TestTenThousandEvents(t *testing.T) {
	b := newBench(t, nil)
	var many, ends []model.Event
	for i := range 10_000 {
		many = append(many, event(fmt.Sprint("e", i)))
		ends = append(ends, over(fmt.Sprint("e", i)))
	}
	b.receive(many...)
	b.receive(many...)
	if b.ledger.Open() != 10_000 || len(b.disk.events) != 10_000 || b.disk.count() != 5 {
		t.Fatalf("%d stand, %d are stored, by %d calls", b.ledger.Open(), len(b.disk.events), b.disk.count())
	}
	b.receive(ends...)
	b.poll(snapshot())
	for _, e := range b.disk.known() {
		if e.End != model.EndConfirmed {
			t.Fatalf("%+v", e)
		}
	}
	if b.ledger.Open() != 0 {
		t.Errorf("%d stand", b.ledger.Open())
	}
}

func TestOldEndsAreForgotten(t *testing.T) {
	b := newBench(t, nil)
	b.receive(event("a"), event("b"))
	b.receive(over("a"))
	b.now = b.now.Add(inbound.RememberEnded + time.Minute)
	b.poll(snapshot(event("b")))
	if got := b.ledger.Events(); len(got) != 1 || got[0].ID != "b" {
		t.Errorf("kept: %+v", got)
	}
}

func TestLedgerIsBounded(t *testing.T) {
	b := newBench(t, nil)
	var many []model.Event
	for i := range inbound.MaxActive + 5 {
		many = append(many, model.Event{EventKey: model.EventKey{ID: fmt.Sprint("e", i)}, Severity: model.SeverityCritical})
	}
	if err := b.ledger.Receive(t.Context(), many...); !errors.Is(err, inbound.ErrFull) || b.ledger.Open() != inbound.MaxActive {
		t.Fatalf("%v, %d stand", err, b.ledger.Open())
	}
	for i := range many {
		many[i].EndedAt = start
	}
	b.receive(many...)
	b.now = b.now.Add(2 * time.Minute)
	b.receive(event("z"))
	if got := len(b.ledger.Events()); got > inbound.MaxEnded+1 || got == 0 {
		t.Errorf("%d are kept", got)
	}
	b.active("z")
}

func TestEventsAreBounded(t *testing.T) {
	b := newBench(t, nil)
	long := strings.Repeat("ж", 4<<10)
	e := model.Event{
		EventKey: model.EventKey{ID: long}, Object: long, Service: long, URL: long, AckedBy: long,
		Title: "two\nlines\x00\u202e" + long, Labels: model.Labels{}, OpenedAt: start.Add(-time.Minute),
		Host: "made up", Incident: 7,
	}
	for i := range 100 {
		e.Names = append(e.Names, fmt.Sprint(i, long))
		e.Labels[fmt.Sprint(i, long)] = long
	}
	twin := e
	twin.ID += "2"
	b.receive(e, twin)
	if len(b.disk.events) != 2 {
		t.Fatalf("%d events: long ids were taken for one", len(b.disk.events))
	}
	for _, got := range b.disk.known() {
		if len(got.ID) > 512 || len(got.Title) > 1024 || !strings.HasPrefix(got.Title, "two lines\u202e") || got.URL != "" || len(got.Names) > 20 || len(got.Labels) > 64 {
			t.Errorf("kept %d bytes of id, %q…, %d names, %d labels", len(got.ID), got.Title[:20], len(got.Names), len(got.Labels))
		}
		if got.Host != "" || got.Incident != 0 {
			t.Errorf("handed over with %q, %d", got.Host, got.Incident)
		}
	}
	b.receive(e, twin)
	if b.disk.count() != 1 {
		t.Error("a truncated event is news each time")
	}
}
