package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"opsbot/model"
)

// Health is opsbot's own health.
type Health struct {
	OK           bool     `json:"ok"`       // false: a restart or a person is needed
	Ready        bool     `json:"ready"`    // startup is complete
	Instance     string   `json:"instance"` // its name in the configuration
	Version      string   `json:"version"`
	Role         string   `json:"role,omitempty"`          // "leader" or "standby", of several that share a database
	Leader       string   `json:"leader,omitempty"`        // the name of the one that leads; "": nobody does
	HealthIssues []string `json:"health_issues,omitempty"` // in English; some do not make it unhealthy
}

// Parts are the handlers of the configured listener. All are required.
type Parts struct {
	Health  func() Health
	Metrics prometheus.Gatherer
	Jobs    HeartbeatReceiver // of /beat
	Checks  http.Handler      // of /metrics/checks: for programs with a token
	API     http.Handler      // of /api: for programs with a token
	Hooks   http.Handler      // of /in: webhooks of sources, by the path values "source" and, if the path has one, "secret"
	Acks    AckLinks          // of AckPrefix
	AckSays AckRenderer
	// Calendar is the calendar with a secret, of /calendar; false: there is none. May be nil.
	Calendar func(secret string) (ics []byte, ok bool)
	Guard    *Guard         // of whatever needs a secret
	Redact   model.Redactor // of what jobs say; may be nil
}

// Public is the handler of the configured listener: /healthz, /readyz, /metrics, heartbeats, webhooks, links that acknowledge,
// and the API. Except for the last two it reveals nothing about clients.
func Public(p Parts) http.Handler {
	mux, calls := http.NewServeMux(), p.Guard.of("heartbeat", "check", http.StatusNotFound, calls(p.Jobs, p.Redact))
	hooks := p.Guard.of("hook", "source", http.StatusUnauthorized, p.Hooks)
	health, metrics := p.Health, p.Metrics
	mux.HandleFunc("GET /healthz", healthAnswer(health, func(h *Health) bool { return h.OK }))
	mux.HandleFunc("GET /readyz", healthAnswer(health, func(h *Health) bool { return h.OK && h.Ready }))
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.Handle("GET "+checkMetricsPath, p.Guard.of("token", "", http.StatusUnauthorized, p.Checks))
	for _, pattern := range []string{"GET /beat/{check}", "POST /beat/{check}", "GET /beat/{check}/{token}", "POST /beat/{check}/{token}"} {
		mux.Handle(pattern, calls)
	}
	mux.Handle("/in/{source}", hooks)
	mux.Handle("/in/{source}/{secret}", hooks)
	acks := p.Guard.of("ack", "", http.StatusNotFound, &ackLinks{p.Acks, p.AckSays})
	mux.Handle("GET "+AckPrefix+"{token}", acks)
	mux.Handle("POST "+AckPrefix+"{token}", acks)
	if p.Calendar != nil {
		mux.Handle("GET /calendar/{file}", p.Guard.of("calendar", "", http.StatusNotFound, calendarAnswer(p.Calendar)))
	}
	mux.Handle("/api/", p.Guard.of("token", "", http.StatusUnauthorized, p.API))
	return mux
}

// calendarAnswer answers with the calendar whose secret is the name of the file. No other place keeps a copy: a secret that was revoked shows nothing.
func calendarAnswer(of func(secret string) ([]byte, bool)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ics, ok := of(strings.TrimSuffix(r.PathValue("file"), ".ics"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/calendar; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex")
		_, _ = w.Write(ics) // it only fails if the client is gone
	})
}

func healthAnswer(health func() Health, good func(*Health) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := health()
		code := http.StatusOK
		if !good(&h) {
			code = http.StatusServiceUnavailable
		}
		writeJSON(w, code, h)
	}
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // it only fails if the client is gone
}
