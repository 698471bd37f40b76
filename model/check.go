package model

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"
)

// CheckID names a check: "clientA/reports@web1" for a web endpoint, "main-db" for a standalone one. It is stable across
// restarts and reloads: state is stored under it.
type CheckID string

// EndpointCheckID is the id of the check of one service of one client on one host.
func EndpointCheckID(client, service, host string) CheckID {
	return CheckID(client + "/" + service + "@" + host)
}

// Checker runs once and returns what it found. It knows no timer, no retry, no store and no alert; those belong to the
// engine and to package alerts. It returns soon after ctx ends, and is safe for concurrent use. It fills Status, Reason,
// Phases and Address; the engine fills the rest.
type Checker interface {
	Check(ctx context.Context) Result
}

// Check is one scheduled test. It is immutable once it is part of an Inventory.
type Check struct {
	ID       CheckID
	Kind     string // "web", "tcp": a name in the table of package checks
	Schedule Schedule
	Timeout  time.Duration // of one attempt
	Retries  int           // further attempts within the same run after a failure
	Checker  Checker

	Failures     Limit         // results that make it down
	Recoveries   int           // consecutive ok results that make it ok again, at least 1
	ConfirmEvery time.Duration // interval of re-checks after a first failure, until the state is decided; 0 turns them off
	Latched      bool          // once down it stays down until a person resets it (`reset = "manual"`)

	Severity Severity     // of a standalone check; an endpoint's follows from the verdict of its service
	Hours    *ActiveHours // when notifications may be sent; nil inherits
	Comment  string       // what the person on call should do
	Runbook  string       // the same at length, a link as a rule; of a standalone check
	Labels   Labels
	Endpoint *Endpoint // nil for a standalone check
}

// Result is the outcome of one run of a check.
type Result struct {
	Check           CheckID
	Status          Status
	Reason          Reason    // zero when Status is StatusOK
	Due             time.Time // what orders the runs of a check: a state takes in no result that is not newer than it. Zero: it is newer than all
	At              time.Time
	Took            time.Duration // of the whole run, retries included
	Phases          Phases        // of the last attempt
	Tries           int           // attempts made; 1 if the first was conclusive
	Address         string        // last dialled host:port; may be empty
	Expires         time.Time     // of the certificate that the target presented; zero if there was none
	RegisteredUntil time.Time     // of a domain; zero if that is not known
	Values          []Reason      // what was measured, fine or not; nil where that is the time alone
	Hosts           []string      // Host.Name of the inventory, of a standalone check that fails on these alone; nil if it is about no host
}

// Phases is how long each phase of one attempt took; a phase that was not reached is 0.
type Phases struct {
	Resolve, Connect, TLS, FirstByte, Body time.Duration
}

// Limit is how many results make a check down: N in a row (M is 0), or N of the last M.
type Limit struct{ N, M int }

// Status is what one run of a check found. Its zero value is StatusUnknown, so that an unfilled result never counts as ok.
type Status uint8

// The possible outcomes of a check.
const (
	StatusUnknown Status = iota // could not be determined: our own network is down, or access was denied
	StatusOK                    // found what was expected
	StatusFail                  // found something else, or nothing
)

var statusNames = [...]string{StatusUnknown: "unknown", StatusOK: "ok", StatusFail: "fail"}

// String returns "unknown", "ok" or "fail".
func (s Status) String() string { return enumName(statusNames[:], uint8(s)) }

// MarshalText writes the name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name.
func (s *Status) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(s), statusNames[:], "status", text)
}

// Severity is how urgent a notification is. Its zero value is SeverityInfo; a config that omits it must set its own default.
type Severity uint8

// The severities, in rising order: they compare with < and >.
const (
	SeverityInfo Severity = iota
	SeverityWarning
	SeverityCritical
)

var severityNames = [...]string{SeverityInfo: "info", SeverityWarning: "warning", SeverityCritical: "critical"}

// String returns "info", "warning" or "critical".
func (s Severity) String() string { return enumName(severityNames[:], uint8(s)) }

// MarshalText writes the name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name.
func (s *Severity) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(s), severityNames[:], "severity", text)
}

