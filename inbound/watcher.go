package inbound

import (
	"context"
	"fmt"
	"sync"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// The intervals of a Watcher.
const (
	wakeGap    = time.Second      // between two polls at least, however often Wake is called
	roundTime  = 2 * time.Minute  // one poll at most: a source that hangs is disconnected
	probeEvery = 15 * time.Minute // rights and versions change
	maxBackoff = 30 * time.Second // between two attempts to open a stream
	maxReplays = 100              // per poll; the rest comes with the next one
)

// WatcherOptions configure a Watcher.
type WatcherOptions struct {
	Name              string
	Kind              model.SourceKind
	Client            Client // nil: the source cannot be polled, it only calls its hook
	Filter            Filter
	Sink              Sink
	Marks             Marks // of a Replayer; may be nil for all others
	Memory            Memory
	Poll              time.Duration // between two polls without Wake
	DisconnectedAfter time.Duration // how long it may be unreachable; 0 is for ever. Without a Client: how long no hook call may arrive
	Now               func() time.Time
	Redact            model.Redactor // of what the source says
	Log               func(error)    // receives errors for the log; nil drops them. It is called by several goroutines
}

// Watcher keeps the Ledger of one source up to date: it polls, streams, replays, and polls again on Wake. Its methods are safe
// for concurrent use.
type Watcher struct {
	o          WatcherOptions
	ledger     *Ledger
	wake       chan struct{}
	hints      *queue // of a Streamer
	connection connection
	odd        oddities
	probed     time.Time // only the polling goroutine uses it, and mark
	mark       string
}

// NewWatcher returns a Watcher. It sends nothing before Run; hook calls may come at once.
func NewWatcher(o WatcherOptions) *Watcher {
	if o.Log == nil {
		o.Log = func(error) {}
	}
	w := &Watcher{o: o, wake: make(chan struct{}, 1), mark: o.Memory.Mark}
	w.hints = newQueue(maxQueue)
	w.connection = connection{started: o.Now(), answered: o.Memory.Answered, away: !o.Memory.Answered.IsZero()}
	w.ledger = NewLedger(LedgerOptions{
		Source: o.Name, Client: o.Client, Filter: o.Filter, Sink: o.Sink, Wake: w.Wake, Known: o.Memory.Events, Now: o.Now, Redact: o.Redact,
		OneProblem: oneProblem(o.Kind), Odd: func(one payload.Oddity) { w.NoteOdd([]payload.Oddity{one}) },
	})
	return w
}

// Wake requests a poll soon. It does not block.
func (w *Watcher) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // already requested
	}
}

// Receive accepts the events of a hook call; again says that the source should be polled as well. Without an error the Sink has
// all of it.
func (w *Watcher) Receive(ctx context.Context, events []model.Event, again bool) error {
	err := w.ledger.Receive(ctx, events...)
	w.connection.hooked(w.o.Now())
	if again || w.o.Client == nil {
		w.Wake()
	}
	if w.o.Client == nil {
		w.received(err)
	}
	return err
}

// Run watches until ctx ends; no failure of the source ends it before. It returns nil.
func (w *Watcher) Run(ctx context.Context) error {
	var group sync.WaitGroup
	if streamer, ok := w.o.Client.(Streamer); ok {
		group.Go(func() { w.stream(ctx, streamer) })
		group.Go(func() { w.drain(ctx) })
	}
	if w.o.Client == nil {
		w.wait(ctx)
	} else {
		w.poll(ctx)
	}
	group.Wait()
	return nil
}

// poll polls repeatedly.
func (w *Watcher) poll(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		err := w.round(ctx)
		if ctx.Err() != nil {
			return
		}
		w.received(err)
		w.report(ctx)
		pause := w.o.Poll
		if failures++; err == nil {
			failures = 0
		} else {
			pause = min(pause, backoff(failures))
		}
		w.rest(ctx, pause)
	}
}

