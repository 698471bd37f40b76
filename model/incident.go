package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// IncidentID numbers incidents from 1, in the order of their opening; people see it as #12, those limited to clients a number of their own.
type IncidentID int64

// ParseIncidentID reads "12" or "#12". ErrNoIncident when that is no number of an incident.
func ParseIncidentID(word string) (IncidentID, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(word, "#"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &Error{Code: ErrNoIncident, Args: map[string]string{"word": Clip(word, 32)}}
	}
	return IncidentID(id), nil
}

// IncidentKind says what an incident is about. A higher root parent inhibits lower incidents, which are attached to it.
type IncidentKind string

// The kinds, lowest first.
const (
	IncidentCheck        IncidentKind = "check"        // a standalone check is down
	IncidentService      IncidentKind = "service"      // a client's service is not ok
	IncidentHost         IncidentKind = "host"         // every endpoint on a host fails
	IncidentStorm        IncidentKind = "storm"        // many incidents at once
	IncidentEventGroup   IncidentKind = "event_group"  // events of sources about hosts, and their impact
	IncidentSource       IncidentKind = "source"       // a source of events is disconnected
	IncidentPage         IncidentKind = "page"         // somebody had somebody paged
	IncidentConnectivity IncidentKind = "connectivity" // opsbot itself is offline: its own network is down
)

// Incident is a problem with a beginning, a cause and an end. Inside a Snapshot it is a copy of that time.
type Incident struct {
	ID IncidentID `json:"id"`
	// StoredID is the id by which it is stored once ID is a limited reader's own number (Numbering); 0 before that.
	StoredID IncidentID   `json:"-"`
	Kind     IncidentKind `json:"kind"`

	Check      CheckID `json:"check,omitempty"` // of IncidentCheck
	ServiceKey         // of IncidentService
	Host       string  `json:"host,omitempty"`   // of IncidentHost
	Source     string  `json:"source,omitempty"` // of IncidentSource

	Severity Severity   `json:"severity"` // now; only a rise is notified
	Worst    Severity   `json:"worst"`    // the highest it ever had
	Reason   Reason     `json:"reason"`   // of the whole incident: "web1: refused or timed out"
	OpenedAt time.Time  `json:"opened_at"`
	ClosedAt time.Time  `json:"closed_at,omitzero"` // zero while open
	Parent   IncidentID `json:"parent,omitempty"`   // the incident it is attached to; 0 if none
	// Storms are the storms that it is part of for readers limited to clients, by Scope.Key; Parent is the one of those who see everything.
	Storms map[string]IncidentID `json:"storms,omitempty"`

	Failing  []FailingCheck `json:"failing,omitempty"`  // what is down now, by id
	Affected []ServiceState `json:"affected,omitempty"` // the affected services, worst first
	Comment  string         `json:"comment,omitempty"`  // what to do, from the config

	Storm      *Storm      `json:"storm,omitempty"`       // of IncidentStorm
	Readers    Scope       `json:"readers,omitzero"`      // of IncidentStorm: whose storm it is, by what they see; nobody else sees it
	EventGroup *EventGroup `json:"event_group,omitempty"` // of IncidentEventGroup
	Flap       *Flap       `json:"flap,omitempty"`        // it is flapping: the incident stays open until that ends
	Acks       []Ack       `json:"acks,omitempty"`        // who acknowledged it, the earliest first: one for each scope

	WorksSince time.Time  `json:"works_since,omitzero"` // since when a latched check works again and waits for a reset
	Logs       []LogGroup `json:"logs,omitempty"`       // log lines of its hosts around its beginning, the few most relevant; only for unlimited scopes

	MutedUntil   time.Time `json:"muted_until,omitzero"`   // in a snapshot: the end of the mutes that cover all of it
	Acknowledged bool      `json:"acknowledged,omitempty"` // in a snapshot: its Acks cover all of it

	Paged []Paged `json:"paged,omitempty"` // in a snapshot: who is paged of it; only for unlimited scopes

	Notes []Note `json:"notes,omitempty"` // what people wrote about it, the earliest first

	Place   *SharedPlace `json:"place,omitempty"`   // in a snapshot: where its hosts stand
	Runbook string       `json:"runbook,omitempty"` // in a snapshot: of the check or the service, from the config
	Guides  []Guide      `json:"guides,omitempty"`  // in a snapshot: what to do for the worst affected clients
}

// Key identifies what the incident is about: "host:web1", "service:clientA/reports", "check:main-db", "storm:12",
// "event_group:13", "page:14", "source:icinga", "connectivity". It is unique among open incidents.
func (in *Incident) Key() string {
	switch in.Kind {
	case IncidentHost:
		return "host:" + in.Host
	case IncidentService:
		return "service:" + in.String()
	case IncidentStorm:
		return "storm:" + strconv.FormatInt(int64(in.ID), 10) // a second one may begin while the first is still open
	case IncidentEventGroup:
		return "event_group:" + strconv.FormatInt(int64(in.ID), 10)
	case IncidentSource:
		return "source:" + in.Source
	case IncidentPage:
		return "page:" + strconv.FormatInt(int64(in.ID), 10)
	case IncidentConnectivity:
		return string(IncidentConnectivity)
	default:
		return "check:" + string(in.Check)
	}
}