func enumName(names []string, v uint8) string {
	if int(v) >= len(names) {
		return fmt.Sprintf("invalid(%d)", v)
	}
	return names[v]
}

func enumParse(dst *uint8, names []string, what string, text []byte) error {
	for i, name := range names {
		if name == string(text) {
			*dst = uint8(i) //nolint:gosec // an index into a short table of names
			return nil
		}
	}
	return oneOf(what, text, names)
}

// HeartbeatEvent is what a job reports about its run.
type HeartbeatEvent uint8

// The events.
const (
	HeartbeatFinish HeartbeatEvent = iota // it succeeded
	HeartbeatStart                        // it began
	HeartbeatFail                         // it failed
)

var heartbeatNames = [...]string{HeartbeatFinish: "finish", HeartbeatStart: "start", HeartbeatFail: "fail"}

// String returns "finish", "start" or "fail".
func (e HeartbeatEvent) String() string { return enumName(heartbeatNames[:], uint8(e)) }

// UnmarshalText reads the name.
func (e *HeartbeatEvent) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(e), heartbeatNames[:], "event", text)
}

// HeartbeatCall is one heartbeat sent by a job.
type HeartbeatCall struct {
	Event HeartbeatEvent
	At    time.Time
	Code  int    // exit code of a failed run; 0: not given
	Said  string // first line of its error message; may be empty
}

// Heartbeat is the state of a job according to its calls so far.
type Heartbeat struct {
	Known   time.Time `json:"known"`            // when its check was first evaluated: calls are expected from then on
	Started time.Time `json:"started,omitzero"` // start of the run in progress; zero: none
	Ended   time.Time `json:"ended,omitzero"`   // when a run last ended; zero: never
	Failed  bool      `json:"failed,omitempty"` // the last run failed
	Code    int       `json:"code,omitempty"`   // its exit code; 0: not given
	Said    string    `json:"said,omitempty"`   // its error message

	Elapsed HeartbeatTimes `json:"-"` // the same times, for lengths that are counted from them; zero: the ones above
}

// HeartbeatTimes are the times of a Heartbeat with elapsed time: the wall clock may have been set since.
type HeartbeatTimes struct{ Known, Started, Ended time.Time }

// Lengths is the Heartbeat with the times from which lengths are counted.
func (h Heartbeat) Lengths() Heartbeat {
	if h.Elapsed != (HeartbeatTimes{}) {
		h.Known, h.Started, h.Ended = h.Elapsed.Known, h.Elapsed.Started, h.Elapsed.Ended
	}
	return h
}

// After returns the state after one more call. A repeated start changes nothing: either the call was repeated, or the
// previous run was lost, which must not hide how long no run has ended. Repeated and late calls are harmless.
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

// Environment is what a check's options may refer to on the machine where opsbot runs.
type Environment struct {
	Dir        string         // of the main configuration file: relative paths are resolved against it
	LocalIP    string         // the machine's own address; "" if unknown
	Zone       *time.Location // of cron expressions; nil is the machine's
	Listens    bool           // whether the web listener is configured
	ExternalIP string         // the machine's address as seen from outside; "" if not configured
}

// EnvironmentUser is implemented by options of a check that refer to the Environment.
type EnvironmentUser interface {
	// SetEnvironment is called before the options are validated.
	SetEnvironment(e Environment)
}

// Path resolves path against Dir.
func (s Environment) Path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Dir, path)
}

// Expand replaces {local_ip} and {external_ip} with the addresses, IPv6 in brackets. missing lists the placeholders used
// whose address is unknown.
func (s Environment) Expand(text string) (expanded string, missing []string) {
	for _, p := range []struct{ name, address string }{{"{local_ip}", s.LocalIP}, {"{external_ip}", s.ExternalIP}} {
		switch {
		case !strings.Contains(text, p.name):
		case p.address == "":
			missing = append(missing, p.name)
		default:
			text = strings.ReplaceAll(text, p.name, bracketed(p.address))
		}
	}
	return text, missing
}

func bracketed(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() {
		return "[" + address + "]"
	}
	return address
}
