package model

import (
	"cmp"
	"slices"
	"time"
)

// Impact is what events on hosts mean for clients, by what was seen live of every endpoint of the services on them.
type Impact struct {
	Services []ServiceImpact `json:"services,omitempty"` // that are worse than they would be without what broke since, worst first
	Before   []ServiceImpact `json:"before,omitempty"`   // that were not well already, and are no worse, worst first
	Clients  int             `json:"clients"`            // with a service in Services
	Down     int             `json:"down"`               // of these, with one that is down
	Spared   int             `json:"spared"`             // clients with endpoints on the hosts and no service in Services
	Hosts    []HostImpact    `json:"hosts,omitempty"`    // by name
	Done     int             `json:"done"`               // endpoints seen since they were asked for
	Total    int             `json:"total"`              // endpoints asked for
	Cause    *Cause          `json:"cause,omitempty"`    // what broke since has in common
	Broke    []CheckID       `json:"-"`                  // endpoints that fail since, in no order
	Unseen   []CheckID       `json:"-"`                  // endpoints that count as unknown since, in no order
}

// ImpactQuestion is what an Impact is asked about.
type ImpactQuestion struct {
	Hosts []string  // of the inventory, which are said to be broken
	Began time.Time // what was not well before is not blamed on it
	Until time.Time // nor what began later; zero is never
	See   func(c *Check) EndpointState
	Scope Scope
	Cause bool // whether to look for what it has in common, which costs as much as all the rest
}

// EndpointState is what is known of an endpoint.
type EndpointState struct {
	Status Status    // as last seen; of one that never ran unknown
	Fresh  bool      // seen since it was asked for; on the hosts of the question all else counts as unknown, but what is seen
	Soon   bool      // soon, as it was asked for just now: that counts as it was
	Since  time.Time // from when on it was not ok, without a break; zero is that it is, or since just now
}

// ServiceImpact is what became of a client's service.
type ServiceImpact struct {
	ServiceState
	Without Verdict `json:"without"` // what it would be had nothing broken since
	Since   int     `json:"since"`   // endpoints that fail since
	Earlier int     `json:"earlier"` // endpoints that failed before
}

// Affected reports whether it is worse than without.
func (s *ServiceImpact) Affected() bool { return s.Verdict > s.Without }

// CompareImpacts orders services worst first, then by name; it is fit for slices.SortFunc.
func CompareImpacts(a, b ServiceImpact) int {
	return cmp.Or(CompareStates(a.ServiceState, b.ServiceState))
}

// Guides are what to do about the clients of services that are affected, the worst first, at most so many.
func (inv *Inventory) Guides(services []ServiceImpact, most int) []Guide {
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

// Severity is that of the worst service that is affected; info when none is.
func (i *Impact) Severity() Severity {
	worst := SeverityInfo
	for k := range i.Services {
		worst = max(worst, i.Services[k].Severity())
	}
	return worst
}

// HostImpact is what a live look says of a host that a source calls broken.
type HostImpact struct {
	Host         string       `json:"host"`
	Verification Verification `json:"verification"`
	Since        bool         `json:"since"` // something on it is not ok since
}

// Verification is what a look at a host came to.
type Verification string

// The looks.
const (
	VerifyPending   Verification = "pending"   // not all was seen yet
	VerifyConfirmed Verification = "confirmed" // everything on it fails
	VerifyPartly    Verification = "partly"    // some of what is on it fails
	VerifyRefuted   Verification = "refuted"   // everything on it works
	VerifyUnchecked Verification = "unchecked" // nothing on it failed, and not all could be judged
	VerifyBare      Verification = "bare"      // nothing of a client's is on it
)

// EventGroup is what a batch of events holds. Incident.Affected has the services that are affected, the worst first.
type EventGroup struct {
	Sources       []string          `json:"sources"`                // by name
	Disconnected  []string          `json:"disconnected,omitempty"` // of these, silent now: what they said may be over
	Since         time.Time         `json:"since"`                  // the earliest beginning that a source gave
	LastAt        time.Time         `json:"last_at"`                // when it took in the last event
	Events        int               `json:"events"`                 // that it ever took in
	Open          int               `json:"open"`                   // of these, standing at their sources
	Unsure        int               `json:"unsure,omitempty"`       // of these, over at their sources, which nothing confirms
	Acked         int               `json:"acked,omitempty"`        // of the standing ones, acknowledged at their sources
	Hosts         []string          `json:"hosts,omitempty"`        // of the inventory, the first few
	HostsAll      int               `json:"hosts_all"`              // how many there are
	Unmapped      []string          `json:"unmapped,omitempty"`     // what is not in the inventory, as the sources call it, the first few
	UnmappedAll   int               `json:"unmapped_all,omitempty"` // how many there are
	NoHost        []string          `json:"no_host,omitempty"`      // what is said about no host: the sources' titles, the first few
	NoHostAll     int               `json:"no_host_all,omitempty"`  // how many there are
	Verifications VerificationCount `json:"verifications"`          // what live looks at the hosts came to
	Refuted       []string          `json:"refuted,omitempty"`      // hosts on which everything works, the first few
	Checked       time.Time         `json:"checked,omitzero"`       // when the last of Done was seen
	Done          int               `json:"done"`                   // endpoints seen
	Total         int               `json:"total"`                  // endpoints asked for
	Clients       int               `json:"clients"`                // that are affected
	Down          int               `json:"down"`                   // of these, with a service that is down
	Services      int               `json:"services"`               // that are affected; Incident.Affected has the worst of them
	Spared        int               `json:"spared"`                 // clients on the hosts that are fine
	Worst         []ServiceState    `json:"worst,omitempty"`        // what became of services at the worst, the worst first
	Before        []ServiceState    `json:"before,omitempty"`       // that were not well already, the first few
	BeforeAll     int               `json:"before_all,omitempty"`
	Cause         *Cause            `json:"cause,omitempty"`
	Guides        []Guide           `json:"guides,omitempty"`  // what to do about the worst clients
	Replies       []Reason          `json:"replies,omitempty"` // what became of what the sources were asked to do
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

// Guide is what to do about a client, from the inventory.
type Guide struct {
	Client   string   `json:"client"`
	Tier     string   `json:"tier,omitempty"`
	Runbook  string   `json:"runbook,omitempty"`
	Contacts []string `json:"contacts,omitempty"`
}
