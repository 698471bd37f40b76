package opsbot

import (
	"slices"
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