// Gathered reports whether it consists of other incidents, or of events: it covers more than it names, and edits of its cards are
// rate limited.
func (in *Incident) Gathered() bool { return in.Kind == IncidentStorm || in.Kind == IncidentEventGroup }

// Open reports whether it has not ended.
func (in *Incident) Open() bool { return in.ClosedAt.IsZero() }

// Storm is the content of a storm. Its incidents have it as their Parent.
type Storm struct {
	Total     int       `json:"total"`               // incidents ever attached
	Open      int       `json:"open"`                // of these, still broken
	Clients   int       `json:"clients"`             // affected by the open ones
	Down      int       `json:"down"`                // of these, clients with a service that is down
	Services  int       `json:"services"`            // affected by the open ones; Incident.Affected has the worst of them
	Hosts     []string  `json:"hosts,omitempty"`     // failing as a whole, by name, the first few
	HostsAll  int       `json:"hosts_all,omitempty"` // how many there are
	Checks    []CheckID `json:"checks,omitempty"`    // standalone ones, the first few
	ChecksAll int       `json:"checks_all,omitempty"`
	LastAt    time.Time `json:"last_at"`         // when the last one was attached
	Cause     *Cause    `json:"cause,omitempty"` // what the failures have in common; nil if there are too few to tell

	Place *SharedPlace   `json:"place,omitempty"` // where the failing hosts stand
	Worst []ServiceState `json:"worst,omitempty"` // the worst states that services reached in it, the worst first
	Most  StormSize      `json:"most,omitzero"`   // the most that it hit at one time

	// Parts are all incidents of a storm of at most ListedStorm, those that ended too, worst first. Of a larger one there are none.
	Parts []Incident `json:"parts,omitempty"`
}

// StormSize is how much a storm hits.
type StormSize struct {
	Clients int `json:"clients,omitempty"`
	Down    int `json:"down,omitempty"` // of these, clients with a service that is down
	Hosts   int `json:"hosts,omitempty"`
}

// The sizes of storms.
const (
	SmallStorm  = 3 // incidents of one at most that is notified by the names of what it hits, instead of their number
	ListedStorm = 8 // of one at most whose card lists each of them with its reason: what fits a phone
)

// Small reports whether a storm is notified by the names of what it hits.
func (s *Storm) Small() bool { return s != nil && len(s.Parts) > 0 && len(s.Parts) <= SmallStorm }

// Flap is the state of an incident that flaps.
type Flap struct {
	Changes   int       `json:"changes"`         // from broken to working and back, including earlier incidents of the same key
	ChangedAt time.Time `json:"changed_at"`      // the last of them
	Works     bool      `json:"works,omitempty"` // works right now
}

// Rests reports whether a flapping problem is absent right now.
func (f *Flap) Rests() bool { return f != nil && f.Works }

// FailingCheck is one check of an incident that is down.
type FailingCheck struct {
	Check  CheckID   `json:"check"`
	Reason Reason    `json:"reason"`
	Since  time.Time `json:"since"` // since when it has been down
	Before bool      `json:"before,omitempty"`
}

// ServiceState is the state of a client's service.
type ServiceState struct {
	ServiceKey
	Tally
	Verdict Verdict `json:"verdict"`
	Need    int     `json:"need"`
	Tier    string  `json:"tier,omitempty"`
}

// Severity is that of its verdict.
func (s *ServiceState) Severity() Severity { return s.Verdict.Severity(s.Tier) }

// CompareStates orders services worst first, then by name; for slices.SortFunc.
func CompareStates(a, b ServiceState) int {
	if worse := CompareBadness(a, b); worse != 0 {
		return worse
	}
	return CompareNatural(a.String(), b.String())
}

// CompareBadness orders services worst first.
func CompareBadness(a, b ServiceState) int {
	return cmp.Or(cmp.Compare(b.Severity(), a.Severity()), cmp.Compare(b.Verdict, a.Verdict))
}

// CompareIncidents orders incidents worst first: what is not over but works right now last, within one severity what is down before what
// is at risk, then by number.
func CompareIncidents(a, b *Incident) int {
	if waits := a.Condition().waits(); waits != b.Condition().waits() {
		if waits {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.worst(), a.worst()), cmp.Compare(a.ID, b.ID))
}

