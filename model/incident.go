package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// IncidentID numbers incidents from 1, in the order of their opening; people see it as #12.
type IncidentID int64

// ParseIncidentID reads "12" or "#12". ErrNoIncident when that is no number of an incident.
func ParseIncidentID(word string) (IncidentID, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(word, "#"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &Error{Code: ErrNoIncident, Args: map[string]string{"word": Clip(word, 32)}}
	}
	return IncidentID(id), nil
}

// IncidentKind says what an incident is about. A higher root explains lower ones and adopts them.
type IncidentKind string

// The kinds, lowest first.
const (
	IncidentCheck        IncidentKind = "check"        // a standalone check is down
	IncidentService      IncidentKind = "service"      // a client's service is not ok
	IncidentHost         IncidentKind = "host"         // every endpoint on a host fails
	IncidentStorm        IncidentKind = "storm"        // many incidents at once
	IncidentEventGroup   IncidentKind = "event_group"  // what sources say of hosts, and what it means
	IncidentSource       IncidentKind = "source"       // a source of events is silent
	IncidentConnectivity IncidentKind = "connectivity" // opsbot itself cannot see: its own network is away
)

// Incident is a problem with a beginning, a cause and an end. As part of a Snapshot it is a snapshot.
type Incident struct {
	ID   IncidentID   `json:"id"`
	Kind IncidentKind `json:"kind"`

	Check      CheckID `json:"check,omitempty"` // of IncidentCheck
	ServiceKey         // of IncidentService
	Host       string  `json:"host,omitempty"`   // of IncidentHost
	Source     string  `json:"source,omitempty"` // of IncidentSource

	Severity Severity   `json:"severity"` // now; only its rise is told
	Worst    Severity   `json:"worst"`    // the highest that it ever was
	Reason   Reason     `json:"reason"`   // of the whole: "web1: refused or timed out"
	OpenedAt time.Time  `json:"opened_at"`
	ClosedAt time.Time  `json:"closed_at,omitzero"` // zero while open
	Parent   IncidentID `json:"parent,omitempty"`   // the incident that explains it; 0 when it stands by itself

	Failing  []FailingCheck `json:"failing,omitempty"`  // what is down now, by id
	Affected []ServiceState `json:"affected,omitempty"` // the services it touches, worst first
	Comment  string         `json:"comment,omitempty"`  // what to do, from the config

	Storm      *Storm      `json:"storm,omitempty"`       // of IncidentStorm: what it holds
	EventGroup *EventGroup `json:"event_group,omitempty"` // of IncidentEventGroup: what it means
	Flap       *Flap       `json:"flap,omitempty"`        // it comes and goes: the incident stays open until that is over
	Ack        *Ack        `json:"ack,omitempty"`         // who has it in hand

	WorksSince time.Time  `json:"works_since,omitzero"` // a latched check that is fine again and waits for re-arming
	Logs       []LogGroup `json:"logs,omitempty"`       // what the logs of its hosts said around its beginning, the few most telling; only where everything is seen

	MutedUntil time.Time `json:"muted_until,omitzero"` // in a snapshot: the end of the mutes that cover all of it
}

// Key names what the incident is about: "host:web1", "service:clientA/reports", "check:main-db", "storm:12", "event_group:13", "source:icinga", "connectivity". Among open
// incidents it is unique.
func (in *Incident) Key() string {
	switch in.Kind {
	case IncidentHost:
		return "host:" + in.Host
	case IncidentService:
		return "service:" + in.String()
	case IncidentStorm:
		return "storm:" + strconv.FormatInt(int64(in.ID), 10) // a second one may come while the first still stands
	case IncidentEventGroup:
		return "event_group:" + strconv.FormatInt(int64(in.ID), 10)
	case IncidentSource:
		return "source:" + in.Source
	case IncidentConnectivity:
		return string(IncidentConnectivity)
	default:
		return "check:" + string(in.Check)
	}
}

// Gathered reports whether it is made of others, or of events: it is about more than it names, and its cards are edited at a pace.
func (in *Incident) Gathered() bool { return in.Kind == IncidentStorm || in.Kind == IncidentEventGroup }

// Open reports whether it has not ended.
func (in *Incident) Open() bool { return in.ClosedAt.IsZero() }

// Storm is what a storm holds. The incidents in it have it as their Parent.
type Storm struct {
	Total     int       `json:"total"`               // incidents it ever took in
	Open      int       `json:"open"`                // of these, still open
	Clients   int       `json:"clients"`             // that the standing ones touch
	Down      int       `json:"down"`                // of these, clients with a service that is down
	Services  int       `json:"services"`            // touched by the standing ones; Incident.Affected has the worst of them
	Hosts     []string  `json:"hosts,omitempty"`     // failing as a whole, by name, the first few
	HostsAll  int       `json:"hosts_all,omitempty"` // how many there are
	Checks    []CheckID `json:"checks,omitempty"`    // standalone ones, the first few
	ChecksAll int       `json:"checks_all,omitempty"`
	LastAt    time.Time `json:"last_at"`         // when it took in the last one
	Cause     *Cause    `json:"cause,omitempty"` // what fails has in common; nil when there is too little to say anything
}

