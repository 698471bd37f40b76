package inbound

import (
	"context"
	"errors"
	"time"

	"opsbot/model"
)

// lateHint is how long after an end a source that cannot be polled may still report the event as active: the second of a pair
// sends within its interval, a minute by default, and so does the resend of a lost one.
const lateHint = 2 * time.Minute

// receiveTimeout bounds one call of the Sink for hints.
const receiveTimeout = 30 * time.Second

var errAborted = errors.New("the hints before it were not accepted")

// brought is one waiting call of Receive. The Ledger's lock guards done and err.
type brought struct {
	events []model.Event
	done   bool
	err    error
}

// Receive accepts hints, in the order of their arrival, each an event as parsed from a hook or a stream. Events without an ID are
// dropped. Without an error the Sink has all of them; an error is a *Fault, or that of ctx, and they may be repeated. Concurrent
// calls are passed to the Sink together: a source may send each event of a storm by itself.
func (l *Ledger) Receive(ctx context.Context, events ...model.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	mine := &brought{events: events}
	l.line.Lock()
	l.waiting = append(l.waiting, mine)
	l.line.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !mine.done {
		defer l.show()
		l.takeAll(ctx)
	}
	return mine.err
}

// takeAll accepts the hints of all waiting calls. A call that is cancelled must not fail the others.
func (l *Ledger) takeAll(ctx context.Context) {
	l.line.Lock()
	all := l.waiting
	l.waiting = nil
	l.line.Unlock()
	err := errAborted // if the Sink panics
	defer func() {
		for _, b := range all {
			b.done, b.err = true, err
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiveTimeout)
	defer cancel()
	var events []model.Event
	for _, b := range all {
		events = append(events, b.events...)
	}
	err = l.receiveAll(ctx, events)
}

func (l *Ledger) receiveAll(ctx context.Context, events []model.Event) error {
	now := l.o.Now()
	l.prune(now)
	d, doubt, syncState := l.draft(), false, false
	for _, e := range events {
		if e.ID == "" {
			continue
		}
		doubt = l.hint(d, d.episode(l.bygone(l.own(e), now)), now) || doubt
		syncState = syncState || !e.Active()
	}
	err := d.commit(ctx)
	if syncState && err == nil {
		l.unannounced = time.Time{}
	}
	if doubt {
		l.o.Wake()
	}
	return err
}

// hint applies one hint; doubt says that the source should be polled.
func (l *Ledger) hint(d *draft, e model.Event, now time.Time) (doubt bool) {
	known, have := d.get(e.ID)
	known.received, known.hinted = now, true
	switch {
	case !have:
		return l.first(d, known, e)
	case !known.event.Active() && e.Active():
		if !l.again(&known, &e) {
			d.note(known)
			return true
		}
		known.reopen(e, now)
		if !l.o.Filter.Takes(&known.event) {
			return false
		}
		d.put(known)
		return false
	case !e.Active():
		return l.ended(d, known, e)
	default:
		return l.update(d, known, overlaid(known.event, e))
	}
}

// first applies a hint of an unknown event: it opens, or has already ended.
func (l *Ledger) first(d *draft, fresh entry, e model.Event) (doubt bool) {
	now := fresh.received
	if !l.o.Filter.Takes(&e) || !e.Active() && now.Sub(e.EndedAt) > RememberEnded {
		return false
	}
	fresh.event = e
	fresh.event.SeenAt, fresh.event.ConfirmedAt = moment(now), time.Time{}
	fresh.event.OpenedAt = either(e.OpenedAt, either(e.EndedAt, moment(now)))
	if fresh.event.End = ""; !e.Active() {
		fresh.event.End, fresh.over = model.EndUnconfirmed, now
	}
	d.put(fresh)
	return !e.Active()
}

// ended applies a hint that a known event has ended.
func (l *Ledger) ended(d *draft, known entry, e model.Event) (doubt bool) {
	switch {
	case !known.event.Active():
		d.note(known)
		return false
	case l.o.Client != nil && e.EndedAt.Before(known.event.OpenedAt): // of an earlier episode with this key
		d.note(known)
		return true
	}
	known.event.EndedAt, known.event.End = e.EndedAt, model.EndUnconfirmed
	known.over = known.received
	d.put(known)
	d.endTwins(&known.event, known.received)
	return true
}

// update applies the changes in a hint of an active event.
func (l *Ledger) update(d *draft, known entry, e model.Event) (doubt bool) {
	if !l.o.Filter.Takes(&e) {
		e.EndedAt = moment(known.received)
		return l.ended(d, known, e)
	}
	news := !sameEvent(&known.event, &e)
	known.event = e
	if news {
		d.put(known)
	} else {
		d.note(known)
	}
	return false
}

// again reports whether a hint that an ended event is active is a new episode with its key, and not a late hint of the old one.
// For a source that can be polled that is certain only if it began after the end; a poll decides the rest. For one that cannot,
// any other start time is a new episode, and so is any late hint: a problem must not be lost. A key with a start time in it, which is not
// that of its object alone, is that of one episode.
func (l *Ledger) again(known *entry, e *model.Event) bool {
	if l.o.Client == nil && known.event.End == model.EndClosed {
		return true // it is not the source that said it was over
	}
	if l.o.Client != nil {
		return e.OpenedAt.After(known.event.EndedAt)
	}
	if late := known.received.Sub(known.over) <= lateHint; l.o.OneProblem && e.ID != e.Object {
		return !late
	}
	return e.OpenedAt.IsZero() || e.OpenedAt.After(known.event.OpenedAt) || known.received.Sub(known.over) > lateHint
}

// reopen makes an ended event active again.
func (k *entry) reopen(e model.Event, now time.Time) {
	opened := either(e.OpenedAt, moment(now))
	e = overlaid(k.event, e)
	if !opened.Equal(k.event.OpenedAt) {
		e.SeenAt = moment(now)
	}
	e.OpenedAt, e.EndedAt, e.End = opened, time.Time{}, ""
	k.event, k.over, k.missed = e, time.Time{}, 0
}

// overlaid is the known state of an event updated by a hint: hints may omit fields.
func overlaid(known, e model.Event) model.Event {
	out := e
	out.SeenAt, out.ConfirmedAt = known.SeenAt, known.ConfirmedAt
	out.OpenedAt = either(e.OpenedAt, known.OpenedAt)
	for _, text := range []struct {
		to   *string
		from string
	}{{&out.Object, known.Object}, {&out.Service, known.Service}, {&out.Title, known.Title}, {&out.URL, known.URL}, {&out.Runbook, known.Runbook}} {
		if *text.to == "" {
			*text.to = text.from
		}
	}
	if len(out.Names) == 0 {
		out.Names = known.Names
	}
	if len(out.Labels) == 0 {
		out.Labels = known.Labels
	}
	return out
}

func either(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}
