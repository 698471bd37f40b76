package inbound

import (
	"context"
	"fmt"
	"slices"
	"strconv"

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
			d.syncState.Causes[ackKey(want)] = p.why
			continue
		}
		d.more = d.more || len(due) > left
		due = due[:min(len(due), left)]
		left -= len(due)
		n := d.acknowledgeAll(ctx, want, a, due)
		a.Done += n
		wrote = wrote || n > 0
		if len(todo) == n {
			a.Over = len(want.Events) > 0 // otherwise an earlier acknowledgement covers all of it, which may be taken back
			delete(d.syncState.Causes, ackKey(want))
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
		if e.Source != d.source || e.Acked && !d.syncState.Acked[e.ID].stale() {
			continue
		}
		if at, done := d.acked[e.ID]; !done || at.Before(want.Ack.At) {
			out = append(out, e)
		}
	}
	return out
}

// acknowledgeAll acknowledges events, a few at once, until the source fails; it returns how many succeeded.
func (d *syncer) acknowledgeAll(ctx context.Context, want *model.DesiredAck, a *sentAck, all []*model.Event) (taken int) {
	note := Note{Author: line(want.Ack.Name, maxAuthor), Comment: fmt.Sprintf("opsbot #%d", want.Incident)}
	if err := d.remember(ctx, all); err != nil {
		d.syncState.Causes[ackKey(want)] = d.failed(restAcks, "acknowledge", err)
		return 0
	}
	for some := range slices.Chunk(all, d.atOnce()) {
		stop := false
		for i, err := range d.acknowledgeSome(ctx, some, note) {
			d.outcome(some[i], err)
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
				d.syncState.Causes[ackKey(want)] = d.failed("event:"+some[i].ID, "acknowledge "+some[i].ID, err)
			default:
				d.syncState.Causes[ackKey(want)] = d.failed(restAcks, "acknowledge", err)
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
	w := writing{one: func(ctx context.Context, e *model.Event) error { return d.target.Writer.Acknowledge(ctx, *e, note) }}
	if batcher, can := d.target.Writer.(Batcher); can {
		w.all = func(ctx context.Context, all []model.Event) error { return batcher.AcknowledgeAll(ctx, all, note) }
	}
	return d.write(ctx, some, w)
}

// sayAcks writes the card lines of acknowledgements, one of each kind for an incident.
func (d *syncer) sayAcks() {
	done := map[model.IncidentID]int{}
	var order []model.IncidentID
	for i := range d.desired.Acks {
		want := &d.desired.Acks[i]
		if _, known := done[want.Incident]; !known {
			order = append(order, want.Incident)
		}
		done[want.Incident] += max(d.sentOf(want).Done, d.ours(want))
	}
	for _, id := range order {
		if done[id] > 0 {
			d.say(id, model.NewReason(model.ReplyAcked, "source", d.source, "count", strconv.Itoa(done[id])))
		}
		d.sayUnsent(id)
	}
}

// sayUnsent writes the card line of the acknowledgements of an incident that could not be sent, with the last cause.
func (d *syncer) sayUnsent(id model.IncidentID) {
	left, why := 0, model.Reason{}
	for i := range d.desired.Acks {
		want := &d.desired.Acks[i]
		cause, failed := d.syncState.Causes[ackKey(want)]
		if n := len(d.unacked(want)); want.Incident == id && failed && !d.sentOf(want).Over && n > 0 {
			left, why = left+n, cause
		}
	}
	if left > 0 {
		d.say(id, failure(model.ReplyAckFailed, d.source, strconv.Itoa(left), why))
	}
}

// ours is how many events the source has as acknowledged from here, be it by an earlier acknowledgement.
func (d *syncer) ours(want *model.DesiredAck) (n int) {
	for i := range want.Events {
		if e := &want.Events[i]; e.Source == d.source && e.Acked && d.syncState.Acked[e.ID].ours() {
			n++
		}
	}
	return n
}

// sentOf is what was sent of an acknowledgement so far.
func (d *syncer) sentOf(want *model.DesiredAck) sentAck {
	for _, a := range d.syncState.Acks {
		if a.Incident == want.Incident && a.At.Equal(want.Ack.At) {
			return *a
		}
	}
	return sentAck{}
}

func (d *syncer) say(id model.IncidentID, line model.Reason) {
	d.lines[id] = append(d.lines[id], line)
}
