package model

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"
)

// CheckID names a check: "clientA/reports@web1" for a web endpoint, "main-db" for a standalone one. It is stable
// across restarts and reloads: state is kept under it.
type CheckID string

// EndpointCheckID is the id of the check of one service of one client on one host.
func EndpointCheckID(client, service, host string) CheckID {
	return CheckID(client + "/" + service + "@" + host)
}

// Checker looks once and says what it saw. It knows no timer, no retry, no store and no alert; those are the engine's
// and the stages' business. It returns soon after ctx ends, and may be called from several goroutines at once.
// It fills Status, Reason, Phases and Address; the engine fills the rest.
type Checker interface {
	Check(ctx context.Context) Result
}

// Check is one test on a schedule. It is immutable once it is part of an Inventory.
type Check struct {
	ID       CheckID
	Kind     string // "web", "tcp": a name in the table of package checks
	Schedule Schedule
	Timeout  time.Duration // of one try
	Retries  int           // further tries within the same run, after a failed one
	Checker  Checker

	Failures     Limit         // results that make it down
	Recoveries   int           // ok results in a row that make it ok again, at least 1
	ConfirmEvery time.Duration // pace of repeats after a first failure, until it is judged; 0 turns that off
	Latched      bool          // once down it stays down until someone re-arms it (`rearm = "manual"`)

	Severity Severity     // of a standalone check; endpoints take theirs from the verdict
	Hours    *ActiveHours // when it may be told; nil inherits
	Comment  string       // what the person who is woken should do
	Labels   Labels
	Endpoint *Endpoint // nil for a standalone check
}

// Result is one outcome of one check.
type Result struct {
	Check   CheckID
	Status  Status
	Reason  Reason // zero when Status is StatusOK
	At      time.Time
	Took    time.Duration // of the whole run, retries included
	Phases  Phases        // of the last try
	Tries   int           // 1 when the first try settled it
	Address string        // what was dialled last, host:port; may be empty
	Expires time.Time     // of the certificate that the target showed; zero where none was seen
}

// Phases is where the time of one try went; a phase that was not reached is 0.
type Phases struct {
	Resolve, Connect, TLS, FirstByte, Body time.Duration
}

// Limit is how many results make a check down: N in a row (M is 0), or N of the last M.
type Limit struct{ N, M int }

// Status is what one run of a check found. Its zero value is StatusUnknown, so that a result nobody
// filled in can never be shown as fine.
type Status uint8

// The three values a check can find.
const (
	StatusUnknown Status = iota // could not be judged: our own network is away, access was refused to us
	StatusOK                    // seen what was wanted
	StatusFail                  // seen something else, or nothing
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

// Severity says how loudly something is told. Its zero value is SeverityInfo; a config that leaves it out
// must set its own default.
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
			*dst = uint8(i) //nolint:gosec // an index into a table of a handful of names
			return nil
		}
	}
	return &ValueError{What: what, Got: string(text), Allowed: names}
}

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

// Environment are what the options of a check may refer to of the place where opsbot runs.
type Environment struct {
	Dir        string         // of the main configuration file: relative paths begin here
	LocalIP    string         // the machine's own address; "" when it is not known
	Zone       *time.Location // of cron expressions; nil is the machine's
	Listens    bool           // whether the web listener is set, which others can call
	ExternalIP string         // the address it is seen by from outside; "" when none is configured
}

// EnvironmentUser is implemented by options of a check that refer to the Environment.
type EnvironmentUser interface {
	// SetEnvironment is called before the options are validated.
	SetEnvironment(e Environment)
}

// Path is path as seen from Dir.
func (s Environment) Path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Dir, path)
}

// Expand puts the addresses in place of {local_ip} and {external_ip}, an IPv6 address in brackets. missing names those
// that are wanted and not known.
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
