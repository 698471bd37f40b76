package opsbot

import "time"

// HeartbeatEvent is what a job says of its run.
type HeartbeatEvent uint8

// The events.
const (
	HeartbeatFinish HeartbeatEvent = iota // it ended well
	HeartbeatStart                        // it began
	HeartbeatFail                         // it ended badly
)

var heartbeatNames = [...]string{HeartbeatFinish: "finish", HeartbeatStart: "start", HeartbeatFail: "fail"}

// String returns "finish", "start" or "fail".
func (e HeartbeatEvent) String() string { return enumName(heartbeatNames[:], uint8(e)) }

// UnmarshalText reads the name.
func (e *HeartbeatEvent) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(e), heartbeatNames[:], "event", text)
}

// HeartbeatCall is one call of a job.
type HeartbeatCall struct {
	Event HeartbeatEvent
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
func (h Heartbeat) After(b HeartbeatCall) Heartbeat {
	if h.Known.IsZero() {
		h.Known = b.At
	}
	switch {
	case b.Event != HeartbeatStart:
		h.Started, h.Ended = time.Time{}, b.At
		h.Failed, h.Code, h.Said = b.Event == HeartbeatFail, b.Code, b.Said
	case h.Started.IsZero():
		h.Started = b.At
	}
	return h
}
