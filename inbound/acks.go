package inbound

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"opsbot/model"
)

const (
	acksAtOnce  = 4   // concurrent calls
	acksOfRound = 200 // per round, so that a mute need not wait for a storm of them

	restAcks = "acks"
)

// maxAuthor bounds a person's name at a source, in bytes.
const maxAuthor = 100

// acknowledge sends acknowledgements to the source, and reports whether any was sent.
func (d *syncer) acknowledge(ctx context.Context) (wrote bool) {
	left := acksOfRound
	for i := range d.desired.Acks {
		want := &d.desired.Acks[i]
		a := d.ackOf(want)
		if a.Over {
			continue
		}
		todo := d.unacked(want)
		due := slices.DeleteFunc(slices.Clone(todo), func(e *model.Event) bool { return d.resting("event:"+e.ID) != nil })
		if p := d.resting(restAcks); p != nil && len(todo) > 0 {
			d.syncState.Causes[ackKey(want.Incident)] = p.why
			continue
		}
		d.more = d.more || len(due) > left
		due = due[:min(len(due), left)]
		left -= len(due)
		n := d.acknowledgeAll(ctx, want, a, due)
		a.Done += n
		wrote = wrote || n > 0
		if len(todo) == n {
			a.Over = true
			delete(d.syncState.Causes, ackKey(want.Incident))
		}
	}
	return wrote
}

func (d *syncer) ackOf(want *model.DesiredAck) *sentAck {
	for _, a := range d.syncState.Acks {
		if a.Incident == want.Incident && a.At.Equal(want.Ack.At) {
			return a
		}
	}
	a := &sentAck{Incident: want.Incident, At: want.Ack.At}
	d.syncState.Acks = append(d.syncState.Acks, a)
	return a
}

// unacked returns the events of this source that still lack the acknowledgement.
func (d *syncer) unacked(want *model.DesiredAck) []*model.Event {
	var out []*model.Event
	for i := range want.Events {
		e := &want.Events[i]
		if at, done := d.acked[e.ID]; e.Source == d.source && (!done || at.Before(want.Ack.At)) {
			out = append(out, e)
		}
	}
	return out
}

// acknowledgeAll acknowledges events, a few at once, until the source fails; it returns how many succeeded.
func (d *syncer) acknowledgeAll(ctx context.Context, want *model.DesiredAck, a *sentAck, all []*model.Event) (taken int) {
	note := Note{Author: line(want.Ack.Name, maxAuthor), Comment: fmt.Sprintf("opsbot #%d", want.Incident)}
	for some := range slices.Chunk(all, acksAtOnce) {
		stop := false
		for i, err := range d.acknowledgeSome(ctx, some, note) {
			switch {
			case err == nil:
				d.acked[some[i].ID] = want.Ack.At
				taken++
				d.well(restAcks, "event:"+some[i].ID)
			case interrupted(ctx, err):
				return taken
			case unsupported(err):
				a.Over, stop = true, true
			case AsFault(err).Reason.Code == model.ReasonSourceDeclines:
				d.syncState.Causes[ackKey(want.Incident)] = d.failed("event:"+some[i].ID, "acknowledge "+some[i].ID, err)
			default:
				d.syncState.Causes[ackKey(want.Incident)] = d.failed(restAcks, "acknowledge", err)
				stop = true
			}
		}
		if stop {
			break
		}
	}
	return taken
}

func (d *syncer) acknowledgeSome(ctx context.Context, some []*model.Event, note Note) []error {
	errs := make([]error, len(some))
	var all sync.WaitGroup
	for i, e := range some {
		all.Go(func() {
			errs[i] = d.call(ctx, func(ctx context.Context) error { return d.target.Writer.Acknowledge(ctx, *e, note) })
		})
	}
	all.Wait()
	return errs
}

// sayAcks writes the card lines of acknowledgements.
func (d *syncer) sayAcks() {
	for i := range d.desired.Acks {
		want := &d.desired.Acks[i]
		at := slices.IndexFunc(d.syncState.Acks, func(a *sentAck) bool { return a.Incident == want.Incident && a.At.Equal(want.Ack.At) })
		if at < 0 {
			continue
		}
		a := d.syncState.Acks[at]
		if a.Done > 0 {
			d.say(want.Incident, model.NewReason(model.ReplyAcked, "source", d.source, "count", strconv.Itoa(a.Done)))
		}
		cause, failed := d.syncState.Causes[ackKey(want.Incident)]
		if n := len(d.unacked(want)); failed && !a.Over && n > 0 {
			d.say(want.Incident, failure(model.ReplyAckFailed, d.source, strconv.Itoa(n), cause))
		}
	}
}

func (d *syncer) say(id model.IncidentID, line model.Reason) {
	d.lines[id] = append(d.lines[id], line)
}
