package opsbot

import (
	"context"
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
