package inbound

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// The limits of a turn of a Writeback.
const (
	turnTime  = 2 * time.Minute  // after which the rest waits for the next one
	writeTime = 20 * time.Second // one call
	keepTime  = 5 * time.Second  // to store the sync state
)

// syncState is what was sent to a source, as stored.
type syncState struct {
	Acks     []*sentAck              `json:"acks,omitempty"`
	Acked    map[string]*ackedEvent  `json:"acked,omitempty"` // events acknowledged from here, by id
	Silences []*sentSilence          `json:"silences,omitempty"`
	Causes   map[string]model.Reason `json:"causes,omitempty"` // why something is not done, by ackKey, unackKey and muteKey
}

// sentAck is the outcome of one acknowledgement of an incident.
type sentAck struct {
	Incident model.IncidentID `json:"incident"`
	At       time.Time        `json:"at"` // of the Ack
	Done     int              `json:"done,omitempty"`
	Over     bool             `json:"over,omitempty"` // nothing of it is left to do: if somebody undoes it at the source later, it stays undone
}

func ackKey(want *model.DesiredAck) string {
	return fmt.Sprintf("ack:%d@%d", want.Incident, want.Ack.At.UnixNano())
}

// syncer writes the desired state to one source. Its methods are called by one goroutine at a time; while busy that is
// turn's.
type syncer struct {
	o      *WritebackOptions
	source string
	busy   bool
	wanted bool      // it is due for a turn
	lines  cardLines // its card lines as of when it was last not busy
	more   bool      // the turn was cut off

	target    Target
	desired   model.DesiredState
	syncState syncState
	kept      string               // syncState, as last stored
	acked     map[string]time.Time // ids of events that were acknowledged here, with the time of the Ack
	absent    map[string]time.Time // hosts that the source does not know, until they are queried again
	known     map[string][]model.Event
	pauses    map[string]*rest
}

// cardLines are the lines on cards.
type cardLines map[model.IncidentID][]model.Reason

func newSyncer(source string, o *WritebackOptions) *syncer {
	return &syncer{
		source: source, o: o, acked: map[string]time.Time{}, absent: map[string]time.Time{}, pauses: map[string]*rest{},
	}
}

// load reads the stored sync state. What cannot be parsed is dropped, and reported.
func (d *syncer) load(ctx context.Context) error {
	text, err := d.o.Keep.SyncState(ctx, d.source)
	if err != nil {
		return fmt.Errorf("read the sync state: %w", err)
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &d.syncState); err != nil {
			d.syncState = syncState{}
			d.o.Log(d.source, fmt.Errorf("parse the sync state, dropping it: %w", err))
		}
	}
	if d.kept = text; d.syncState.Causes == nil {
		d.syncState.Causes = map[string]model.Reason{}
	}
	if d.syncState.Acked == nil {
		d.syncState.Acked = map[string]*ackedEvent{}
	}
	return nil
}

// keep stores the sync state if it changed. It ignores the end of ctx: what was done is done.
func (d *syncer) keep(ctx context.Context) error {
	text, err := json.Marshal(d.syncState)
	if err != nil || string(text) == d.kept {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := d.o.Keep.SaveSyncState(ctx, d.source, string(text)); err != nil {
		return &Fault{Reason: model.NewReason(model.ReasonSourceStore, "said", said(err)), Err: err}
	}
	d.kept = string(text)
	return nil
}

// take sets the desired state. A new client may succeed where the previous one did not.
func (d *syncer) take(t Target, desired model.DesiredState) {
	if t.Writer != d.target.Writer {
		clear(d.pauses)
		clear(d.absent)
	}
	if !t.Acknowledge {
		desired.Acks, desired.Unacked = nil, nil
	}
	if !t.Downtime {
		desired.Silences = nil
	}
	d.target, d.desired = t, desired
	d.lines = cardLines{}
	d.sayAcks()
	d.sayUnacks()
	d.saySilences()
}

// turn does what is left to do.
func (d *syncer) turn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	if err := d.work(ctx); err != nil {
		d.o.Log(d.source, err)
	}
	d.tidy()
	if err := d.keep(ctx); err != nil {
		d.o.Log(d.source, err)
	}
}

func (d *syncer) work(ctx context.Context) (err error) {
	defer caught(&err)
	d.more, d.known = false, nil
	d.readBack()
	wrote := d.unacknowledge(ctx)
	wrote = d.acknowledge(ctx) || wrote
	d.findLost(ctx)
	wrote = d.suppress(ctx) || wrote
	wrote = d.expire(ctx) || wrote
	if wrote {
		d.target.Wake()
	}
	return nil
}

// call bounds one call once it is allowed, and turns a panic of the client into an error.
func (d *syncer) call(ctx context.Context, one func(ctx context.Context) error) (err error) {
	ctx, done, err := d.o.Allowed(ctx)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	defer caught(&err)
	return one(ctx)
}

// tidy drops what is no longer desired.
func (d *syncer) tidy() {
	d.syncState.Acks = slices.DeleteFunc(d.syncState.Acks, func(a *sentAck) bool {
		return !slices.ContainsFunc(d.desired.Acks, func(w model.DesiredAck) bool { return w.Incident == a.Incident && w.Ack.At.Equal(a.At) })
	})
	wanted, active := map[string]bool{}, map[string]bool{}
	for i := range d.desired.Acks {
		wanted[ackKey(&d.desired.Acks[i])] = true
		for k := range d.desired.Acks[i].Events {
			active[d.desired.Acks[i].Events[k].ID] = true
		}
	}
	for i := range d.desired.Unacked {
		e := &d.desired.Unacked[i]
		wanted[unackKey(e.Incident)], active[e.ID] = true, true
	}
	for i := range d.desired.Silences {
		wanted[muteKey(d.desired.Silences[i].Mute.ID)] = true
	}
	maps.DeleteFunc(d.syncState.Causes, func(key string, _ model.Reason) bool { return !wanted[key] })
	maps.DeleteFunc(d.acked, func(id string, _ time.Time) bool { return !active[id] })
	now := d.o.Now()
	maps.DeleteFunc(d.syncState.Acked, func(id string, e *ackedEvent) bool { return e.forgotten(active[id], now) })
	maps.DeleteFunc(d.absent, func(_ string, until time.Time) bool { return !now.Before(until) })
	maps.DeleteFunc(d.pauses, func(_ string, p *rest) bool { return now.Sub(p.until) > longRest })
}
