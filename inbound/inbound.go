// Package inbound receives events from the systems that send them: Alertmanager, Icinga, Zabbix, and anything that can send JSON.
//
// Hooks and streams are hints; what a source answers when it is polled is the truth. A Ledger holds the state of a source's events
// and reports changes; a Watcher polls, streams, and polls again; a Hook accepts calls. Each system has a subfolder with one
// client, which is used for events, for write-back, and for the list of its hosts. Nothing here knows chats, incidents or the
// inventory.
package inbound

import (
	"context"
	"errors"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// Sink receives changes. It is called by one goroutine of a source at a time.
type Sink interface {
	// Events receives the current state of events, each complete. Without an error they are on the disk. They may be repeated.
	Events(ctx context.Context, changed []model.Event) error
	// Source reports that the source has been disconnected for too long, and why; the zero Reason: it is connected again.
	Source(ctx context.Context, name string, why model.Reason) error
}

// Memory is the state of a source's events when the program ended.
type Memory struct {
	Events []model.Event // active ones, and those that ended within RememberEnded
	Mark   string        // of a Replayer
	// Answered is when the source was last connected; zero if unknown. Events that began and ended since then may be missing.
	Answered time.Time
}

// RememberEnded is how long the end of an event is remembered: a late hook call for an episode must not open it again.
const RememberEnded = 48 * time.Hour

// Marks stores the position up to which a source's events were read.
type Marks interface {
	SaveMark(ctx context.Context, source, mark string) error
}

// Client speaks to one system. Its methods are safe for concurrent use, return soon after ctx ends, and bound what they read. An
// error is a *Fault.
type Client interface {
	// Probe returns the source's version and what it does not let us do.
	Probe(ctx context.Context) (Probe, error)
	// Snapshot returns every active event.
	Snapshot(ctx context.Context) (Snapshot, error)
}

// Probe is what a source reports about itself.
type Probe struct {
	Version string
	Missing []model.Reason // required rights and features that are missing
}

// Snapshot is everything active at a source at one time.
type Snapshot struct {
	Events []model.Event // the Ledger sets EventKey.Source, SeenAt and ConfirmedAt
	// Boot changes when the source was restarted: absence means nothing for a while then. "" if that does not matter.
	Boot string
	// Absences is in how many consecutive snapshots an event must be missing before it has ended; below 1 is 1.
	Absences int
	// Unsettled: it was started so recently that it may not know all active events; absence means nothing.
	Unsettled bool
	// Missing is what did not answer though the rest did: some members of a cluster.
	Missing []model.Reason
	Odd     []payload.Oddity // what was dropped from events
}

// Streamer is a Client whose source pushes changes.
type Streamer interface {
	// Stream calls ready once the source accepts the stream, then receive for each change, until ctx ends or the stream is lost,
	// which is an error. Changes before ready are not reported: the caller takes a Snapshot after it.
	Stream(ctx context.Context, ready func(), receive func(model.Event)) error
}

// Replayer is a Client that can list events that began and ended while opsbot was disconnected.
type Replayer interface {
	// Replay returns events that began after a mark, in their order, at most a bounded number, and the mark after them; more says
	// that there are further ones. With the mark "" it returns none, and the current mark.
	Replay(ctx context.Context, mark string) (events []model.Event, next string, more bool, err error)
}

// Confirmer is a Client that can verify the end of an event. Otherwise, absence from a Snapshot confirms an end.
type Confirmer interface {
	// Confirm reports whether the origin of the event is alive and says that it has ended. It is called for each ended event, one
	// after the other, and again at later polls while it returns false: it must be fast, reusing what it just queried for another.
	// After an error no further event is confirmed in that poll.
	Confirm(ctx context.Context, e model.Event) (bool, error)
}

// Writer is a Client that can change things at the source.
type Writer interface {
	// Acknowledge acknowledges an event at the source. If it is acknowledged already, that is no error.
	Acknowledge(ctx context.Context, e model.Event, n Note) error
	// Unacknowledge takes back the acknowledgement of an event. If it has none, that is no error.
	Unacknowledge(ctx context.Context, e model.Event) error
	// Suppress silences events' objects at the source until a time, and returns a handle for Expire. A handle beside an error is of
	// what was set anyway.
	Suppress(ctx context.Context, all []model.Event, n Note) (handle string, err error)
	// Expire ends a Suppress early. If it is over already, that is no error.
	Expire(ctx context.Context, handle string) error
	// Find returns the handle of what was set with a Note whose Comment ends with a mark and that has not expired; "" if there is
	// none. It is for a Suppress whose answer was lost.
	Find(ctx context.Context, mark string) (handle string, err error)
}

// Batcher is a Writer that acknowledges many events in one call: all of them, or none. Where it declines, some of them may be the cause.
type Batcher interface {
	// AcknowledgeAll is Acknowledge for at most MaxBatch events.
	AcknowledgeAll(ctx context.Context, all []model.Event, n Note) error
	// UnacknowledgeAll is Unacknowledge for at most MaxBatch events.
	UnacknowledgeAll(ctx context.Context, all []model.Event) error
}

// MaxBatch is how many events a Batcher gets at once.
const MaxBatch = acksOfRound

// HostFinder is a Writer that can silence hosts without active events.
type HostFinder interface {
	// Objects returns every host that the source knows, with the fields of an event about it: Object and Names.
	Objects(ctx context.Context) ([]model.Event, error)
}

// Note is the text written at a source with an action.
type Note struct {
	Author  string
	Comment string
	Until   time.Time // of Suppress; of Acknowledge zero is for ever
}

// Fault is why a request to a source failed.
type Fault struct {
	Reason model.Reason // one of the ReasonSource codes
	Err    error
}

// Error names the reason and the cause.
func (f *Fault) Error() string {
	if f.Err == nil {
		return string(f.Reason.Code)
	}
	return string(f.Reason.Code) + ": " + f.Err.Error()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// AsFault is the Fault in an error's chain, or a new one.
func AsFault(err error) *Fault {
	if fault, ok := errors.AsType[*Fault](err); ok {
		return fault
	}
	code := model.ReasonSourceGarbage
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		code = model.ReasonSourceAway
	}
	return &Fault{Reason: model.NewReason(code, "said", line(err.Error(), maxSaid)), Err: err}
}

// maxSaid bounds an error's text in a Reason, in bytes.
const maxSaid = 200

// HostLister is a Client that can list hosts.
type HostLister interface {
	// Hosts returns every host that the source knows, by name.
	Hosts(ctx context.Context) ([]model.FoundHost, error)
}
