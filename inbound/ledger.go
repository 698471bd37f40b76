package inbound

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// How many events a Ledger holds at most.
const (
	MaxActive = 100_000
	MaxEnded  = 100_000 // the latest ends
)

// ErrFull says that more events are active at a source than a Ledger holds.
var ErrFull = fmt.Errorf("over %d active events", MaxActive)

// maxBatch bounds how many events the Sink gets at once: its transaction blocks other writers.
const maxBatch = 2000

// LedgerOptions configure a Ledger.
type LedgerOptions struct {
	Source string // the name of the source, of every EventKey
	Client Client // nil: it cannot be polled, only hints exist
	Filter Filter
	Sink   Sink
	Wake   func() // requests a Reconcile soon; it must not block
	Known  []model.Event
	Now    func() time.Time
	Redact model.Redactor // of what the source says
	// OneProblem: an object has at most one problem at a time; events about it with other keys are part of the same episode.
	OneProblem bool
	Odd        func(payload.Oddity) // receives what was dropped from an event; nil drops it. It must not block
}

// Ledger is the state of one source's events. It is safe for concurrent use. It passes changes to the Sink, one call at a time, and
// applies them only when the Sink has them: after an error it is unchanged, and the caller repeats the hint or poll. Events that it passes
// on have no Host and no Incident: those belong to the Sink.
//
// Hints open an event at once, since a late hint costs more than a wrong one, and may end it, unconfirmed. The answer to a poll decides:
// it confirms ends, finds those without a hint, and reopens what a hint ended wrongly.
type Ledger struct {
	o       LedgerOptions
	polling sync.Mutex // locked for a whole Reconcile; before mu

	line    sync.Mutex // guards waiting; locked briefly, with or without mu
	waiting []*brought

	shown atomic.Pointer[glance]

	mu          sync.Mutex
	entries     map[string]entry // by EventKey.ID
	episodes    *episodes        // nil without OneProblem
	active      int
	pruned      time.Time
	boot        string    // of the last Snapshot
	unannounced time.Time // the first end found by polling since a hint last reported one
	// owed is what was passed to the Sink and not stored. The Sink may know it anyway: the next hint or poll of it is news, whether it
	// agrees with the state here or ends it.
	owed map[string]model.Event
}

// entry is an event and how it is known. Its times are by opsbot's clock.
type entry struct {
	event    model.Event
	received time.Time // time of the last hint
	over     time.Time // when its end became known
	missed   int       // consecutive snapshots without it
	hinted   bool      // there was a hint for it
}

// NewLedger returns a Ledger with the remembered state.
func NewLedger(o LedgerOptions) *Ledger {
	l := &Ledger{o: o, entries: make(map[string]entry, len(o.Known)), owed: map[string]model.Event{}, pruned: o.Now()}
	if o.OneProblem {
		l.episodes = newEpisodes()
	}
	for _, e := range o.Known {
		e = l.own(e)
		l.entries[e.ID] = entry{event: e, over: e.EndedAt}
		if l.episodes != nil {
			l.episodes.load(&e, l.entries)
		}
		if e.Active() {
			l.active++
		}
	}
	l.prune(l.pruned)
	l.show()
	return l
}

// own is an event with the Ledger's own fields.
func (l *Ledger) own(e model.Event) model.Event {
	e = bounded(l.o.Redact.Event(e))
	e.Locate(model.Located{})
	e.Source, e.Incident = l.o.Source, 0
	return e
}

// glance is what a Ledger reports while a Sink hangs.
type glance struct {
	active      int
	unannounced time.Time
}

// show publishes the current state. The Ledger is locked.
func (l *Ledger) show() { l.shown.Store(&glance{active: l.active, unannounced: l.unannounced}) }

// Open is the number of active events. It does not wait for a Sink.
func (l *Ledger) Open() int { return l.shown.Load().active }

// Events returns what is known, in no order: active events, and those that ended within RememberEnded.
func (l *Ledger) Events() []model.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]model.Event, 0, len(l.entries))
	for id := range l.entries {
		out = append(out, l.entries[id].event)
	}
	return out
}

// UnannouncedSince is when polling first found an end without a hint, though there had been one for the event and it was not suppressed at
// the source; zero if there was none since a hint last reported an end. It does not wait for a Sink.
func (l *Ledger) UnannouncedSince() time.Time { return l.shown.Load().unannounced }

// say reports the state of the source itself to the Sink, while it gets no events.
func (l *Ledger) say(ctx context.Context, why model.Reason) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.o.Sink.Source(ctx, l.o.Source, why)
}

// prune removes old ends. It runs once a minute, or if there are far too many.
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
				if l.episodes != nil {
					l.episodes.drop(&e.event)
				}
			default:
				ended++
			}
		}
		if ended <= MaxEnded {
			return
		}
		oldest = oldest.Add(now.Sub(oldest) / 4) // the older ones first; there is always a time with few enough after it
		if now.Sub(oldest) < time.Second {
			oldest = now.Add(time.Second)
		}
	}
}

// draft is the changes of one call.
type draft struct {
	l       *Ledger
	next    map[string]entry
	changed []string // ids of what the Sink must get, in the order of the news
	news    map[string]bool
	latest  map[string]string // Object to id of what is in next; as of episodes
	opened  int               // how many more are active than before
	full    bool
	store   func(ctx context.Context, changed []model.Event) error // where the news goes
}

func (l *Ledger) draft() *draft {
	return &draft{l: l, next: map[string]entry{}, news: map[string]bool{}, latest: map[string]string{}, store: l.o.Sink.Events}
}

func (d *draft) get(id string) (entry, bool) {
	if e, ok := d.next[id]; ok {
		return e, true
	}
	e, ok := d.l.entries[id]
	return e, ok
}

// note applies what is no news, unless it is owed to the Sink.
func (d *draft) note(e entry) {
	if _, owed := d.l.owed[e.event.ID]; owed {
		d.put(e)
		return
	}
	d.next[e.event.ID] = e
}

// put applies what is news, unless the Ledger is full.
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
	d.point(&e.event)
	if !d.news[id] {
		d.news[id] = true
		d.changed = append(d.changed, id)
	}
}

// commit passes the news to the Sink and applies what it accepts. The Ledger is locked.
func (d *draft) commit(ctx context.Context) error {
	for from := 0; from < len(d.changed); from += maxBatch {
		ids := d.changed[from:min(from+maxBatch, len(d.changed))]
		batch := make([]model.Event, len(ids))
		for i, id := range ids {
			batch[i] = d.next[id].event
		}
		if err := d.store(ctx, batch); err != nil {
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

// owe records what was passed to the Sink and not stored, up to MaxActive.
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
	if l.episodes != nil {
		l.episodes.take(&e.event, l.entries)
	}
}

// said is a store's error as text for a person: one of our codes if it has one.
func said(err error) string {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return string(e.Code)
	}
	return line(err.Error(), maxSaid)
}
