package opsbot

import "time"

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
