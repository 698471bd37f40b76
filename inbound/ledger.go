package inbound

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/model"
)

// How much a Ledger holds at most, in events.
const (
	MaxActive = 100_000
	MaxEnded  = 100_000 // the latest ends
)

// ErrFull says that more events stand at a source than a Ledger holds.
var ErrFull = fmt.Errorf("over %d events stand", MaxActive)

// maxBatch bounds how many events the Sink takes at once: one transaction of it keeps others from writing.
const maxBatch = 2000

// LedgerOptions make a Ledger.
type LedgerOptions struct {
	Source string // the name of the source, of every EventKey
	Client Client // nil: it cannot be asked, hints are all there is
	Filter Filter
	Sink   Sink
	Wake   func() // asks for a Reconcile soon; it must not block
	Known  []model.Event
	Now    func() time.Time
}

// Ledger is what is known of the events of one source. It is safe for concurrent use. It hands what changed to the Sink, one
// call at a time, and takes it as its own only when the Sink has it: after an error it is as it was, and whoever brought the
// news brings it again. Events that it hands over have no Host and no Incident: those are the Sink's.
//
// Hints open an event at once, since a hint that is late costs more than one that is wrong, and may end it, unconfirmed. What the
// source answers when it is asked decides: it confirms ends, finds those that no hint told of, and opens again what a hint
// ended wrongly.
type Ledger struct {
	o       LedgerOptions
	polling sync.Mutex // held by Reconcile as a whole; taken before mu

	line    sync.Mutex // guards waiting; held for a moment only, with or without mu
	waiting []*brought

	shown atomic.Pointer[glance]

	mu          sync.Mutex
	entries     map[string]entry // by EventKey.ID
	active      int
	pruned      time.Time
	boot        string    // of the last Snapshot
	unannounced time.Time // the first end found by asking since a hint last told of one
	// owed is what the Sink was given and did not store. It may know it all the same: what is heard of it next is news, be it
	// what is known here, or that it stands no more.
	owed map[string]model.Event
}

// entry is an event and how it is known. Its moments are opsbot's.
type entry struct {
	event    model.Event
	received time.Time // when a hint last spoke of it
	over     time.Time // when its end was learnt
	missed   int       // snapshots in a row without it
	hinted   bool      // some hint spoke of it
}

// NewLedger makes a Ledger that holds what was known.
func NewLedger(o LedgerOptions) *Ledger {
	l := &Ledger{o: o, entries: make(map[string]entry, len(o.Known)), owed: map[string]model.Event{}, pruned: o.Now()}
	for _, e := range o.Known {
		e = l.own(e)
		l.entries[e.ID] = entry{event: e, over: e.EndedAt}
		if e.Active() {
			l.active++
		}
	}
	l.prune(l.pruned)
	l.show()
	return l
}

// own is an event as the Ledger keeps it.
func (l *Ledger) own(e model.Event) model.Event {
	e = bounded(e)
	e.Source, e.Host, e.Incident = l.o.Source, "", 0
	return e
}

// glance is what is asked of a Ledger while a Sink hangs.
type glance struct {
	active      int
	unannounced time.Time
}

// show has others see how things are now. The Ledger is locked.
func (l *Ledger) show() { l.shown.Store(&glance{active: l.active, unannounced: l.unannounced}) }

// Open is how many events stand. It waits for no Sink.
func (l *Ledger) Open() int { return l.shown.Load().active }

// Events returns what is known, in no order: what stands, and what ended within RememberEnded.
func (l *Ledger) Events() []model.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]model.Event, 0, len(l.entries))
	for id := range l.entries {
		out = append(out, l.entries[id].event)
	}
	return out
}

// UnannouncedSince is when asking first found an end that no hint told of, though a hint had told of the event and the source did not keep
// quiet about it; zero when there was none since a hint last told of an end. It waits for no Sink.
func (l *Ledger) UnannouncedSince() time.Time { return l.shown.Load().unannounced }

