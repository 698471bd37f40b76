package model

import (
	"slices"
	"strings"
	"time"
)

// WebTest is what a live run of web endpoints saw.
type WebTest struct {
	Selector Selector
	Words    string // as the asker wrote them
	All      bool   // everything in the asker's scope was tested
	At       time.Time
	Took     time.Duration
	Hosts    int
	Services int // services of clients
	Tally
	Clients  []ClientTest // worst first, then by name
	Cause    *Cause       // what the failures have in common; nil when there are too few to say anything
	Logs     []LogExcerpt // of the hosts that failed, where they were asked for
	LogsLeft int          // hosts that failed and were not asked for theirs: there are too many
}

// ClientTest is what a live run saw of one client.
type ClientTest struct {
	Client string
	Tally
	Verdict  Verdict  // of its worst service, as a card would say it
	Severity Severity // of that verdict; at least a warning when there are findings
	Findings []Finding
	Rows     []EndpointTest // by host, then service
}

// EndpointTest is one endpoint's result.
type EndpointTest struct {
	Endpoint *Endpoint
	Result   Result
}

// Severity is that of the worst that it found.
func (t *WebTest) Severity() Severity {
	worst := SeverityInfo
	for i := range t.Clients {
		worst = max(worst, t.Clients[i].Severity)
	}
	return worst
}

// WorstFinding is the severity of the worst that it found; found is false when it found nothing. It may be worse than Severity, which is
// that of what clients feel of it.
func (t *WebTest) WorstFinding() (worst Severity, found bool) {
	for i := range t.Clients {
		for _, f := range t.Clients[i].Findings {
			worst, found = max(worst, f.Severity), true
		}
	}
	return worst, found
}

// Within is what a scope may see of it; nil when that is nothing. What failures of all have in common is left out where something
// is, and so are the logs of hosts that carry others too: a log knows no clients.
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

// WithVerdict is how many clients stand at a verdict.
func (t *WebTest) WithVerdict(v Verdict) int {
	n := 0
	for i := range t.Clients {
		if t.Clients[i].Verdict == v {
			n++
		}
	}
	return n
}

// Baseline is what several rounds of a web test saw of each endpoint: enough to say later what has changed. One round would
// take every hiccup for news.
type Baseline struct {
	Words  string        `json:"words"`        // as the asker wrote them
	By     string        `json:"by,omitempty"` // who asked; never trusted
	At     time.Time     `json:"at"`           // of the first round
	Took   time.Duration `json:"took"`
	Rounds int           `json:"rounds"`
	Rows   []BaselineRow `json:"rows"` // by check
}

// Selects are the words by which it was measured.
func (b *Baseline) Selects() []string { return strings.Fields(b.Words) }

// BaselineRow is one endpoint in a Baseline.
type BaselineRow struct {
	ServiceKey
	Host string `json:"host"`
	Counts
	Took   []time.Duration `json:"took,omitempty"`  // of each good answer
	Reason Reason          `json:"reason,omitzero"` // of the last result that was not ok
}

// ID is the check of the endpoint.
func (r *BaselineRow) ID() CheckID { return EndpointCheckID(r.Client, r.Service, r.Host) }

// ChangeKind says how an endpoint is not as it was.
type ChangeKind string

// The kinds, worst first.
const (
	ChangeBroken   ChangeKind = "broken"   // worked, and fails
	ChangeUnsteady ChangeKind = "unsteady" // did not fail, and fails at times
	ChangeNew      ChangeKind = "new"      // was not there, and fails
	ChangeUnclear  ChangeKind = "unclear"  // could not be checked, before or now: it may have changed
	ChangeSlower   ChangeKind = "slower"   // answers, and takes clearly longer
	ChangeStill    ChangeKind = "still"    // failed, and still fails, if less often
	ChangeFixed    ChangeKind = "fixed"    // failed, and works
	ChangeFaster   ChangeKind = "faster"   // clearly
)

// Comparison is what changed between two Baselines of the same words.
type Comparison struct {
	Endpoints int       // that are in both
	Changes   []Changed // worst kind first, then by client, service and host; ChangeStill is among them
	New, Gone int       // endpoints that are in one of them only
}

// Count is how many endpoints changed in one way.
func (c *Comparison) Count(kind ChangeKind) int {
	n := 0
	for i := range c.Changes {
		if c.Changes[i].Kind == kind {
			n++
		}
	}
	return n
}

// Worse reports whether anything is not as well as it was, or fails and cannot be compared.
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

// Unclear reports whether anything could not be compared: whether it got worse nobody can say.
func (c *Comparison) Unclear() bool { return c.Count(ChangeUnclear) > 0 }

// Changed is one endpoint that is not as it was, or that cannot be said to be.
type Changed struct {
	Kind ChangeKind
	ServiceKey
	Host   string
	Was    time.Duration // the median of good answers before; 0 where there were none
	Is     time.Duration // and now
	Fails  bool          // now, for the most part
	Reason Reason        // of what fails now, or could not be checked; else of what failed before
}
