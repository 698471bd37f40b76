package inbound

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

const (
	restUnacks = "unacks"

	// ackedFor is how long an acknowledgement is remembered when nothing here speaks of its event any more: the source may not yet
	// have been seen with it.
	ackedFor = model.Day
)

// ackedEvent is an event that may have been acknowledged from here. It is stored before the call, so that it can be taken back;
// what a person acknowledged at the source never is.
type ackedEvent struct {
	Sent bool      `json:"sent,omitempty"` // a call succeeded, or may have
	Seen bool      `json:"seen,omitempty"` // the source was seen with it
	Back bool      `json:"back,omitempty"` // it was taken back, or may have been: that the source still has it may be old news
	Gone bool      `json:"gone,omitempty"` // it was taken back, and nothing is left to do
	Left time.Time `json:"left,omitzero"`  // since when no acknowledgement, taken back or not, is about it
}

// ours reports whether the source may have it as acknowledged from here.
func (e *ackedEvent) ours() bool { return e != nil && !e.Gone }

// stale reports whether that the source has it as acknowledged may be from before it was taken back.
func (e *ackedEvent) stale() bool { return e != nil && e.Back }

// forgotten reports whether an event that is about to be tidied up need not be remembered.
func (e *ackedEvent) forgotten(active bool, now time.Time) bool {
	switch {
	case active:
		e.Left = time.Time{}
	case e.Left.IsZero():
		e.Left = now
	}
	return !active && now.Sub(e.Left) >= ackedFor
}

func unackKey(id model.IncidentID) string { return "unack:" + strconv.FormatInt(int64(id), 10) }

// remember stores that events are about to be acknowledged. On an error none of them may be.
func (d *syncer) remember(ctx context.Context, all []*model.Event) error {
	before := maps.Clone(d.syncState.Acked)
	for _, e := range all {
		was := before[e.ID]
		d.syncState.Acked[e.ID] = &ackedEvent{Sent: was.ours(), Back: was.stale()}
	}
	err := d.keep(ctx)
	if err != nil {
		d.syncState.Acked = before
	}
	return err
}

// outcome notes how the call for an event went: if the source certainly refused, and did so before, the event is none of ours.
func (d *syncer) outcome(e *model.Event, err error) {
	sent := d.syncState.Acked[e.ID]
	switch {
	case err == nil || !definite(AsFault(err)) && !unsupported(err):
		sent.Sent = true
	case !sent.Sent:
		sent.Gone = true
	}
}

// readBack compares what was acknowledged from here with what the source says. What somebody took back there is theirs from then on.
func (d *syncer) readBack() {
	for i := range d.desired.Acks {
		events := d.desired.Acks[i].Events
		for k := range events {
			e := &events[k]
			sent := d.syncState.Acked[e.ID]
			switch {
			case e.Source != d.source || sent == nil:
			case e.Acked:
				sent.Seen = sent.Seen || !sent.Back
			case sent.Gone || sent.Seen:
				delete(d.syncState.Acked, e.ID)
			default:
				sent.Back = false
			}
		}
	}
}

// unacknowledge takes back at the source what was acknowledged from here and no longer is, and reports whether anything was.
func (d *syncer) unacknowledge(ctx context.Context) (wrote bool) {
	due := slices.DeleteFunc(d.takenBack(), func(e *model.Event) bool { return d.resting("unack:"+e.ID) != nil })
	if p := d.resting(restUnacks); p != nil {
		for _, e := range due {
			d.syncState.Causes[unackKey(e.Incident)] = p.why
		}
		return false
	}
	d.more = len(due) > acksOfRound
	for some := range slices.Chunk(due[:min(len(due), acksOfRound)], d.atOnce()) {
		for i, err := range d.unacknowledgeSome(ctx, some) {
			e := some[i]
			switch {
			case interrupted(ctx, err):
				return wrote
			case err == nil, unsupported(err):
				wrote = true
				d.release(e)
			case AsFault(err).Reason.Code == model.ReasonSourceDeclines:
				d.syncState.Causes[unackKey(e.Incident)] = d.failed("unack:"+e.ID, "take back the acknowledgement of "+e.ID, err)
			default:
				d.syncState.Acked[e.ID].Back = true
				d.syncState.Causes[unackKey(e.Incident)] = d.failed(restUnacks, "take back acknowledgements", err)
			}
		}
		if d.resting(restUnacks) != nil {
			break
		}
	}
	return wrote
}

// takenBack are the events that were acknowledged from here and are to be taken back.
func (d *syncer) takenBack() (out []*model.Event) {
	for i := range d.desired.Unacked {
		e := &d.desired.Unacked[i]
		if e.Source == d.source && d.syncState.Acked[e.ID].ours() {
			out = append(out, e)
		}
	}
	return out
}

func (d *syncer) release(e *model.Event) {
	sent := d.syncState.Acked[e.ID]
	sent.Back, sent.Gone = true, true
	delete(d.acked, e.ID)
	d.well(restUnacks, "unack:"+e.ID)
	if !slices.ContainsFunc(d.takenBack(), func(other *model.Event) bool { return other.Incident == e.Incident }) {
		delete(d.syncState.Causes, unackKey(e.Incident))
	}
}

func (d *syncer) unacknowledgeSome(ctx context.Context, some []*model.Event) []error {
	w := writing{one: func(ctx context.Context, e *model.Event) error { return d.target.Writer.Unacknowledge(ctx, *e) }}
	if batcher, can := d.target.Writer.(Batcher); can {
		w.all = batcher.UnacknowledgeAll
	}
	return d.write(ctx, some, w)
}

// sayUnacks writes the card lines of acknowledgements that could not be taken back.
func (d *syncer) sayUnacks() {
	left := map[model.IncidentID]int{}
	for _, e := range d.takenBack() {
		left[e.Incident]++
	}
	for id, n := range left {
		if cause, failed := d.syncState.Causes[unackKey(id)]; failed {
			d.say(id, failure(model.ReplyUnackFailed, d.source, strconv.Itoa(n), cause))
		}
	}
}
