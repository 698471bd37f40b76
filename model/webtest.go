package model

import (
	"slices"
	"strings"
	"time"
)

// WebTest is the result of a live run of web endpoints.
type WebTest struct {
	Selector Selector
	Words    string // as the requester wrote them
	All      bool   // everything in the requester's scope was tested
	At       time.Time
	Took     time.Duration
	Hosts    int
	Services int // clients' services
	Tally
	Clients  []ClientTest // worst first, then by name
	Cause    *Cause       // what the failures have in common; nil if there are too few to tell
	Logs     []LogExcerpt // of the failed hosts, if requested
	LogsLeft int          // failed hosts whose logs were not requested: too many
}

// ClientTest is the result of a live run for one client.
type ClientTest struct {
	Client string
	Tally
	Verdict  Verdict  // of its worst service, as on a card
	Severity Severity // of that verdict; at least a warning if there are findings
	Findings []Finding
	Rows     []EndpointTest // by host, then service
}

// EndpointTest is one endpoint's result.
type EndpointTest struct {
	Endpoint *Endpoint
	Result   Result
}

// Severity is that of the worst result.
func (t *WebTest) Severity() Severity {
	worst := SeverityInfo
	for i := range t.Clients {
		worst = max(worst, t.Clients[i].Severity)
	}
	return worst
}

// WorstFinding is the severity of the worst finding; found is false if there is none. It may be worse than Severity, which is that of
// the effect on clients.
func (t *WebTest) WorstFinding() (worst Severity, found bool) {
	for i := range t.Clients {
		for _, f := range t.Clients[i].Findings {
			worst, found = max(worst, f.Severity), true
		}
	}
	return worst, found
}

// Within is the part of it that a scope may see; nil if that is nothing. If anything is left out, so are the common cause and the logs
// of hosts that carry other clients too: log lines cannot be assigned to clients.
func (t *WebTest) Within(inv *Inventory, scope Scope) *WebTest {
	seen := *t
	if scope.Limited {
		seen.Logs = slices.DeleteFunc(slices.Clone(t.Logs), func(l LogExcerpt) bool { return !inv.HostIsOf(l.Host, scope) })
	}
	seen.Clients = nil
	for i := range t.Clients {
		if scope.Sees(t.Clients[i].Client) {
			seen.Clients = append(seen.Clients, t.Clients[i])
		}
	}
	switch len(seen.Clients) {
	case 0:
		return nil
	case len(t.Clients):
		return &seen
	}
	seen.Cause, seen.LogsLeft, seen.All, seen.Tally = nil, 0, false, Tally{}
	hosts, services := map[string]bool{}, map[ServiceKey]bool{}
	var names []string
	for i := range seen.Clients {
		names = append(names, seen.Clients[i].Client)
		for j := range seen.Clients[i].Rows {
			row := &seen.Clients[i].Rows[j]
			seen.Add(row.Result.Status)
			hosts[row.Endpoint.Host], services[row.Endpoint.ServiceKey] = true, true
		}
	}
	seen.Hosts, seen.Services = len(hosts), len(services)
	seen.Selector = Selector{Clients: names}
	return &seen
}

// WithVerdict is the number of clients with a verdict.
func (t *WebTest) WithVerdict(v Verdict) int {
	n := 0
	for i := range t.Clients {
		if t.Clients[i].Verdict == v {
			n++
		}
	}
	return n
}

// Baseline is the result of several rounds of a web test for each endpoint, to compare with later. A single round would report every
// hiccup as a change.
type Baseline struct {
	Words  string        `json:"words"`        // as the requester wrote them
	By     string        `json:"by,omitempty"` // the requester; never trusted
	At     time.Time     `json:"at"`           // of the first round
	Took   time.Duration `json:"took"`
	Rounds int           `json:"rounds"`
	Rows   []BaselineRow `json:"rows"` // by check
}

// Selects are the words that selected the endpoints.
func (b *Baseline) Selects() []string { return strings.Fields(b.Words) }

// BaselineRow is one endpoint in a Baseline.
type BaselineRow struct {
	ServiceKey
	Host string `json:"host"`
	Counts
	Took   []time.Duration `json:"took,omitempty"`  // of each ok result
	Reason Reason          `json:"reason,omitzero"` // of the last result that was not ok
}

// ID is the check of the endpoint.
func (r *BaselineRow) ID() CheckID { return EndpointCheckID(r.Client, r.Service, r.Host) }

// ChangeKind says how an endpoint differs from before.
type ChangeKind string

// The kinds, worst first.
const (
	ChangeBroken   ChangeKind = "broken"   // was ok, now fails
	ChangeUnsteady ChangeKind = "unsteady" // did not fail, now fails at times
	ChangeNew      ChangeKind = "new"      // did not exist, now fails
	ChangeUnclear  ChangeKind = "unclear"  // unknown before or now: it may have changed
	ChangeSlower   ChangeKind = "slower"   // ok, but clearly slower
	ChangeStill    ChangeKind = "still"    // failed, and still fails, even if less often
	ChangeFixed    ChangeKind = "fixed"    // failed, now ok
	ChangeFaster   ChangeKind = "faster"   // clearly faster
)

// Comparison is the difference between two Baselines of the same words.
type Comparison struct {
	Endpoints int       // in both
	Changes   []Changed // worst kind first, then by client, service and host; ChangeStill is among them
	New, Gone int       // endpoints in one of them only
}

// Count is the number of changes of one kind.
func (c *Comparison) Count(kind ChangeKind) int {
	n := 0
	for i := range c.Changes {
		if c.Changes[i].Kind == kind {
			n++
		}
	}
	return n
}

// Worse reports whether anything got worse, or fails and cannot be compared.
func (c *Comparison) Worse() bool {
	return slices.ContainsFunc(c.Changes, func(one Changed) bool {
		switch one.Kind {
		case ChangeBroken, ChangeUnsteady, ChangeSlower, ChangeNew:
			return true
		default:
			return one.Kind == ChangeUnclear && one.Fails
		}
	})
}

// Unclear reports whether anything could not be compared, so that it may be worse.
func (c *Comparison) Unclear() bool { return c.Count(ChangeUnclear) > 0 }

// Changed is one endpoint that differs from before, or may.
type Changed struct {
	Kind ChangeKind
	ServiceKey
	Host   string
	Was    time.Duration // median of the ok results before; 0 if there were none
	Is     time.Duration // median now
	Fails  bool          // now fails in most rounds
	Reason Reason        // of what fails or is unknown now; else of what failed before
}
