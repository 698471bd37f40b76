package monitors

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// PrometheusPath is the root of the API of Prometheus; Alertmanager's is at the root.
const PrometheusPath = "/prometheus"

// prometheus is a Prometheus that scrapes an exporter on each host, and its Alertmanager, which calls a webhook. It is safe for
// concurrent use.
type prometheus struct {
	o       Options
	now     func() time.Time
	started time.Time
	client  *http.Client
	fresh   chan struct{} // has room for one: there is something to send

	mu       sync.Mutex
	alerts   []*alert // of one storm: firing, or resolved and not yet sent
	silences []*silence
	lastID   int
}

// alert is one alert.
type alert struct {
	host         string
	labels       map[string]string
	began, ended time.Time // ended is zero while it fires
	sent         string    // the status last accepted by the hook
}

func newPrometheus(o Options) *prometheus {
	return &prometheus{
		o: o, now: o.Now, started: o.Now().Add(-time.Hour), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		fresh: make(chan struct{}, 1),
	}
}

func (p *prometheus) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/status", p.status)
	mux.HandleFunc("GET /api/v2/alerts", p.list)
	mux.HandleFunc("GET /api/v2/silences", p.listSilences)
	mux.HandleFunc("POST /api/v2/silences", p.setSilence)
	mux.HandleFunc("DELETE /api/v2/silence/{id}", p.expireSilence)
	mux.HandleFunc("GET "+PrometheusPath+"/api/v1/alerts", p.firing)
	mux.HandleFunc("GET "+PrometheusPath+"/api/v1/query", p.query)
	return login(p.o.Password, mux)
}

func (p *prometheus) status(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"uptime": p.started.UTC(), "versionInfo": map[string]any{"version": "0.28.1"}, "cluster": map[string]any{"status": "disabled"},
	})
}

// list returns firing alerts.
func (p *prometheus) list(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := []map[string]any{}
	for _, a := range p.alerts {
		if !a.ended.IsZero() {
			continue
		}
		state, by := "active", p.silencedBy(a)
		if len(by) > 0 {
			state = "suppressed"
		}
		all = append(all, map[string]any{
			"labels": a.labels, "annotations": a.annotations(), "fingerprint": a.fingerprint(), "startsAt": a.began.UTC(),
			"endsAt": p.now().Add(4 * time.Minute).UTC(), "updatedAt": p.now().UTC(), "generatorURL": "",
			"receivers": []map[string]any{{"name": receiver}}, "status": map[string]any{"state": state, "silencedBy": by, "inhibitedBy": []string{}},
		})
	}
	answer(w, http.StatusOK, all)
}

// receiver is the name of the hook in Alertmanager's configuration.
const receiver = "opsbot"

// firing returns firing alerts, in Prometheus' format.
func (p *prometheus) firing(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := []map[string]any{}
	for _, a := range p.alerts {
		if a.ended.IsZero() {
			all = append(all, map[string]any{"labels": a.labels, "state": "firing", "activeAt": a.began.UTC(), "value": "0e+00"})
		}
	}
	answer(w, http.StatusOK, map[string]any{"status": "success", "data": map[string]any{"alerts": all}})
}

// query answers vector(1), and up: 0 for the exporters with alerts.
func (p *prometheus) query(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := seconds(p.now())
	found := []map[string]any{}
	switch expr := r.URL.Query().Get("query"); expr {
	case "vector(1)":
		found = append(found, map[string]any{"metric": map[string]string{}, "value": []any{at, "1"}})
	case "up":
		for _, h := range p.o.Hosts {
			value := "1"
			if slices.ContainsFunc(p.alerts, func(a *alert) bool { return a.host == h.Name && a.ended.IsZero() }) {
				value = "0"
			}
			found = append(found, map[string]any{"metric": target(h.Name), "value": []any{at, value}})
		}
	default:
		answer(w, http.StatusBadRequest, map[string]any{"status": "error", "errorType": "bad_data", "error": fmt.Sprintf("the sandbox cannot evaluate %.40q", expr)})
		return
	}
	answer(w, http.StatusOK, map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": found}})
}

// target are the labels of a host's exporter.
func target(host string) map[string]string {
	return map[string]string{"instance": host + ":9100", "job": "node"}
}

// report fires an alert for each of these hosts, and resolves all others. The end of a silenced alert is never sent, as in
// Alertmanager.
func (p *prometheus) report(hosts []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now().Truncate(time.Millisecond)
	for _, a := range p.alerts {
		if a.ended.IsZero() && !slices.Contains(hosts, a.host) {
			a.ended = now
		}
	}
	p.alerts = slices.DeleteFunc(p.alerts, func(a *alert) bool { return !a.ended.IsZero() && len(p.silencedBy(a)) > 0 })
	for _, host := range hosts {
		if slices.ContainsFunc(p.alerts, func(a *alert) bool { return a.host == host && a.ended.IsZero() }) {
			continue
		}
		a := &alert{host: host, labels: target(host), began: now}
		maps.Copy(a.labels, map[string]string{"alertname": "HostDown", "severity": "critical"})
		p.alerts = append(p.alerts, a)
	}
	p.wake()
}

func (p *prometheus) wake() {
	select {
	case p.fresh <- struct{}{}:
	default: // already requested
	}
}

func (a *alert) annotations() map[string]string {
	return map[string]string{"summary": a.host + ": the exporter does not answer"}
}

// fingerprint is a hash of the labels, like Alertmanager's.
func (a *alert) fingerprint() string {
	h := fnv.New64a()
	for _, key := range slices.Sorted(maps.Keys(a.labels)) {
		_, _ = h.Write([]byte(key + "\xff" + a.labels[key] + "\xff")) // a hash takes everything
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

func (a *alert) state() string {
	if a.ended.IsZero() {
		return "firing"
	}
	return "resolved"
}
