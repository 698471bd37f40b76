package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Snapshot is what the metrics show of one moment.
type Snapshot struct {
	Checks        map[string]int // by phase
	Unknown       int            // checks whose last result could not be judged
	Results       map[string]uint64
	SkippedStarts uint64
	Incidents     map[string]int // open, by severity
	Mutes         int
	OutboxLength  int
	OutboxAge     time.Duration // of the oldest due telling
	DeadLetters   int
	Sent          uint64
	Failures      map[string]uint64 // deliveries that failed, by kind
	PollAge       time.Duration     // since Telegram last answered a poll; negative when there is no Telegram
	StoreFailing  bool
}

// NewMetrics makes a registry whose values are read from snapshot at each scrape. Names follow Prometheus' rules:
// base units, _total for counters.
func NewMetrics(version string, snapshot func() Snapshot) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&collector{snapshot: snapshot, version: version},
	)
	return r
}

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
	gauge(describe("build_info", "The version that runs; always 1.", "version"), 1, c.version)
	for phase, n := range s.Checks {
		gauge(describe("checks", "Checks by judged state.", "phase"), float64(n), phase)
	}
	gauge(describe("checks_unknown", "Checks whose last result could not be judged."), float64(s.Unknown))
	for status, n := range s.Results {
		counter(describe("results_total", "Results of scheduled checks.", "status"), n, status)
	}
	counter(describe("starts_skipped_total", "Starts left out because the check was still running."), s.SkippedStarts)
	for severity, n := range s.Incidents {
		gauge(describe("incidents_open", "Open incidents.", "severity"), float64(n), severity)
	}
	gauge(describe("mutes_active", "Mutes that hold."), float64(s.Mutes))
	gauge(describe("outbox_length", "Messages not delivered yet."), float64(s.OutboxLength))
	gauge(describe("outbox_oldest_age_seconds", "Age of the oldest message that is due."), s.OutboxAge.Seconds())
	gauge(describe("dead_letters", "Messages that were given up."), float64(s.DeadLetters))
	counter(describe("sent_total", "Messages and edits that were taken."), s.Sent)
	for kind, n := range s.Failures {
		counter(describe("send_failures_total", "Deliveries that failed, by kind.", "kind"), n, kind)
	}
	if s.PollAge >= 0 {
		gauge(describe("telegram_poll_age_seconds", "Time since Telegram last answered a poll."), s.PollAge.Seconds())
	}
	failing := 0.0
	if s.StoreFailing {
		failing = 1
	}
	gauge(describe("store_failing", "1 while the database refuses writes."), failing)
}
