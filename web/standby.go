package web

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"opsbot/model"
)

// StandbyParts are the handlers of the listener of an opsbot that does not lead.
type StandbyParts struct {
	Health  func() Health
	Metrics prometheus.Gatherer
	Checks  http.Handler // of /metrics/checks, which are the leader's alone
	Forward http.Handler // of all that only the leader can answer
}

// StandbyPublic is Public for an opsbot that does not lead: of itself it says how it is, the rest is passed on.
func StandbyPublic(p StandbyParts) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthAnswer(p.Health, func(h *Health) bool { return h.OK }))
	mux.HandleFunc("GET /readyz", healthAnswer(p.Health, func(h *Health) bool { return h.OK && h.Ready }))
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.Metrics, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.Handle("GET "+checkMetricsPath, p.Checks)
	for _, pattern := range []string{"/beat/", "/in/", "/api/", AckPrefix, "/calendar/"} {
		mux.Handle(pattern, p.Forward)
	}
	// What another opsbot passed on was meant for a leader. It must not go on from here: what we sign is taken for a local user's.
	mux.HandleFunc(clusterRoute+"/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(headerSignature) == "" {
			http.NotFound(w, r)
			return
		}
		unled(w)
	})
	return mux
}

// StandbyControl is Control for an opsbot that does not lead: it reloads its own configuration, the rest is passed on.
func StandbyControl(reload func(ctx context.Context, forced bool) (model.Problems, error), forward http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", forward)
	handle(mux, "POST /v1/reload", func(r *http.Request, req ControlRequest) (string, any, error) {
		notes, err := reload(r.Context(), req.Force)
		return "", ReloadView{listOf(notes)}, err
	})
	return mux
}

// NewStandbyMetrics returns the metrics of an opsbot that does not lead: those of the process, and whether the database answers.
func NewStandbyMetrics(version string, storeFailing func() bool) *prometheus.Registry {
	r := newRegistry()
	r.MustRegister(collectorFunc(func(out chan<- prometheus.Metric) {
		gauge := func(name, help string, v float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(describe(name, help, labels...), prometheus.GaugeValue, v)
		}
		out <- prometheus.MustNewConstMetric(describe("build_info", buildHelp, "version"), prometheus.GaugeValue, 1, version)
		gauge("leader", leaderHelp, 0)
		gauge("store_failing", storeHelp, one(storeFailing()))
	}))
	return r
}

// collectorFunc implements prometheus.Collector.
type collectorFunc func(out chan<- prometheus.Metric)

// Describe implements prometheus.Collector: no descriptions make it an unchecked collector, which is allowed.
func (collectorFunc) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (f collectorFunc) Collect(out chan<- prometheus.Metric) { f(out) }
