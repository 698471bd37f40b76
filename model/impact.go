package model

import (
	"cmp"
	"slices"
	"time"
)

// Impact is what events on hosts mean for clients, from live results of every endpoint of the services on these hosts.
type Impact struct {
	Services []ServiceImpact `json:"services,omitempty"` // that are worse than they would be without the new failures, worst first
	Before   []ServiceImpact `json:"before,omitempty"`   // that were not ok before, and are no worse, worst first
	Clients  int             `json:"clients"`            // with a service in Services
	Down     int             `json:"down"`               // of these, with one that is down
	Spared   int             `json:"spared"`             // clients with endpoints on the hosts and no service in Services
	Hosts    []HostImpact    `json:"hosts,omitempty"`    // what is down first, then by name
	Done     int             `json:"done"`               // endpoints with a result since the request
	Total    int             `json:"total"`              // endpoints requested
	Cause    *Cause          `json:"cause,omitempty"`    // what the new failures have in common
	Broke    []CheckID       `json:"-"`                  // endpoints that fail since, in no order
	Unseen   []CheckID       `json:"-"`                  // endpoints that became unknown since, in no order
}

// ImpactQuestion is the input of an assessment.
type ImpactQuestion struct {
	Hosts []string     // hosts of the inventory that are reported broken
	About []ServiceKey // services that are reported broken, wherever their endpoints are
	Began time.Time    // what was not ok before is not attributed to the events
	Until time.Time    // nor is what began later; zero is never
	See   func(c *Check) EndpointState
	Scope Scope
	Cause bool // whether to look for a common cause, which costs as much as all the rest
}

// EndpointState is the last known state of an endpoint.
type EndpointState struct {
	Status Status    // of the last result; unknown if it never ran
	Fresh  bool      // has a result since the request; on the hosts of the question everything else counts as unknown, except Soon
	Soon   bool      // had a result shortly before the request: that one counts
	Since  time.Time // since when it has not been ok, without interruption; zero if it is ok, or just failed
}

// ServiceImpact is the effect on a client's service.
type ServiceImpact struct {
	ServiceState
	Without Verdict `json:"without"` // what it would be without the new failures
	Since   int     `json:"since"`   // endpoints that fail since
	Earlier int     `json:"earlier"` // endpoints that failed before
}

// Affected reports whether the verdict is worse than Without.
func (s *ServiceImpact) Affected() bool { return s.Verdict > s.Without }

// CompareImpacts orders services worst first, then by name; for slices.SortFunc.
func CompareImpacts(a, b ServiceImpact) int {
	return cmp.Or(CompareStates(a.ServiceState, b.ServiceState))
}

// Guides returns what to do for the clients of affected services, the worst first, at most that many.
func (inv *Inventory) Guides(services []ServiceImpact, most int) []Guide {
	states := make([]ServiceState, len(services))
	for i := range services {
		states[i] = services[i].ServiceState
	}
	return inv.GuidesOf(states, most)
}

// GuidesOf returns what to do for the clients of services, the worst of which come first, at most that many.
func (inv *Inventory) GuidesOf(services []ServiceState, most int) []Guide {
	var all []Guide
	for i := range services {
		name := services[i].Client
		if len(all) == most {
			break
		}
		c, known := inv.Client(name)
		if !known || (c.Runbook == "" && len(c.Contacts) == 0) || slices.ContainsFunc(all, func(g Guide) bool { return g.Client == name }) {
			continue
		}
		all = append(all, Guide{Client: name, Tier: services[i].Tier, Runbook: c.Runbook, Contacts: c.Contacts})
	}
	return all
}

// VerificationOf is what was found of a host; "" if it is none of its hosts.
func (i *Impact) VerificationOf(host string) Verification {
	for _, h := range i.Hosts {
		if h.Host == host {
			return h.Verification
		}
	}
	return ""
}

// Severity is that of the worst affected service; info if there is none.
func (i *Impact) Severity() Severity {
	worst := SeverityInfo
	for k := range i.Services {
		worst = max(worst, i.Services[k].Severity())
	}
	return worst
}

// HostImpact is the live result for a host that a source reports broken.
type HostImpact struct {
	Host         string       `json:"host"`
	Verification Verification `json:"verification"`
	Since        bool         `json:"since"` // something on it has failed since
}

// Verification is the result of verifying a host.
type Verification string

// The results.
const (
	VerifyPending   Verification = "pending"   // not all results are in yet
	VerifyConfirmed Verification = "confirmed" // everything on it fails
	VerifyPartly    Verification = "partly"    // some of what is on it fails
	VerifyRefuted   Verification = "refuted"   // everything on it works
	VerifyUnchecked Verification = "unchecked" // nothing on it failed, and some results are unknown
	VerifyBare      Verification = "bare"      // no client uses it
)

// CompareHosts orders hosts by what their verification found: down, partly up, not known, up; then by name. For slices.SortFunc.
func CompareHosts(a, b HostImpact) int {
	return cmp.Or(cmp.Compare(a.Verification.rank(), b.Verification.rank()), CompareNatural(a.Host, b.Host))
}

func (v Verification) rank() int {
	switch v {
	case VerifyConfirmed:
		return 0
	case VerifyPartly:
		return 1
	case VerifyRefuted:
		return 3
	default:
		return 2
	}
}

// Down reports whether something on the host fails.
func (v Verification) Down() bool { return v == VerifyConfirmed || v == VerifyPartly }

// NameList is the first few of many names, those that matter most first.
type NameList struct {
	Names []string `json:"names,omitempty"`
	All   int      `json:"all,omitempty"` // how many there are
}