// worst is the worst verdict among the affected services; a check of its own is down, or unknown.
func (in *Incident) worst() Verdict {
	worst := VerdictOK
	switch {
	case in.Reason.Code == ReasonUnknownLong:
		worst = VerdictUnknown
	case in.Kind == IncidentCheck, in.Kind == IncidentConnectivity, in.Kind == IncidentSource, in.Kind == IncidentPage:
		worst = VerdictDown
	}
	for i := range in.Affected {
		worst = max(worst, in.Affected[i].Verdict)
	}
	return worst
}

// CheckPhase is the judged state of a check.
type CheckPhase uint8

// The phases.
const (
	PhaseOK      CheckPhase = iota // works, or has not met the limit for anything else
	PhaseFailing                   // fails, below its limit
	PhaseDown                      // reached its limit of failures, and has not recovered
)

var phaseNames = [...]string{PhaseOK: "ok", PhaseFailing: "failing", PhaseDown: "down"}

// String returns "ok", "failing" or "down".
func (p CheckPhase) String() string { return enumName(phaseNames[:], uint8(p)) }

// MarshalText writes the name.
func (p CheckPhase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the name.
func (p *CheckPhase) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(p), phaseNames[:], "phase", text)
}

// CheckState is the stored state of a check. The zero value is the state of one that never ran.
type CheckState struct {
	Phase           CheckPhase `json:"phase"`
	Remembered      bool       `json:"remembered,omitempty"`      // its transitions are stored; otherwise it has been ok since Since
	Count           int        `json:"count,omitempty"`           // consecutive failures below the limit; consecutive ok results while down
	Window          uint64     `json:"window,omitempty"`          // of "N of M": the last outcomes, newest in bit 0, 1 is a failure
	Since           time.Time  `json:"since,omitzero"`            // of Phase
	FailedSince     time.Time  `json:"failed_since,omitzero"`     // the first of the failures that led to Phase; zero while ok
	WorksSince      time.Time  `json:"works_since,omitzero"`      // while it is latched down although it works
	UnknownSince    time.Time  `json:"unknown_since,omitzero"`    // zero if the last result was not unknown
	Status          Status     `json:"status"`                    // of the last result
	Reason          Reason     `json:"reason,omitzero"`           // of the last result that was not ok
	At              time.Time  `json:"at,omitzero"`               // of the last result; not exact across restarts
	Due             time.Time  `json:"due,omitzero"`              // Result.Due of the newest result; as exact across restarts as what it changed
	Expires         time.Time  `json:"expires,omitzero"`          // of the certificate last seen; zero if there is none
	RegisteredUntil time.Time  `json:"registered_until,omitzero"` // the domain of the check; zero if that is not known
	Hosts           []string   `json:"hosts,omitempty"`           // Result.Hosts of the last failure; nil while ok
	Measured        Measured   `json:"-"`                         // by the last run since the start
}

// NotOKSince is since when it has not been ok, as far as is stored; zero if it is.
func (s *CheckState) NotOKSince() time.Time {
	switch s.Status {
	case StatusOK:
		return time.Time{}
	case StatusUnknown:
		if s.Phase == PhaseOK {
			return s.UnknownSince
		}
	}
	if s.FailedSince.IsZero() { // stored by an earlier version
		return s.Since
	}
	return s.FailedSince
}

// EndpointState is the state of an endpoint whose verification was requested at asked; zero: it was not.
func (s *CheckState) EndpointState(asked time.Time) EndpointState {
	l := EndpointState{Status: s.Status, Fresh: !asked.IsZero() && !s.At.Before(asked), Since: s.NotOKSince()}
	if s.At.IsZero() {
		l.Status = StatusUnknown
	}
	return l
}

// Host is the host in the id of an endpoint's check; "" for a standalone one.
func (id CheckID) Host() string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '@' {
			return string(id[i+1:])
		}
	}
	return ""
}

// Hosts are the hosts that an incident is about, without duplicates: for an event group, those not verified to work. A gathered
// incident names the first few.
func (in *Incident) Hosts() []string {
	var hosts []string
	add := func(name string) {
		if name != "" && !slices.Contains(hosts, name) {
			hosts = append(hosts, name)
		}
	}
	add(in.Host)
	for i := range in.Failing {
		add(in.Failing[i].Check.Host())
	}
	if in.EventGroup != nil {
		for _, name := range in.EventGroup.Hosts {
			if !slices.Contains(in.EventGroup.Refuted, name) {
				add(name)
			}
		}
	}
	if in.Storm != nil {
		for _, name := range in.Storm.Hosts {
			add(name)
		}
	}
	return hosts
}

// Began is when the problem began, as far as is known: before the incident was opened.
func (in *Incident) Began() time.Time {
	began := in.OpenedAt
	if in.EventGroup != nil && !in.EventGroup.Since.IsZero() && in.EventGroup.Since.Before(began) {
		began = in.EventGroup.Since
	}
	for i := range in.Failing {
		if since := in.Failing[i].Since; !since.IsZero() && !in.Failing[i].Before && since.Before(began) {
			began = since
		}
	}
	return began
}
