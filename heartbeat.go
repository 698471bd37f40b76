package opsbot

import "time"

// BeatEvent is what a job says of its run.
type BeatEvent uint8

// The events.
const (
	BeatFinish BeatEvent = iota // it ended well
	BeatStart                   // it began
	BeatFail                    // it ended badly
)

var beatNames = [...]string{BeatFinish: "finish", BeatStart: "start", BeatFail: "fail"}

// String returns "finish", "start" or "fail".
func (e BeatEvent) String() string { return enumName(beatNames[:], uint8(e)) }

// UnmarshalText reads the name.
func (e *BeatEvent) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(e), beatNames[:], "event", text)
}

// Beat is one call of a job.
type Beat struct {
	Event BeatEvent
	At    time.Time
	Code  int    // exit code of a run that failed; 0: not told
	Said  string // first line of what it said of a failure; may be empty
}

// Heartbeat is what a job has said of itself so far.
type Heartbeat struct {
	Known   time.Time `json:"known"`            // when its check was first looked at: calls are expected from then on
	Started time.Time `json:"started,omitzero"` // when the run began that has not ended; zero: none is under way
	Ended   time.Time `json:"ended,omitzero"`   // when a run last ended; zero: never
	Failed  bool      `json:"failed,omitempty"` // that run failed
	Code    int       `json:"code,omitempty"`   // its exit code; 0: not told
	Said    string    `json:"said,omitempty"`   // what it said
}

// After is what is known after one more call. A second start in a row changes nothing: it is a call that was repeated, or
// the run before it was lost, which must not hide how long nothing has ended. A call that comes again, or late, is harmless.
func (h Heartbeat) After(b Beat) Heartbeat {
	if h.Known.IsZero() {
		h.Known = b.At
	}
	switch {
	case b.Event != BeatStart:
		h.Started, h.Ended = time.Time{}, b.At
		h.Failed, h.Code, h.Said = b.Event == BeatFail, b.Code, b.Said
	case h.Started.IsZero():
		h.Started = b.At
	}
	return h
}
