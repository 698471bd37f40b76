// Package inbound hears the systems that send events: Alertmanager, Icinga, Zabbix, and whatever can send JSON.
//
// Hooks and streams are hints; what a source answers when it is asked is the truth. A Ledger keeps what is known of a
// source's events and says what changed; a Watcher asks, listens and asks again; a Hook takes what is sent. Each system has a
// subfolder with one client, which is used for events, for writing back, and for the hosts that it knows. Nothing here knows
// chats, incidents or the inventory.
package inbound

import (
	"context"
	"errors"
	"time"

	"opsbot/model"
)

// Sink takes what changed. It is called by one goroutine of a source at a time.
type Sink interface {
	// Events takes events as they are now, each whole. Without an error they are on the disk. They may come again.
	Events(ctx context.Context, changed []model.Event) error
	// Source says that the source has been silent for too long, and why; the zero Reason: it is heard again.
	Source(ctx context.Context, name string, why model.Reason) error
}

// Memory is what was known of a source's events when the program ended.
type Memory struct {
	Events []model.Event // those that stand, and those that ended within RememberEnded
	Mark   string        // of Replayer
	// Answered is when the source was last heard; zero where that is not known. What came and went since then may be unseen.
	Answered time.Time
}

// RememberEnded is how long the end of an event is remembered: what a hook says late of an episode must not open it again.
const RememberEnded = 48 * time.Hour

// Marks keeps how far a source's events were read.
type Marks interface {
	SaveMark(ctx context.Context, source, mark string) error
}

// Client speaks to one system. Its methods are safe for concurrent use, return soon after ctx ends, and bound what they read.
// An error is a *Fault.
type Client interface {
	// Probe asks who is there and what it lets us do.
	Probe(ctx context.Context) (Probe, error)
	// Snapshot returns every event that stands at the source.
	Snapshot(ctx context.Context) (Snapshot, error)
}

// Probe is what a source says of itself.
type Probe struct {
	Version string
	Missing []model.Reason // rights and features that are wanted and not there
}

// Snapshot is everything that stands at a source at a moment.
type Snapshot struct {
	Events []model.Event // EventKey.Source, SeenAt and ConfirmedAt are left for the Ledger
	// Boot changes when the source was restarted: absence says nothing for a while then. "" where that does not matter.
	Boot string
	// Absences is in how many snapshots in a row an event must be missing before it is over; below 1 is 1.
	Absences int
	// Unsettled: it was started so lately that it may not know yet what stands; absence from it says nothing.
	Unsettled bool
	// Missing is what did not answer though the rest did: one of several members of a cluster.
	Missing []model.Reason
}

// Streamer is a Client whose source tells what happens while it happens.
type Streamer interface {
	// Stream calls ready when the source listens to us, then hear for what comes, until ctx ends or the stream is lost, which is
	// an error. What happened before ready is not told: the caller takes a Snapshot after it.
	Stream(ctx context.Context, ready func(), receive func(model.Event)) error
}

// Replayer is a Client that can tell what came and went while nobody listened.
type Replayer interface {
	// Replay returns events that began after a mark, in their order, at most a bounded number, and the mark after them; more
	// says that there are further ones. With the mark "" it returns none, and the mark of now.
	Replay(ctx context.Context, mark string) (events []model.Event, next string, more bool, err error)
}

// Confirmer is a Client that can find out whether an event that is said to be over really is. Where a Client is none, absence from
// a Snapshot confirms an end.
type Confirmer interface {
	// Confirm reports whether what the event was seen by is alive and says that it is over. It is called for each event that ended,
	// one after the other, and again at later polls while it says no: it is quick, by what it has just learnt for another. After an
	// error no further one is asked for in that poll.
	Confirm(ctx context.Context, e model.Event) (bool, error)
}

// Writer is a Client that can be asked to do something about an event.
type Writer interface {
	// Acknowledge notes at the source that somebody has an event in hand. That it is so already is no error.
	Acknowledge(ctx context.Context, e model.Event, n Note) error
	// Suppress keeps the source quiet about events' objects until a moment, and returns a handle to lift that by. A handle beside
	// an error is of what was set all the same.
	Suppress(ctx context.Context, all []model.Event, n Note) (handle string, err error)
	// Lift ends a Suppress early. That it is over already is no error.
	Expire(ctx context.Context, handle string) error
	// Find returns the handle of what was set with a Note whose Comment ends with a mark and that has not run out; "" when there is
	// nothing of the kind. It is for a Suppress whose answer was lost.
	Find(ctx context.Context, mark string) (handle string, err error)
}

// HostFinder is a Writer that can be kept quiet about hosts of which no event stands.
type HostFinder interface {
	// Objects returns every host that the source knows as an event about it would have it: Object and Names.
	Objects(ctx context.Context) ([]model.Event, error)
}

// Note is what is written at a source beside what is asked.
type Note struct {
	Author  string
	Comment string
	Until   time.Time // of Suppress; of Acknowledge zero is for good
}

// Fault is why a source could not be asked.
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

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// AsFault is the Fault in an error's chain; of an error without one it makes one.
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

// maxSaid bounds what of an error stands in a Reason, in bytes.
const maxSaid = 200

// HostLister is a Client that knows hosts.
type HostLister interface {
	// Hosts returns every host that the source knows, by name.
	Hosts(ctx context.Context) ([]model.FoundHost, error)
}
