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

// writePace is how often the desired state is compared with the sources, without Wake.
const writePace = 15 * time.Second

// Target is a source that can be written to, as currently configured.
type Target struct {
	Name        string
	Writer      Writer
	Acknowledge bool   // acknowledgements in the chat are sent there
	Downtime    bool   // mutes in the chat become a downtime, maintenance or silence there
	Wake        func() // requests a poll: what was written is read back
}

// Keeper stores the sync state of each source, as text that only the Writeback parses.
type Keeper interface {
	// SyncState returns what was stored; "" if there is nothing.
	SyncState(ctx context.Context, source string) (string, error)
	SaveSyncState(ctx context.Context, source, text string) error
}

// WritebackOptions configure a Writeback. All are required but Allowed and Log.
type WritebackOptions struct {
	DesiredState func() model.DesiredState   // the current desired state
	Targets      func() []Target             // of the current configuration
	Locate       func(e *model.Event) string // the Host.Name of the inventory for an event; "" is none
	Keep         Keeper
	// NoteReplies receives the results of write-back for an incident whenever they change; they replace the previous ones. After an
	// error it is repeated.
	NoteReplies func(ctx context.Context, incident model.IncidentID, replies []model.Reason) error
	// Allowed waits until something may be asked of a source, and returns a context in which it may, and what ends that; nil: it always may.
	// The error is that of ctx.
	Allowed func(ctx context.Context) (allowed context.Context, done func(), err error)
	Now     func() time.Time
	Log     func(source string, err error) // receives errors for the log; nil drops them. It is called by several goroutines
}

// Writeback brings the sources to the desired state: acknowledged events, silenced hosts. It compares the desired state with what was
// sent, again and again, so that a restart, a failure, a reload, a mute that is extended or ended and an incident that closes need no
// special handling. Every source has turns of its own: one that hangs blocks no other.
type Writeback struct {
	o    WritebackOptions
	wake chan struct{}
	over chan *syncer // those that finished their turn

	mu      sync.Mutex
	undones map[string][]model.Reason // why something is not done, by source

	// The following fields belong to the goroutine of Run.
	syncers map[string]*syncer // by source
	shown   map[model.IncidentID][]model.Reason
	turns   int  // in progress
	always  bool // every source gets a turn
}

// NewWriteback returns a Writeback. It sends nothing before Run.
func NewWriteback(o WritebackOptions) *Writeback {
	if o.Log == nil {
		o.Log = func(string, error) {}
	}
	if o.Allowed == nil {
		o.Allowed = func(ctx context.Context) (context.Context, func(), error) { return ctx, func() {}, nil }
	}
	return &Writeback{
		o: o, wake: make(chan struct{}, 1), over: make(chan *syncer), undones: map[string][]model.Reason{}, syncers: map[string]*syncer{},
		shown: map[model.IncidentID][]model.Reason{},
	}
}

// Wake requests a comparison soon: somebody has acknowledged or muted something. It does not block, and is safe for concurrent use.
func (w *Writeback) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // already requested
	}
}

// Undone returns why something desired is not done at a source, without duplicates. It is safe for concurrent use.
func (w *Writeback) Undone(source string) []model.Reason {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.undones[source])
}

// Run syncs the sources until ctx ends; no failure of theirs ends it before. It returns nil, when the last call has returned.
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

// compare starts a turn of every source that is due for one, and updates cards.
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
			delete(w.syncers, name) // its stored state remains: it may come back
		}
	}
	if known { // otherwise card lines would disappear and reappear
		w.report(ctx, desired.Cards)
	}
}

func (w *Writeback) note(d *syncer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.undones[d.source] = d.causes()
}

// syncer returns the syncer of a source; nil if its stored state cannot be read.
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

// report puts the results on cards.
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
			w.o.Log("", fmt.Errorf("update the card of #%d: %w", id, err))
			continue
		}
		w.shown[id] = replies
	}
	maps.DeleteFunc(w.shown, func(id model.IncidentID, _ []model.Reason) bool { return !slices.Contains(cards, id) })
}