// say tells the Sink of the source itself, while it gets no events.
func (l *Ledger) say(ctx context.Context, why model.Reason) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.o.Sink.Source(ctx, l.o.Source, why)
}

// prune forgets old ends. It looks through them once a minute, or when there are far too many.
func (l *Ledger) prune(now time.Time) {
	ended := len(l.entries) - l.active
	if now.Sub(l.pruned) < time.Minute && ended <= MaxEnded+MaxEnded/10 {
		return
	}
	l.pruned = now
	oldest := now.Add(-RememberEnded)
	for {
		ended = 0
		for id := range l.entries {
			switch e := l.entries[id]; {
			case e.event.Active():
			case e.over.Before(oldest):
				delete(l.entries, id)
			default:
				ended++
			}
		}
		if ended <= MaxEnded {
			return
		}
		oldest = oldest.Add(now.Sub(oldest) / 4) // the older ones first; there is always some moment with few enough behind it
		if now.Sub(oldest) < time.Second {
			oldest = now.Add(time.Second)
		}
	}
}

// draft is what one call wants to change.
type draft struct {
	l       *Ledger
	next    map[string]entry
	changed []string // ids of what the Sink must have, in the order of the news
	news    map[string]bool
	opened  int // how many stand more than before
	full    bool
}

func (l *Ledger) draft() *draft {
	return &draft{l: l, next: map[string]entry{}, news: map[string]bool{}}
}

func (d *draft) get(id string) (entry, bool) {
	if e, ok := d.next[id]; ok {
		return e, true
	}
	e, ok := d.l.entries[id]
	return e, ok
}

// note keeps what is no news, but to a Sink that is owed it.
func (d *draft) note(e entry) {
	if _, owed := d.l.owed[e.event.ID]; owed {
		d.put(e)
		return
	}
	d.next[e.event.ID] = e
}

// put keeps what is news, unless it is one too many.
func (d *draft) put(e entry) {
	id := e.event.ID
	before, had := d.get(id)
	stood := had && before.event.Active()
	switch {
	case stood && !e.event.Active():
		d.opened--
	case !stood && e.event.Active():
		if d.l.active+d.opened >= MaxActive {
			d.full = true
			return
		}
		d.opened++
	}
	d.next[id] = e
	if !d.news[id] {
		d.news[id] = true
		d.changed = append(d.changed, id)
	}
}

// commit hands the news to the Sink and takes as known what it has. The Ledger is locked.
func (d *draft) commit(ctx context.Context) error {
	for from := 0; from < len(d.changed); from += maxBatch {
		ids := d.changed[from:min(from+maxBatch, len(d.changed))]
		batch := make([]model.Event, len(ids))
		for i, id := range ids {
			batch[i] = d.next[id].event
		}
		if err := d.l.o.Sink.Events(ctx, batch); err != nil {
			d.owe(batch)
			return &Fault{Reason: model.NewReason(model.ReasonSourceStore, "said", said(err)), Err: err}
		}
		for _, id := range ids {
			d.l.take(id, d.next[id])
			delete(d.l.owed, id)
			delete(d.next, id)
		}
	}
	for id, e := range d.next {
		d.l.take(id, e)
	}
	if d.full {
		return &Fault{Reason: model.NewReason(model.ReasonSourceStore, "said", ErrFull.Error()), Err: ErrFull}
	}
	return nil
}

// owe remembers what the Sink was given and did not store, as much as may stand.
func (d *draft) owe(batch []model.Event) {
	for i := range batch {
		if len(d.l.owed) < MaxActive {
			d.l.owed[batch[i].ID] = batch[i]
		}
	}
}

func (l *Ledger) take(id string, e entry) {
	if before, ok := l.entries[id]; ok && before.event.Active() {
		l.active--
	}
	if e.event.Active() {
		l.active++
	}
	l.entries[id] = e
}

// said is what an error says of a store, for a person: a code of ours where it has one.
func said(err error) string {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return string(e.Code)
	}
	return line(err.Error(), maxSaid)
}