// SourceText is what a source's own check said of hosts.
type SourceText struct {
	Text  string   `json:"text"`
	Hosts NameList `json:"hosts"` // for which it said so; of an event without a host none
	Ended bool     `json:"ended,omitempty"`
	// Of a critical event that no check can verify: all that is known of it.
	Link    string `json:"link,omitempty"`
	Runbook string `json:"runbook,omitempty"`
	Labels  Labels `json:"labels,omitempty"`
}

// SourceAck is who acknowledged events at their source.
type SourceAck struct {
	Source string   `json:"source"`
	Who    string   `json:"who,omitempty"` // as the source names them; "" if it does not say
	Events int      `json:"events"`
	Hosts  NameList `json:"hosts"`
}

// ClosedEvents are events that somebody closed here by hand.
type ClosedEvents struct {
	Who    string   `json:"who,omitempty"` // "" for whom that does not concern
	Events int      `json:"events"`
	Names  NameList `json:"names"` // of what they were about
}

// EventGroup summarizes a group of events. Incident.Affected has the affected services, the worst first.
type EventGroup struct {
	Sources       []string          `json:"sources"`                  // by name
	Disconnected  []string          `json:"disconnected,omitempty"`   // of these, disconnected now: their events may be over
	Since         time.Time         `json:"since"`                    // the earliest start time that a source reported
	LastAt        time.Time         `json:"last_at"`                  // when the last event was added
	Events        int               `json:"events"`                   // ever added
	Open          int               `json:"open"`                     // of these, active at their sources
	Unsure        int               `json:"unsure,omitempty"`         // of these, ended at their sources without confirmation
	ClosedByHand  int               `json:"closed_by_hand,omitempty"` // of these, closed here and not ended at their sources
	Closed        []ClosedEvents    `json:"closed,omitempty"`         // who closed them
	Acked         int               `json:"acked,omitempty"`          // of the active ones, acknowledged at their sources
	Active        NameList          `json:"active,omitzero"`          // hosts, known or not, with an active event, what is down first
	ActiveUp      NameList          `json:"active_up,omitzero"`       // of these, those on which everything works
	Ended         NameList          `json:"ended,omitzero"`           // hosts without one: all is over at their sources
	EndedDown     NameList          `json:"ended_down,omitzero"`      // hosts without one that are verified to be down; they are not in Ended
	About         NameList          `json:"about,omitzero"`           // clients that active events are about without a host
	Texts         []SourceText      `json:"texts,omitempty"`          // what the sources said, the worst few
	Acks          []SourceAck       `json:"acks,omitempty"`           // who acknowledged active events at their sources
	Hosts         []string          `json:"hosts,omitempty"`          // of the inventory, what is down first, the first few
	HostsAll      int               `json:"hosts_all"`                // how many there are
	Unmapped      []string          `json:"unmapped,omitempty"`       // names that are not in the inventory, as the sources give them, the first few
	UnmappedAll   int               `json:"unmapped_all,omitempty"`   // how many there are
	Critical      []string          `json:"critical,omitempty"`       // open critical events that no check can verify, the first few: of what is not in the inventory the names, else "web1: DiskFull"
	NoHost        []string          `json:"no_host,omitempty"`        // events about no host: the sources' titles, the first few
	NoHostAll     int               `json:"no_host_all,omitempty"`    // how many there are
	Verifications VerificationCount `json:"verifications"`            // verification results of the hosts
	Refuted       []string          `json:"refuted,omitempty"`        // hosts on which everything works, the first few
	Checked       time.Time         `json:"checked,omitzero"`         // time of the newest result counted in Done
	Done          int               `json:"done"`                     // endpoints with a result
	Total         int               `json:"total"`                    // endpoints requested
	Clients       int               `json:"clients"`                  // affected
	Down          int               `json:"down"`                     // of these, with a service that is down
	Services      int               `json:"services"`                 // affected; Incident.Affected has the worst of them
	Spared        int               `json:"spared"`                   // clients on the hosts that are not affected
	Worst         []ServiceState    `json:"worst,omitempty"`          // the worst states that services reached, the worst first
	Before        []ServiceState    `json:"before,omitempty"`         // that were not ok before, the first few
	BeforeAll     int               `json:"before_all,omitempty"`
	Cause         *Cause            `json:"cause,omitempty"`
	Place         *SharedPlace      `json:"place,omitempty"`   // where the hosts stand that are not verified to work
	Guides        []Guide           `json:"guides,omitempty"`  // what to do for the worst affected clients
	Replies       []Reason          `json:"replies,omitempty"` // results of write-back to the sources
}

// VerificationCount counts hosts by Verification.
type VerificationCount struct {
	Pending   int `json:"pending,omitempty"`
	Confirmed int `json:"confirmed,omitempty"`
	Partly    int `json:"partly,omitempty"`
	Refuted   int `json:"refuted,omitempty"`
	Unchecked int `json:"unchecked,omitempty"`
	Bare      int `json:"bare,omitempty"`
}

// Add counts one host.
func (c *VerificationCount) Add(l Verification) {
	switch l {
	case VerifyPending:
		c.Pending++
	case VerifyConfirmed:
		c.Confirmed++
	case VerifyPartly:
		c.Partly++
	case VerifyRefuted:
		c.Refuted++
	case VerifyUnchecked:
		c.Unchecked++
	case VerifyBare:
		c.Bare++
	}
}

// Guide is what to do for a client, from the inventory.
type Guide struct {
	Client   string   `json:"client"`
	Tier     string   `json:"tier,omitempty"`
	Runbook  string   `json:"runbook,omitempty"`
	Contacts []string `json:"contacts,omitempty"`
}
