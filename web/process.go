package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"opsbot/model"
)

// Process is what the control socket says of the process that it belongs to, whether this leads or not: it is never passed on. All are required.
type Process struct {
	Health  func(language string) Health
	Metrics prometheus.Gatherer
	Log     func() []string // the latest lines of the log, without secrets
}

// MetricsView is the answer to /v1/metrics.
type MetricsView struct {
	Text string `json:"text"` // in the format of Prometheus
}

// LogView is the answer to /v1/log.
type LogView struct {
	Lines []string `json:"lines"`
}

// Handler answers what is asked of the process, and hands on the rest.
func (p Process) Handler(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", next)
	handle(mux, "POST /v1/health", func(_ *http.Request, req ControlRequest) (string, any, error) {
		return "", p.Health(req.Language), nil
	})
	handle(mux, "POST /v1/metrics", func(*http.Request, ControlRequest) (string, any, error) {
		text, err := exposed(p.Metrics)
		return "", MetricsView{text}, err
	})
	handle(mux, "POST /v1/log", func(*http.Request, ControlRequest) (string, any, error) {
		return "", LogView{listOf(p.Log())}, nil
	})
	return mux
}

// exposed is what a registry has, in the format of Prometheus.
func exposed(from prometheus.Gatherer) (string, error) {
	families, err := from.Gather()
	if err != nil {
		return "", fmt.Errorf("gather the metrics: %w", err)
	}
	var out bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			return "", fmt.Errorf("write the metrics: %w", err)
		}
	}
	return out.String(), nil
}

// mostHealth bounds the answer of a listener that may not be opsbot's, in bytes.
const mostHealth = 1 << 20

// AskHealth asks an opsbot for its health at its web listener, by its URL.
func AskHealth(ctx context.Context, url string, wait time.Duration) (h Health, err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/healthz", nil)
	if err != nil {
		return h, noListener(url, err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return h, noListener(url, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	if err := json.NewDecoder(io.LimitReader(resp.Body, mostHealth)).Decode(&h); err != nil {
		return h, noListener(url, fmt.Errorf("HTTP %d: %w", resp.StatusCode, err))
	}
	return h, nil
}

func noListener(url string, err error) error {
	return &model.Error{Code: model.ErrNoListener, Args: map[string]string{"address": url, "what": err.Error()}, Err: err}
}