// wait detects the disconnection of a source that cannot be polled.
func (w *Watcher) wait(ctx context.Context) {
	for ctx.Err() == nil {
		pause := time.Hour
		if last := w.connection.last(); w.o.DisconnectedAfter > 0 {
			pause = w.o.DisconnectedAfter - w.o.Now().Sub(last)
			if pause <= 0 {
				w.connection.lost(model.NewReason(model.ReasonSourceIdle, "since", last.UTC().Format(time.RFC3339)), last)
				pause = maxBackoff
			}
		}
		if !w.report(ctx) {
			pause = min(pause, maxBackoff)
		}
		w.rest(ctx, pause)
	}
}

// rest waits until the next poll is due or requested.
func (w *Watcher) rest(ctx context.Context, pause time.Duration) {
	due, gap := time.NewTimer(max(pause, wakeGap)), time.NewTimer(wakeGap)
	defer due.Stop()
	defer gap.Stop()
	select {
	case <-ctx.Done():
		return
	case <-gap.C:
	}
	select {
	case <-ctx.Done():
	case <-due.C:
	case <-w.wake:
	}
}

// round polls everything once.
func (w *Watcher) round(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	defer caught(&err)
	if err := w.probe(ctx); err != nil {
		return err
	}
	at := w.o.Now()
	snap, err := w.o.Client.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("poll active events: %w", err)
	}
	w.connection.partly(snap.Missing)
	w.NoteOdd(snap.Odd)
	if err := w.ledger.Reconcile(ctx, snap, at); err != nil {
		return fmt.Errorf("accept active events: %w", err)
	}
	return w.replay(ctx)
}

// probe probes the source, if that is due.
func (w *Watcher) probe(ctx context.Context) error {
	now := w.o.Now()
	if !w.probed.IsZero() && now.Sub(w.probed) < probeEvery && w.connection.well() {
		return nil
	}
	probe, err := w.o.Client.Probe(ctx)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	w.probed = now
	w.connection.probed(probe)
	return nil
}

// replay accepts events that began and ended while opsbot was disconnected.
func (w *Watcher) replay(ctx context.Context) error {
	replayer, ok := w.o.Client.(Replayer)
	if !ok {
		return nil
	}
	for range maxReplays {
		events, next, more, err := replayer.Replay(ctx, w.mark)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		if err := w.ledger.Receive(ctx, events...); err != nil {
			return fmt.Errorf("accept replayed events: %w", err)
		}
		if err := w.keep(ctx, next); err != nil || !more {
			return err
		}
	}
	w.Wake()
	return nil
}

// keep stores the position up to which the source was read. What is read twice is known already.
func (w *Watcher) keep(ctx context.Context, mark string) error {
	if mark == w.mark || w.o.Marks == nil {
		return nil
	}
	if err := w.o.Marks.SaveMark(ctx, w.o.Name, mark); err != nil {
		return &Fault{Reason: model.NewReason(model.ReasonSourceStore, "said", said(err)), Err: err}
	}
	w.mark = mark
	return nil
}

// received records the outcome of an attempt to reach the source.
func (w *Watcher) received(err error) {
	now := w.o.Now()
	if err == nil {
		w.connection.found(now)
		return
	}
	if w.connection.lost(w.o.Redact.Reason(AsFault(err).Reason), now) {
		w.o.Log(err)
	}
}

// report reports to the Sink that the source is disconnected, or connected again, once each; it reports whether the Sink has it.
func (w *Watcher) report(ctx context.Context) bool {
	why, due := w.connection.news(w.o.Now(), w.o.DisconnectedAfter)
	if !due {
		return true
	}
	if err := w.ledger.say(ctx, why); err != nil {
		w.o.Log(fmt.Errorf("report the source's connection: %w", err))
		return false
	}
	w.connection.syncState(!why.IsZero())
	return true
}

// backoff is the pause after that many consecutive failures.
func backoff(failures int) time.Duration {
	return min(time.Second<<min(failures-1, 10), maxBackoff)
}

// caught turns a panic of a client into an error: one bad source must not stop the rest.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the client panicked: %v", p)
	}
}
