package inbound_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// drawer stores texts. left is the number of writes that still succeed; whoever writes after that is killed: the write is lost, and
// does not return before its time is over, so that nothing is done that a killed program could not have done; -1 is never.
type drawer struct {
	mu    sync.Mutex
	texts map[string]string
	left  int
	err   error
}

func (d *drawer) SyncState(_ context.Context, source string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.texts[source], d.err
}

func (d *drawer) SaveSyncState(ctx context.Context, source, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	if d.left == 0 {
		d.mu.Unlock()
		<-ctx.Done()
		d.mu.Lock()
		return ctx.Err()
	}
	d.texts[source] = text
	d.left--
	return nil
}

func (d *drawer) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// losing makes the drawer lose all but that many writes.
func (d *drawer) losing(but int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = but
}

// office is a Writeback with fake dependencies, in a bubble.
type office struct {
	t    testing.TB
	keep *drawer

	mu      sync.Mutex
	desired model.DesiredState
	refine  func(w *model.DesiredState) // what polls have shown of it; nil: nothing
	targets []inbound.Target
	closed  chan struct{} // until it is closed nothing may be asked of a source; nil: everything may
	cards   map[model.IncidentID][]model.Reason
	edits   int
	woken   int
	logged  []string

	back   *inbound.Writeback
	cancel context.CancelFunc
	ended  chan error
}

// run runs a test in a bubble with a working office.
func run(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		test(t, o)
		o.stop()
	})
}

func newOffice(t testing.TB) *office {
	return &office{t: t, keep: &drawer{texts: map[string]string{}, left: -1}, cards: map[model.IncidentID][]model.Reason{}}
}

func (o *office) start() {
	o.back = inbound.NewWriteback(inbound.WritebackOptions{
		DesiredState: o.wanted, Keep: o.keep, Now: time.Now,
		Targets: func() []inbound.Target {
			o.mu.Lock()
			defer o.mu.Unlock()
			return slices.Clone(o.targets)
		},
		Locate:  func(e *model.Event) string { return e.Names[0] },
		Allowed: o.allowed,
		NoteReplies: func(_ context.Context, id model.IncidentID, replies []model.Reason) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.cards[id] = replies
			o.edits++
			return nil
		},
		Log: func(source string, err error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.logged = append(o.logged, source+": "+err.Error())
		},
	})
	var ctx context.Context
	ctx, o.cancel = context.WithCancel(context.Background())
	o.ended = make(chan error, 1)
	go func() { o.ended <- o.back.Run(ctx) }()
	synctest.Wait()
}

// allowed waits while it is closed.
func (o *office) allowed(ctx context.Context) (context.Context, func(), error) {
	o.mu.Lock()
	closed := o.closed
	o.mu.Unlock()
	if closed == nil {
		return ctx, func() {}, nil
	}
	select {
	case <-closed:
		return ctx, func() {}, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

func (o *office) stop() {
	o.t.Helper()
	o.cancel()
	if err := <-o.ended; err != nil {
		o.t.Error(err)
	}
}

// kill ends it as if only the given number of further writes reached the disk.
func (o *office) kill(but int) {
	o.keep.losing(but)
	o.back.Wake()
	pass(time.Second)
	o.stop()
	o.keep.losing(-1)
	o.start()
}

// wanted is the current desired state.
func (o *office) wanted() model.DesiredState {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.desired
	w.Silences = nil
	for _, q := range o.desired.Silences {
		if q.Mute.Active(time.Now()) {
			w.Silences = append(w.Silences, q)
		}
	}
	if o.refine != nil {
		o.refine(&w)
	}
	return w
}

// change changes the desired state, or the sources, and waits for the outcome.
func (o *office) change(f func(w *model.DesiredState)) {
	o.mu.Lock()
	f(&o.desired)
	o.mu.Unlock()
	o.back.Wake()
	pass(time.Second)
}

func (o *office) hire(name string, w inbound.Writer) {
	wake := func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.woken++
	}
	o.change(func(*model.DesiredState) {
		o.targets = slices.DeleteFunc(o.targets, func(t inbound.Target) bool { return t.Name == name })
		o.targets = append(o.targets, inbound.Target{Name: name, Writer: w, Acknowledge: true, Downtime: true, Wake: wake})
	})
}

// card is the text on an incident's card: "reply.acked icinga 2", "reply.silence_failed icinga 1 source.right".
func (o *office) card(id model.IncidentID) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var lines []string
	for _, r := range o.cards[id] {
		lines = append(lines, strings.TrimSpace(strings.Join([]string{string(r.Code), r.Args["source"], r.Args["count"], r.Args["cause"]}, " ")))
	}
	return strings.Join(lines, "; ")
}

func (o *office) says(id model.IncidentID, want string) {
	o.t.Helper()
	if got := o.card(id); got != want {
		o.t.Errorf("the card says %q, want %q", got, want)
	}
}

// problem is an active event of a source.
func problem(source, id string) model.Event {
	e := event(id)
	e.Source, e.Host = source, id
	return e
}

// ackOf is an acknowledgement of incident 7, made now.
func ackOf(events ...model.Event) model.DesiredAck {
	return model.DesiredAck{Incident: 7, Ack: model.Ack{Name: "ivan", At: time.Now()}, Events: events}
}

// muteOf is a mute that begins now.
func muteOf(id model.MuteID, long time.Duration) model.Mute {
	return model.Mute{ID: id, OwnerName: "ivan", Reason: "update", From: time.Now(), Until: time.Now().Add(long)}
}
