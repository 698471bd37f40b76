package inbound_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

var start = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

var errDisk = errors.New("disk full")

// disk is a Sink that stores events, until it is set to fail.
type disk struct {
	mu     sync.Mutex
	err    error
	events map[string]model.Event
	calls  [][]model.Event
	said   []model.Reason
}

func newDisk() *disk { return &disk{events: map[string]model.Event{}} }

func (d *disk) Events(_ context.Context, changed []model.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	d.calls = append(d.calls, slices.Clone(changed))
	for _, e := range changed {
		d.events[e.ID] = e
	}
	return nil
}

func (d *disk) Source(_ context.Context, _ string, why model.Reason) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	d.said = append(d.said, why)
	return nil
}

func (d *disk) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *disk) syncState() []model.Reason {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.said)
}

func (d *disk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.calls)
}

func (d *disk) get(id string) model.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.events[id]
}

func (d *disk) known() []model.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Values(d.events))
}

// polled is a Client that is never called: a Ledger only needs to know whether there is one.
type polled struct{}

func (polled) Probe(context.Context) (inbound.Probe, error)       { return inbound.Probe{}, nil }
func (polled) Snapshot(context.Context) (inbound.Snapshot, error) { return inbound.Snapshot{}, nil }

// sceptic is a polled Client that confirms ends by a func.
type sceptic struct {
	polled
	confirm func(model.Event) (bool, error)
}

func (s sceptic) Confirm(_ context.Context, e model.Event) (bool, error) { return s.confirm(e) }

// bench is a Ledger on a disk, with a clock that advances a second on each call.
type bench struct {
	t      *testing.T
	now    time.Time
	disk   *disk
	woken  int
	ledger *inbound.Ledger
}

func newBench(t *testing.T, change func(*inbound.LedgerOptions)) *bench {
	b := &bench{t: t, now: start, disk: newDisk()}
	o := inbound.LedgerOptions{
		Source: "src", Client: polled{}, Sink: b.disk, Wake: func() { b.woken++ },
		Now: func() time.Time { return b.now },
	}
	if change != nil {
		change(&o)
	}
	b.ledger = inbound.NewLedger(o)
	return b
}

func (b *bench) receive(events ...model.Event) {
	b.t.Helper()
	b.now = b.now.Add(time.Second)
	if err := b.ledger.Receive(b.t.Context(), events...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) poll(snap inbound.Snapshot) {
	b.t.Helper()
	b.now = b.now.Add(time.Second)
	if err := b.ledger.Reconcile(b.t.Context(), snap, b.now); err != nil {
		b.t.Fatal(err)
	}
}

// active fails the test unless the disk and the Ledger have the event as active.
func (b *bench) active(id string) model.Event {
	b.t.Helper()
	e := b.disk.get(id)
	if e.ID == "" || !e.Active() || e.End != "" {
		b.t.Fatalf("%s does not stand: %+v", id, e)
	}
	return e
}

// ended fails the test unless the disk has the event as ended this way.
func (b *bench) ended(id string, how model.EventEnd) model.Event {
	b.t.Helper()
	e := b.disk.get(id)
	if e.ID == "" || e.Active() || e.End != how {
		b.t.Fatalf("%s is not over, %s: %+v", id, how, e)
	}
	return e
}

func event(id string) model.Event {
	return model.Event{
		EventKey: model.EventKey{ID: id}, Object: id, Names: []string{"web1"}, Title: "down", Severity: model.SeverityCritical,
		Labels: model.Labels{"job": "web"}, OpenedAt: start.Add(-time.Minute),
	}
}

func over(id string) model.Event {
	e := event(id)
	e.EndedAt = start.Add(-time.Second)
	return e
}

func snapshot(events ...model.Event) inbound.Snapshot {
	return inbound.Snapshot{Events: events, Boot: "1", Absences: 2}
}
