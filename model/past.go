package model

import (
	"math"
	"time"
)

// Span is a half-open time range: From is in it, To is not.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Length is its duration; 0 if it ends before it begins.
func (s Span) Length() time.Duration { return max(0, s.To.Sub(s.From)) }

// Has reports whether t is in it.
func (s Span) Has(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// Latency is how long ok results took. The zero Latency is of no results.
type Latency struct {
	P50 time.Duration `json:"p50"`
	P95 time.Duration `json:"p95"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

// Counts are results by status.
type Counts struct {
	OK      int `json:"ok"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
}

// Total is the number of results.
func (c Counts) Total() int { return c.OK + c.Failed + c.Unknown }

// Series is a history in steps of equal length.
type Series struct {
	Span
	Step   time.Duration
	Points []SeriesPoint // one for each step, the first begins at From
}

// SeriesPoint is one step of a Series. Without results it is unknown, not ok. The times are the mean of the checks; Up + Down + Unknown +
// Unmeasured + Excused is the step, or its part within the span, except for rounding.
type SeriesPoint struct {
	Counts
	Latency
	Up         time.Duration
	Down       time.Duration // of the step, in the down state
	Unknown    time.Duration
	Unmeasured time.Duration
	Excused    time.Duration
	Outages    int // that begin in it, of all the checks
}

// UpShare is the share of time in which something was up: only known time counts. If Known is 0 there is no share.
type UpShare struct {
	Up    time.Duration `json:"up"`
	Known time.Duration `json:"known"` // up or down, excused time left out
}

// Percent is 0 to 100; ok is false if nothing is known.
func (u UpShare) Percent() (percent float64, ok bool) {
	if u.Known <= 0 {
		return 0, false
	}
	return 100 * float64(u.Up) / float64(u.Known), true
}

// ServicePast is the history of one client's service over a span: it is up while at least min_up of its endpoints are not down, by
// Tally.Verdict over those measured at the time. All times are parts of the span; Up + Down + Unknown + Unmeasured + Excused is all of
// it. While one of its endpoints is yet to have its first result, time that depends on that endpoint is unmeasured. A time is excused if
// all its measured endpoints are in planned maintenance, or if it would be up were those in maintenance up.
type ServicePast struct {
	ServiceKey
	Up         time.Duration
	Down       time.Duration // in the down state, outside excused time
	Unknown    time.Duration // could not be determined
	Unmeasured time.Duration // opsbot did not run, or did not know the service yet
	Excused    time.Duration // planned maintenance
	Outages    int           // number of outages; one that began before the span counts, a fully excused one does not
	Counts                   // of the results of all its endpoints
	Latency
	Endpoints []EndpointPast // by host
}

// Share is the share of known time in which it was up.
func (p *ServicePast) Share() UpShare { return UpShare{Up: p.Up, Known: p.Up + p.Down} }

// EndpointPast is the history of one endpoint, or a standalone check, over a span: it is up while it is not down and its last result is
// not unknown; planned maintenance is always excused.
type EndpointPast struct {
	Check      CheckID
	Host       string // "" of a standalone check
	Up         time.Duration
	Down       time.Duration
	Unknown    time.Duration
	Unmeasured time.Duration
	Excused    time.Duration
	Outages    int
	Counts
	Latency
}

// Share is the share of known time in which it was up.
func (p *EndpointPast) Share() UpShare { return UpShare{Up: p.Up, Known: p.Up + p.Down} }

// Transition is a state change of a check. The check is in this state until its next transition. Before its first one, nothing is known.
// That a new or returned check is ok is not stored as a transition until it changes: its CheckState says so (Remembered), so thousands of
// healthy checks cost nothing.
type Transition struct {
	Check  CheckID    `json:"check"`
	At     time.Time  `json:"at"`
	Phase  CheckPhase `json:"phase"`           // ok, failing or down
	Status Status     `json:"status"`          // of the result that caused it: unknown while undetermined
	Reason Reason     `json:"reason,omitzero"` // of a result that was not ok
	Gone   bool       `json:"gone,omitempty"`  // it left the inventory: its state is unknown from here on
}

// PackKind says what a Pack holds.
type PackKind uint8

// The kinds.
const (
	PackRounds PackKind = iota // single results
	PackHours                  // totals of the results of whole hours
)

// Pack is the stored results of a group of checks over a part of one hour (UTC). Only package history reads its body.
type Pack struct {
	Kind  PackKind
	Group int
	Span
	Body []byte
}

// PackQuery selects packs: of one kind, of some groups, that begin in a span.
type PackQuery struct {
	Kind   PackKind
	Groups []int
	Span
}

// ClientPast is the history of a client's services over a time, for a report.
type ClientPast struct {
	Client    Client
	Span                         // up to now at most
	Asked     string             // as requested: "2026-10", "7d"
	Whole     bool               // the time was over at the request
	Services  []ServicePast      // worst first: those that missed their SLA by most
	Removed   map[string]bool    // services measured in the time that are no longer in the inventory
	Promised  map[string]float64 // SLA in percent, by service; those without one are missing
	Incidents []Incident         // that affected it, the earliest first; as Roots counts them
	More      bool               // there were more incidents than the limit
	Internal  bool               // with hosts, and who acknowledged what: for colleagues
	KeptFrom  time.Time          // earlier closed incidents have been deleted; zero if that is before From
	Series    Series             // of all its endpoints together; without points if unknown
}

// IncidentsKept is how long a closed incident is kept.
const IncidentsKept = 400 * Day

// SurelyKept reports whether a service kept its SLA whatever happened in the time that is not known.
func (p *ClientPast) SurelyKept(s *ServicePast) bool {
	whole := max(0, p.Length()-s.Excused)
	return s.Down+s.Unknown+s.Unmeasured <= Allowed(whole, p.Promised[s.Service])
}

// Allowed is how long a service may be down within the known time under an SLA in percent; rounded to a microsecond, since percentages
// have no exact representation.
func Allowed(known time.Duration, promised float64) time.Duration {
	return time.Duration(math.Round(float64(known)*(100-promised)/100/1000)) * time.Microsecond
}
