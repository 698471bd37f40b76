package inbound

import (
	"context"
	"errors"
	"slices"
	"time"

	"opsbot/model"
)

const (
	// confirmFor is how long after an end the source is asked to confirm it: a restarted Prometheus is back by then.
	confirmFor = 15 * time.Minute
	// confirmTime bounds the confirmations of one Reconcile; the rest waits for the next one.
	confirmTime = 15 * time.Second
)

// Reconcile applies a snapshot that was requested at a time by opsbot's clock: a later hint is newer. An error is a *Fault; then what
// the Sink does not have is unchanged.
func (l *Ledger) Reconcile(ctx context.Context, snap Snapshot, at time.Time) error {
	l.polling.Lock()
	defer l.polling.Unlock()
	snap.Absences = max(1, snap.Absences)
	r := &reconciling{l: l, snap: &snap, at: at, here: make(map[string]bool, len(snap.Events))}
	l.same(snap.Events, at)
	for i := range snap.Events {
		r.here[snap.Events[i].ID] = l.o.Filter.Takes(&snap.Events[i])
	}
	r.confirm(ctx)

	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.show()
	l.prune(at)
	r.d = l.draft()
	for i := range snap.Events {
		if snap.Events[i].ID != "" {
			r.present(snap.Events[i])
		}
	}
	syncState := len(r.d.changed)
	for id := range l.entries {
		if _, here := r.here[id]; !here {
			r.absent(id)
		}
	}
	r.settle()
	slices.Sort(r.d.changed[syncState:]) // a map gave their order
	err := r.d.commit(ctx)
	if err != nil && !errors.Is(err, ErrFull) {
		return err
	}
	l.boot = snap.Boot
	if l.unannounced.IsZero() {
		l.unannounced = r.unannounced
	}
	return err
}

// same makes the events of a snapshot the Ledger's own, each with the key of its episode.
func (l *Ledger) same(events []model.Event, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.draft()
	for i := range events {
		events[i] = d.episode(l.bygone(l.own(events[i]), at))
	}
}

// reconciling is the state of one Reconcile.
type reconciling struct {
	l           *Ledger
	d           *draft
	snap        *Snapshot
	at          time.Time
	here        map[string]bool // by id: whether the Filter accepts it
	counts      bool            // absence means something
	confirmed   map[string]bool // ids of those whose end is confirmed
	unannounced time.Time
}

// confirm confirms ends, known and expected ones: without the lock, since it may take a while.
func (r *reconciling) confirm(ctx context.Context) {
	r.confirmed = map[string]bool{}
	asked := r.candidates()
	confirmer, ok := r.l.o.Client.(Confirmer)
	if !ok {
		for i := range asked {
			r.confirmed[asked[i].ID] = true
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, confirmTime)
	defer cancel()
	for i := range asked {
		over, err := confirmer.Confirm(ctx, asked[i])
		if err != nil {
			return // the rest stays unconfirmed, and is tried next time
		}
		r.confirmed[asked[i].ID] = over
	}
}

// candidates are the events whose end this snapshot may confirm.
func (r *reconciling) candidates() []model.Event {
	l := r.l
	l.mu.Lock()
	defer l.mu.Unlock()
	r.counts = !r.snap.Unsettled && (l.boot == "" || r.snap.Boot == l.boot)
	var out []model.Event
	for id := range l.entries {
		e := l.entries[id]
		if _, here := r.here[id]; here || e.received.After(r.at) || !r.counts {
			continue
		}
		ends := e.event.Active() && e.missed+1 >= r.snap.Absences
		unsure := e.event.End == model.EndUnconfirmed && r.at.Sub(e.over) <= confirmFor
		if ends || unsure {
			out = append(out, e.event)
		}
	}
	return out
}

// present applies an event that is active at the source.
func (r *reconciling) present(e model.Event) {
	known, have := r.d.get(e.ID)
	takes := r.here[e.ID]
	switch {
	case have && known.received.After(r.at): // the next snapshot has it
	case !takes && !have:
	case !takes:
		r.leave(known)
	case !have:
		e.SeenAt, e.ConfirmedAt = moment(r.l.o.Now()), moment(r.at)
		e.OpenedAt, e.EndedAt, e.End = either(e.OpenedAt, e.SeenAt), time.Time{}, ""
		r.d.put(entry{event: e})
	default:
		r.stand(known, e)
	}
}

// stand applies the source's answer to a known event.
func (r *reconciling) stand(known entry, e model.Event) {
	before := known.event
	e.SeenAt, e.ConfirmedAt, e.EndedAt, e.End = before.SeenAt, moment(r.at), time.Time{}, ""
	e.OpenedAt = either(e.OpenedAt, before.OpenedAt)
	if !before.Active() && !e.OpenedAt.Equal(before.OpenedAt) {
		e.SeenAt = moment(r.l.o.Now())
	}
	known.event, known.over, known.missed = e, time.Time{}, 0
	if sameEvent(&before, &e) {
		r.d.note(known)
	} else {
		r.d.put(known)
	}
}

// leave ends an event that is active at the source but no longer accepted by the Filter.
func (r *reconciling) leave(known entry) {
	if known.event.End == model.EndConfirmed || known.event.End == model.EndClosed {
		return
	}
	r.end(known, model.EndConfirmed)
}

// absent applies the absence of a known event.
func (r *reconciling) absent(id string) {
	known := r.l.entries[id]
	if known.received.After(r.at) {
		return
	}
	switch {
	case !r.counts:
		if known.missed > 0 {
			known.missed = 0
			r.d.note(known)
		}
	case known.event.Active():
		r.miss(known)
	case known.event.End == model.EndUnconfirmed && r.confirmed[id]:
		r.end(known, model.EndConfirmed)
	}
}

// settle ends what was passed to the Sink, not stored, and is not known here: it began and ended while nothing could be stored.
func (r *reconciling) settle() {
	for id, e := range r.l.owed {
		if _, known := r.d.get(id); known || r.here[id] || !r.counts {
			continue
		}
		if e.Active() {
			e.EndedAt, e.End = moment(r.at), model.EndUnconfirmed
		}
		r.d.put(entry{event: e, over: r.at})
	}
}

// miss counts an absence; enough of them are an end.
func (r *reconciling) miss(known entry) {
	if known.missed++; known.missed < r.snap.Absences {
		r.d.note(known)
		return
	}
	if known.hinted && !known.event.Suppressed && r.unannounced.IsZero() {
		r.unannounced = r.at
	}
	if r.confirmed[known.event.ID] {
		r.end(known, model.EndConfirmed)
	} else {
		r.end(known, model.EndUnconfirmed)
	}
}

func (r *reconciling) end(known entry, how model.EventEnd) {
	if known.event.Active() {
		known.event.EndedAt, known.over = moment(r.at), r.at
	}
	known.event.End, known.missed = how, 0
	r.d.put(known)
}