// Flap is the unrest of an incident that comes and goes.
type Flap struct {
	Changes   int       `json:"changes"`         // from broken to working and back, the incidents before it included
	ChangedAt time.Time `json:"changed_at"`      // the last of them
	Works     bool      `json:"works,omitempty"` // at the moment
}

// Rests reports whether what comes and goes is gone at the moment.
func (f *Flap) Rests() bool { return f != nil && f.Works }

// Ack says that somebody has an incident in hand: it is not reminded of any more. A rise is still told.
type Ack struct {
	User UserID    `json:"user,omitempty"`
	Name string    `json:"name"` // as shown when it was done; never trusted
	At   time.Time `json:"at"`

	Scope Scope `json:"scope,omitzero"` // what they see: of the clients of others these are still reminded
}

// FailingCheck is one check that is down as part of an incident.
type FailingCheck struct {
	Check  CheckID   `json:"check"`
	Reason Reason    `json:"reason"`
	Since  time.Time `json:"since"` // of its being down
	Before bool      `json:"before,omitempty"`
}

// ServiceState is what became of a client's service.
type ServiceState struct {
	ServiceKey
	Tally
	Verdict Verdict `json:"verdict"`
	Need    int     `json:"need"`
	Tier    string  `json:"tier,omitempty"`
}

// Severity is how loudly its verdict is told.
func (s *ServiceState) Severity() Severity { return s.Verdict.Severity(s.Tier) }

// CompareStates orders services worst first, then by name; it is fit for slices.SortFunc.
func CompareStates(a, b ServiceState) int {
	return cmp.Or(cmp.Compare(b.Severity(), a.Severity()), cmp.Compare(b.Verdict, a.Verdict), CompareNatural(a.String(), b.String()))
}

// CompareIncidents orders incidents worst first, of one severity what is down before what may be soon, then by number.
func CompareIncidents(a, b *Incident) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.worst(), a.worst()), cmp.Compare(a.ID, b.ID))
}

// worst is the worst verdict among what it touches; a check of its own is down, or nobody knows.
func (in *Incident) worst() Verdict {
	worst := VerdictOK
	switch {
	case in.Reason.Code == ReasonUnknownLong:
		worst = VerdictUnknown
	case in.Kind == IncidentCheck, in.Kind == IncidentConnectivity, in.Kind == IncidentSource:
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
	PhaseOK      CheckPhase = iota // works, or has not earned anything else yet
	PhaseFailing                   // fails, below its limit
	PhaseDown                      // failed up to its limit, and has not recovered
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

// CheckState is what is remembered of a check. The zero value is the state of one that never ran.
type CheckState struct {
	Phase        CheckPhase `json:"phase"`
	Remembered   bool       `json:"remembered,omitempty"`   // transitions of it are stored; without one it has been ok since Since
	Count        int        `json:"count,omitempty"`        // failures in a row below the limit; ok results in a row while down
	Window       uint64     `json:"window,omitempty"`       // of "N of M": the last outcomes, newest in bit 0, 1 is a failure
	Since        time.Time  `json:"since,omitzero"`         // of Phase
	FailedSince  time.Time  `json:"failed_since,omitzero"`  // the first of the failures that led to Phase; zero while it is ok
	WorksSince   time.Time  `json:"works_since,omitzero"`   // while a latch holds it down although it works
	UnknownSince time.Time  `json:"unknown_since,omitzero"` // zero when the last result was not unknown
	Status       Status     `json:"status"`                 // of the last result
	Reason       Reason     `json:"reason,omitzero"`        // of the last result that was not ok
	At           time.Time  `json:"at,omitzero"`            // of the last result; not kept exactly across restarts
	Expires      time.Time  `json:"expires,omitzero"`       // of the certificate that was last seen; zero where there is none
}

// NotOKSince is from when on it has not been ok, as far as is remembered; zero when it is.
func (s *CheckState) NotOKSince() time.Time {
	switch s.Status {
	case StatusOK:
		return time.Time{}
	case StatusUnknown:
		if s.Phase == PhaseOK {
			return s.UnknownSince
		}
	}
	if s.FailedSince.IsZero() { // remembered by a version before this one
		return s.Since
	}
	return s.FailedSince
}

// EndpointState is what the state says of an endpoint that was asked for at a moment; zero is that it was not.
func (s *CheckState) EndpointState(asked time.Time) EndpointState {
	l := EndpointState{Status: s.Status, Fresh: !asked.IsZero() && !s.At.Before(asked), Since: s.NotOKSince()}
	if s.At.IsZero() {
		l.Status = StatusUnknown
	}
	return l
}

// Host is the host in the id of an endpoint's check; "" of a standalone one.
func (id CheckID) Host() string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '@' {
			return string(id[i+1:])
		}
	}
	return ""
}

// Hosts are the hosts that an incident is about, each once: of a burst those that are not seen to work after all. A
// gathered one names the first few.
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

// Began is when what an incident is about began to fail, as far as is known: before it was opened.
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
