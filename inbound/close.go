package inbound

import (
	"context"
	"time"

	"opsbot/model"
)

// Close ends an active event by hand: its source is not asked, and is not told. The event opens again if the source reports it again; of a
// source that can be polled, with the next poll that lists it. store receives what has changed instead of the Sink, so that who closed
// it is stored with it. known is false if there is no such active event.
func (l *Ledger) Close(ctx context.Context, id, by string, store func(ctx context.Context, changed []model.Event) error) (known bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.show()
	d := l.draft()
	d.store = store
	one, known := d.get(id)
	if !known || !one.event.Active() {
		return false, nil
	}
	now := l.o.Now()
	one.event.EndedAt, one.event.End, one.event.ClosedBy = moment(now), model.EndClosed, line(by, maxText)
	one.over, one.received, one.missed = now, now, 0 // a poll that has begun knows nothing of it
	d.put(one)
	d.endTwins(&one.event, now)
	return true, d.commit(ctx)
}

// LastContact is when the source last reported an event, or listed it, as far as is known since the start. Zero if that is not known now:
// it does not wait for a Sink.
func (l *Ledger) LastContact(id string) time.Time {
	if !l.mu.TryLock() {
		return time.Time{}
	}
	defer l.mu.Unlock()
	e := l.entries[id]
	if e.received.After(e.event.ConfirmedAt) {
		return e.received
	}
	return either(e.event.ConfirmedAt, e.event.SeenAt)
}

// Close is Ledger.Close.
func (w *Watcher) Close(ctx context.Context, id, by string, store func(ctx context.Context, changed []model.Event) error) (known bool, err error) {
	return w.ledger.Close(ctx, id, by, store)
}

// LastContact is Ledger.LastContact.
func (w *Watcher) LastContact(id string) time.Time { return w.ledger.LastContact(id) }
