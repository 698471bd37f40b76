package inbound

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// writePace is how often what people want is compared with what the sources were told, when nobody asks for it.
const writePace = 15 * time.Second

// Target is a source that can be written to, as the configuration has it now.
type Target struct {
	Name        string
	Writer      Writer
	Acknowledge bool   // an acknowledgement in the chat is one there
	Downtime    bool   // a mute in the chat is a downtime, maintenance or silence there
	Wake        func() // asks for a poll: what was written is read back
}

// Keeper keeps what the sources were told, by their names, as text that only the Writeback reads.
type Keeper interface {
	// SyncState returns what was kept; "" when there is nothing.
	SyncState(ctx context.Context, source string) (string, error)
	SaveSyncState(ctx context.Context, source, text string) error
}

// WritebackOptions make a Writeback. All are required but Log.
type WritebackOptions struct {
	DesiredState func() model.DesiredState   // what people want now
	Targets      func() []Target             // of the configuration that holds
	Locate       func(e *model.Event) string // the Host.Name of the inventory that an event is about; "" is none
	Keep         Keeper
	// NoteReplies takes what became of what the sources were asked to do about an incident, whenever that has changed, in the place of
	// what it took before. After an error it comes again.
	NoteReplies func(ctx context.Context, incident model.IncidentID, replies []model.Reason) error
	Now         func() time.Time
	Log         func(source string, err error) // takes what went wrong, for the log; nil drops it. It is called by several goroutines
}

// Writeback tells the sources what people want: that an event is in somebody's hands, that a host is to be quiet. It compares what
// is wanted with what the sources were told, again and again, so that a restart, a failure, a reload, a mute that is extended or lifted
// and an incident that ends are all the same to it. Every source has turns of its own: one that hangs holds up no other.
type Writeback struct {
	o    WritebackOptions
	wake chan struct{}
	over chan *syncer // those whose turn is over

	mu      sync.Mutex
	undones map[string][]model.Reason // why something is not done, by source

	// What follows belongs to the goroutine of Run.
	syncers map[string]*syncer // by source
	shown   map[model.IncidentID][]model.Reason
	turns   int  // under way
	always  bool // everybody gets a turn
}

// NewWriteback makes a Writeback. Nothing is told before Run.
func NewWriteback(o WritebackOptions) *Writeback {
	if o.Log == nil {
		o.Log = func(string, error) {}
	}
	return &Writeback{
		o: o, wake: make(chan struct{}, 1), over: make(chan *syncer), undones: map[string][]model.Reason{}, syncers: map[string]*syncer{},
		shown: map[model.IncidentID][]model.Reason{},
	}
}

// Wake asks for a comparison soon: somebody has acknowledged or muted something. It does not block, and is safe for concurrent
// use.
func (w *Writeback) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it is asked for already
	}
}

// Undone says why something that people want is not done at a source: each cause once. It is safe for concurrent use.
func (w *Writeback) Undone(source string) []model.Reason {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.undones[source])
}

// Run tells the sources until ctx ends; nothing that they do ends it before. It returns nil, when the last call has come back.
func (w *Writeback) Run(ctx context.Context) error {
	tick := time.NewTicker(writePace)
	defer tick.Stop()
	w.always = true
	for ctx.Err() == nil {
		w.compare(ctx)
		select {
		case <-ctx.Done():
		case <-tick.C:
			w.always = true
		case <-w.wake:
			w.always = true
		case d := <-w.over:
			w.turns--
			d.busy = false
		}
	}
	for ; w.turns > 0; w.turns-- {
		<-w.over
	}
	return nil
}

// compare gives a turn to every source that is to have one, and says on cards what is new.
func (w *Writeback) compare(ctx context.Context) {
	desired, targets, known := w.o.DesiredState(), w.o.Targets(), true
	for _, t := range targets {
		d := w.syncer(ctx, t.Name)
		if d == nil {
			known = false
			continue
		}
		d.wanted = d.wanted || w.always
		if d.busy {
			continue
		}
		d.take(t, desired)
		w.note(d)
		if d.wanted || d.more {
			w.turn(ctx, d)
		}
	}
	w.always = false
	for name, d := range w.syncers {
		if !d.busy && !slices.ContainsFunc(targets, func(t Target) bool { return t.Name == name }) {
			delete(w.syncers, name) // what it was told is kept: it may come back
		}
	}
	if known { // else what stands on cards would go and come again
		w.report(ctx, desired.Cards)
	}
}

func (w *Writeback) note(d *syncer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.undones[d.source] = d.causes()
}

// desk is what is known of a source; nil when what was kept of it cannot be read.
func (w *Writeback) syncer(ctx context.Context, source string) *syncer {
	if d := w.syncers[source]; d != nil {
		return d
	}
	d := newSyncer(source, &w.o)
	if err := d.load(ctx); err != nil {
		w.o.Log(source, err)
		return nil
	}
	w.syncers[source] = d
	return d
}

func (w *Writeback) turn(ctx context.Context, d *syncer) {
	d.busy, d.wanted = true, false
	w.turns++
	go func() {
		d.turn(ctx)
		w.over <- d
	}()
}

// tell says on cards what became of what was asked.
func (w *Writeback) report(ctx context.Context, cards []model.IncidentID) {
	for _, id := range cards {
		replies := []model.Reason{}
		for _, name := range slices.Sorted(maps.Keys(w.syncers)) {
			replies = append(replies, w.syncers[name].lines[id]...)
		}
		if was, known := w.shown[id]; known && slices.EqualFunc(was, replies, model.Reason.Equal) {
			continue
		}
		if err := w.o.NoteReplies(ctx, id, replies); err != nil {
			w.o.Log("", fmt.Errorf("say on the card of #%d what became of it: %w", id, err))
			continue
		}
		w.shown[id] = replies
	}
	maps.DeleteFunc(w.shown, func(id model.IncidentID, _ []model.Reason) bool { return !slices.Contains(cards, id) })
}
