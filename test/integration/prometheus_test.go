//go:build integration

package integration_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/alertmanager"
	asking "opsbot/inbound/httpclient"
	"opsbot/model"
	"opsbot/test/ports"
)

// prometheusServers are a real Prometheus that scrapes one exporter, and a real Alertmanager that calls a webhook.
type prometheusServers struct {
	prometheus, alertmanager string // addresses
	prom                     *process
	errors                   *atomic.Int64 // the exporter's value, of web1
	others                   sync.Map      // further hosts that have errors; not web1
	exporter                 *httptest.Server
}

func startPrometheus(t *testing.T, hookURL string) *prometheusServers {
	t.Helper()
	dir, prom, am := t.TempDir(), ports.Free(t), ports.Free(t)
	s := &prometheusServers{prometheus: "http://127.0.0.1:" + prom, alertmanager: "http://127.0.0.1:" + am, errors: &atomic.Int64{}}
	s.exporter = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprintf(w, "app_errors %d\n", s.errors.Load())
		s.others.Range(func(host, _ any) bool {
			_, err := fmt.Fprintf(w, "app_errors{host=%q} 10\n", host)
			return err == nil
		})
	}))
	t.Cleanup(s.exporter.Close)
	amConf := write(t, dir, "alertmanager.yml", fmt.Sprintf(`
route: {receiver: opsbot, group_by: ['...'], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers:
- name: opsbot
  webhook_configs:
  - {url: '%s', send_resolved: true, max_alerts: 0, http_config: {authorization: {type: Bearer, credentials: '%s'}}}
`, hookURL, hookSecret))
	rules := write(t, dir, "rules.yml", `
groups:
- name: test
  interval: 1s
  rules:
  - alert: ManyErrors
    expr: app_errors > 5
    labels: {severity: critical}
    annotations: {summary: 'errors on {{ $labels.host }}'}
`)
	promConf := write(t, dir, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ['%s']
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:%s']}]}]}
scrape_configs:
- job_name: apps
  honor_labels: true
  static_configs: [{targets: ['%s'], labels: {host: web1}}]
`, rules, am, strings.TrimPrefix(s.exporter.URL, "http://")))
	launch(t, nil, "prometheus-alertmanager", "--config.file="+amConf, "--storage.path="+dir+"/am", "--web.listen-address=127.0.0.1:"+am, "--cluster.listen-address=").until("it is ready", ready(t, s.alertmanager))
	s.prom = launch(t, nil, "prometheus", "--config.file="+promConf, "--storage.tsdb.path="+dir+"/data", "--web.listen-address=127.0.0.1:"+prom, "--rules.alert.resend-delay=1s")
	s.prom.until("it is ready", ready(t, s.prometheus))
	return s
}

// ready checks whether one of these servers answers queries.
func ready(t *testing.T, address string) func() error {
	return func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/-/ready", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			return errors.New(answer.Status)
		}
		return nil
	}
}

func (s *prometheusServers) client(t *testing.T, now func() time.Time) *alertmanager.Client {
	t.Helper()
	client := asking.New(asking.Options{})
	t.Cleanup(client.Close)
	return alertmanager.New(alertmanager.Options{URLs: []string{s.alertmanager}, Prometheus: []string{s.prometheus}, HTTP: client, Reader: alertmanager.Reader{Now: now}})
}

// latest is the event that began last.
func (n *notebook) latest() *model.Event {
	latest := &model.Event{}
	for _, e := range n.all() {
		if e.OpenedAt.After(latest.OpenedAt) {
			latest = &e
		}
	}
	return latest
}

func TestIntegrationPrometheus(t *testing.T) {
	n, received := newNotebook(), newNotebook()
	silent, _ := watch(t, received, nil, time.Hour) // only from hook calls
	s := startPrometheus(t, hook(t, silent, alertmanager.Reader{Now: time.Now}.Parse))
	// In its first two minutes absence at an Alertmanager means nothing: for the polling watcher these have passed.
	later := func() time.Time { return time.Now().Add(3 * time.Minute) }
	w, _ := watch(t, n, s.client(t, later), time.Second)
	c := s.client(t, time.Now)
	n.wait(t, soon, "it is connected", func() bool { return w.State().Version != "" && len(w.State().Missing) == 0 })

	t.Run("an alert and its end", func(t *testing.T) {
		s.errors.Store(10)
		n.wait(t, soon, "the poll tells", func() bool { return n.standing() == 1 })
		received.wait(t, soon, "the hook tells", func() bool { return received.standing() == 1 })
		if polled, sent := n.latest(), received.latest(); polled.ID != sent.ID || polled.Title != "errors on web1" || polled.Severity != model.SeverityCritical {
			t.Errorf("the poll has\n%+v\nand the hook\n%+v", polled, sent)
		}
		s.errors.Store(0)
		n.wait(t, soon, "its end is confirmed", func() bool { return n.latest().End == model.EndConfirmed })
		received.wait(t, soon, "the hook tells the end", func() bool { return received.standing() == 0 })
	})
	t.Run("an end during a silence", func(t *testing.T) {
		s.errors.Store(10)
		n.wait(t, soon, "the poll tells", func() bool { return n.standing() == 1 })
		received.wait(t, soon, "the hook tells", func() bool { return received.standing() == 1 })
		handle, err := c.Suppress(t.Context(), []model.Event{*n.latest()}, inbound.Note{Author: "ivan", Comment: "deploy", Until: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		n.wait(t, soon, "the silence is seen", func() bool { return n.latest().Suppressed })
		s.errors.Store(0)
		n.wait(t, soon, "the end is found by asking", func() bool { return n.latest().End == model.EndConfirmed })
		if received.standing() != 1 {
			t.Error("the hook reported it: then there is nothing to find")
		}
		if err := c.Expire(t.Context(), handle); err != nil {
			t.Error(err)
		}
	})
	t.Run("Prometheus dies", func(t *testing.T) {
		s.errors.Store(10)
		n.wait(t, soon, "the poll tells", func() bool { return n.standing() == 1 })
		s.prom.end(syscall.SIGKILL)
		n.wait(t, 2*soon, "Alertmanager lets go of it", func() bool { return n.standing() == 0 })
		if e := n.latest(); e.End != model.EndUnconfirmed {
			t.Errorf("nothing measures it, and its end is %s: %+v", e.End, e)
		}
	})
}
