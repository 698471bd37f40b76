package model

import (
	"math"
	"time"
)

// Span is a length of time: From belongs to it, To does not.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Length is how long it lasts; an end before its beginning is no time at all.
func (s Span) Length() time.Duration { return max(0, s.To.Sub(s.From)) }

// Has reports whether a moment lies in it.
func (s Span) Has(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// Latency is how long good answers took. The zero Latency is of no answers.
type Latency struct {
	P50 time.Duration `json:"p50"`
	P95 time.Duration `json:"p95"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

// Counts are results of a time, by their status.
type Counts struct {
	OK      int `json:"ok"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
}

// Total is how many results there were.
func (c Counts) Total() int { return c.OK + c.Failed + c.Unknown }

// Series is how something was over a time, in steps of the same length.
type Series struct {
	Span
	Step   time.Duration
	Points []SeriesPoint // one for each step, the first begins at From
}

// SeriesPoint is one step of a Series. Without results nothing is known of it: that is not "well". The times are the mean of
// the checks; Up + Down + Unknown + Unmeasured + Excused is the step, or what of it lies in the span, but for what rounding takes.
type SeriesPoint struct {
	Counts
	Latency
	Up         time.Duration
	Down       time.Duration // of the step, judged down
	Unknown    time.Duration
	Unmeasured time.Duration
	Excused    time.Duration
	Outages    int // that begin in it, of all the checks
}

// UpShare is the part of a time in which something was up: what is known of it counts, and nothing else. Known is 0
// when nothing is known; then there is no share.
type UpShare struct {
	Up    time.Duration `json:"up"`
	Known time.Duration `json:"known"` // up or down, without what is excused
}

// Percent is 0 to 100; ok is false when nothing is known.
func (u UpShare) Percent() (percent float64, ok bool) {
	if u.Known <= 0 {
		return 0, false
	}
	return 100 * float64(u.Up) / float64(u.Known), true
}

// ServicePast is how one client's service was over a time: it is up while at least min_up of its endpoints are not down, by
// Tally.Verdict over those that are measured at the moment. All times are parts of the span; Up + Down + Unknown + Unmeasured +
// Excused is all of it. While an endpoint that belongs to it is about to be seen for the first time, what hangs on that one is
// unmeasured. A moment is excused when all its measured endpoints are in planned maintenance, or when it would be
// up if those in maintenance were.
type ServicePast struct {
	ServiceKey
	Up         time.Duration
	Down       time.Duration // judged down, outside what is excused
	Unknown    time.Duration // could not be judged
	Unmeasured time.Duration // opsbot did not run, or did not know the service yet
	Excused    time.Duration // planned maintenance
	Outages    int           // how often it was down; one that began before the span counts, one that is all excused does not
	Counts                   // of the results of all its endpoints
	Latency
	Endpoints []EndpointPast // by host
}

// Share is what of the known time it was up.
func (p *ServicePast) Share() UpShare { return UpShare{Up: p.Up, Known: p.Up + p.Down} }

// EndpointPast is how one endpoint, or a standalone check, was over a time: it is up while it is not down and its last result
// could be judged; all of a planned maintenance is excused.
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

// Share is what of the known time it was up.
func (p *EndpointPast) Share() UpShare { return UpShare{Up: p.Up, Known: p.Up + p.Down} }

// Transition is a change of what is known of a check. From it on, until the next one of the check, it is in this state. Before
// its first one, nothing was known. That a check that is new, or came back, is ok is not stored as one as long as nothing else happens to
// it: its CheckState says so (Remembered), and thousands of checks that are well cost nothing.
type Transition struct {
	Check  CheckID    `json:"check"`
	At     time.Time  `json:"at"`
	Phase  CheckPhase `json:"phase"`           // ok, failing or down
	Status Status     `json:"status"`          // of the result that made it: unknown while it could not be judged
	Reason Reason     `json:"reason,omitzero"` // of a result that was not ok
	Gone   bool       `json:"gone,omitempty"`  // it left the inventory: from here on nothing is known of it
}

// PackKind says what a Pack holds.
type PackKind uint8

// The kinds.
const (
	PackRounds PackKind = iota // results, one by one
	PackHours                  // what results of a whole hour were together
)

// Pack is what is remembered of the results of a group of checks over a part of one hour (UTC). Its body is package history's
// to read.
type Pack struct {
	Kind  PackKind
	Group int
	Span
	Body []byte
}

// PackQuery picks packs: of one kind, of some groups, that begin in a span.
type PackQuery struct {
	Kind   PackKind
	Groups []int
	Span
}

// ClientPast is how a client's services were over a time, for a report of it.
type ClientPast struct {
	Client    Client
	Span                         // up to now at most
	Asked     string             // as it was asked for: "2026-10", "7d"
	Whole     bool               // the time was over when it was asked
	Services  []ServicePast      // worst first: those that missed what was promised by most
	Removed   map[string]bool    // services that were measured in the time and are no longer in the inventory
	Promised  map[string]float64 // percent, by service; those without a promise are not in it
	Incidents []Incident         // that touched it, the earliest first; those that another one of them explains are left out
	More      bool               // there were more incidents than could be read
	KeptFrom  time.Time          // incidents that ended before it are no longer known; zero where that is before From
	Series    Series             // of all its endpoints together; without points when that is not known
}

// IncidentsKept is how long a closed incident is kept.
const IncidentsKept = 400 * Day

// Allowed is how long a service may be down within the known time by what was promised, in percent; to a microsecond, since
// percentages have no exact number.
func Allowed(known time.Duration, promised float64) time.Duration {
	return time.Duration(math.Round(float64(known)*(100-promised)/100/1000)) * time.Microsecond
}
