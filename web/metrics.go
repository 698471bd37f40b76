package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Snapshot is the values of the metrics at one time.
type Snapshot struct {
	Checks         map[string]int // by phase
	Unknown        int            // checks whose last result is unknown
	Results        map[string]uint64
	SkippedStarts  uint64
	Overdue        int          // due checks without a result
	Incidents      map[Open]int // open ones, but those that work right now
	Working        int          // incidents that are not over, of what works right now
	Mutes          int
	OutboxLength   int
	OutboxAge      time.Duration // of the oldest due notification
	DeadLetters    int
	Sends          map[Send]uint64 // attempts of delivery
	Outages        []Outage        // destinations that accept nothing now
	FallbackCopies uint64          // messages also sent to the fallback
	Floods         uint64          // times that Telegram asked to wait with messages
	PollAge        time.Duration   // since Telegram last answered a poll; negative if there is no Telegram
	Sources        map[string]Received
	StoreFailing   bool
	Leads          bool  // of several that share a database
	StoreBytes     int64 // of the database; 0 if unknown
	StoreErrors    map[StorePart]uint64
	SetAside       map[string]int           // rows that could not be read, by table
	Gaps           map[string]time.Duration // how long nobody is on call in the next 24 h, by schedule; without those of which it is not known, or meant
	Refused        map[string]uint64        // what was refused to strangers, by kind
	Escalations    map[string]int           // that are not over, by state; nil: nobody can be paged
	Pages          map[Page]uint64
}

// Received is the connection to a source of events.
type Received struct {
	Up   bool
	Open int // events
}

// StorePart is what of the database is read, or written.
type StorePart struct {
	Area  string
	Write bool
}

// Open is the key by which open incidents are counted.
type Open struct{ Kind, Severity string }

// Send is the key by which attempts of delivery are counted: Result is "sent" or a kind of failure.
type Send struct{ Channel, Result string }

// Page is the key by which pages are counted: Via is a way to reach somebody, Result what became of it.
type Page struct{ Via, Result string }

// Outage is a destination that accepts nothing: To is its name, Failure a kind of failure.
type Outage struct{ To, Failure string }

// NewMetrics returns a registry whose values are read from snapshot at each scrape. Names follow Prometheus' rules:
// base units, _total for counters.
func NewMetrics(version string, snapshot func() Snapshot) *prometheus.Registry {
	r := newRegistry()
	r.MustRegister(&collector{snapshot: snapshot, version: version})
	return r
}

// newRegistry has the metrics of the process.
func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// What metrics say that a leader and a standby both have.
const (
	buildHelp  = "The version that runs; always 1."
	leaderHelp = "1 while this opsbot leads; 0 while it stands by. Only where several share a database."
	storeHelp  = "1 while the database refuses writes."
)

type collector struct {
	snapshot func() Snapshot
	version  string
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("opsbot_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector: no descriptions make it an unchecked collector, which is allowed.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	s := c.snapshot()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(describe("build_info", buildHelp, "version"), 1, c.version)
	for phase, n := range s.Checks {
		gauge(describe("checks", "Checks by phase.", "phase"), float64(n), phase)
	}
	gauge(describe("checks_unknown", "Checks whose last result is unknown."), float64(s.Unknown))
	for status, n := range s.Results {
		counter(describe("results_total", "Results of scheduled checks.", "status"), n, status)
	}
	counter(describe("starts_skipped_total", "Starts skipped because the check was still running."), s.SkippedStarts)
	gauge(describe("checks_overdue", "Due checks without a result."), float64(s.Overdue))
	for what, n := range s.Incidents {
		gauge(describe("incidents_open", "Open incidents, without those of what works right now.", "kind", "severity"), float64(n), what.Kind, what.Severity)
	}
	gauge(describe("incidents_working", "Incidents of what works right now: flapping, or waiting for a reset."), float64(s.Working))
	gauge(describe("mutes_active", "Active mutes."), float64(s.Mutes))
	gauge(describe("outbox_length", "Notifications not delivered yet."), float64(s.OutboxLength))
	gauge(describe("outbox_oldest_age_seconds", "Age of the oldest due notification."), s.OutboxAge.Seconds())
	gauge(describe("dead_letters", "Notifications that were given up."), float64(s.DeadLetters))
	for try, n := range s.Sends {
		counter(describe("sends_total", "Attempts to deliver a message or an edit, by result.", "channel", "result"), n, try.Channel, try.Result)
	}
	for _, o := range s.Outages {
		gauge(describe("destination_failing", "1 for each destination that accepts nothing now, by the kind of failure.", "to", "failure"), 1, o.To, o.Failure)
	}
	counter(describe("fallback_copies_total", "Notifications also sent to a fallback destination."), s.FallbackCopies)
	counter(describe("telegram_floods_total", "Times that Telegram asked to wait with messages (429)."), s.Floods)
	if s.PollAge >= 0 {
		gauge(describe("telegram_poll_age_seconds", "Time since Telegram last answered a poll."), s.PollAge.Seconds())
	}
	for name, source := range s.Sources {
		gauge(describe("source_up", "1 while a source of events is connected.", "source"), one(source.Up), name)
		gauge(describe("source_events", "Active events of a source.", "source"), float64(source.Open), name)
	}
	collectSome(gauge, counter, &s)
	gauge(describe("store_failing", storeHelp), one(s.StoreFailing))
	for part, n := range s.StoreErrors {
		does := "read"
		if part.Write {
			does = "write"
		}
		counter(describe("store_errors_total", "Calls of the database that failed, by what is stored and whether it was read or written.", "area", "does"), n, part.Area, does)
	}
	for table, n := range s.SetAside {
		gauge(describe("set_aside_rows", "Rows of the database that could not be read and were set aside.", "table"), float64(n), table)
	}
	for kind, n := range s.Refused {
		counter(describe("refused_total", "Messages, codes, tokens, webhooks, heartbeats and TLS handshakes of strangers that were refused, and updates that were dropped.", "kind"), n, kind)
	}
	if s.StoreBytes > 0 {
		gauge(describe("store_bytes", "Size of the database."), float64(s.StoreBytes))
	}
}

// collectSome has what only some configurations have: schedules, escalations, a cluster.
func collectSome(gauge func(d *prometheus.Desc, v float64, labels ...string), counter func(d *prometheus.Desc, v uint64, labels ...string), s *Snapshot) {
	if s.Leads {
		gauge(describe("leader", leaderHelp), 1)
	}
	for page, n := range s.Pages {
		counter(describe("pages_total", "Pages by the way in which somebody was to be reached, and what became of them.", "via", "result"), n, page.Via, page.Result)
	}
	for state, n := range s.Escalations {
		gauge(describe("escalations", "Escalations that are not over, by state.", "state"), float64(n), state)
	}
	for schedule, gap := range s.Gaps {
		gauge(describe("oncall_gap_seconds", "How long nobody is on call within the next 24 hours.", "schedule"), gap.Seconds(), schedule)
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
