package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	pmodel "github.com/prometheus/common/model"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
	"opsbot/web"
)

// measured is a fleet of so many checks, in every state.
func measured(n int) *ops.Measures {
	m := &ops.Measures{LeftOut: 3, Clients: map[string]model.Verdict{"clientA": model.VerdictDown}}
	at := time.UnixMilli(1_790_000_000_500)
	for i := range n {
		key := model.ServiceKey{Client: fmt.Sprint("client", i%500), Service: "reports"}
		host := fmt.Sprint("web", i)
		c := &model.Check{ID: model.EndpointCheckID(key.Client, key.Service, host), Kind: "web", Endpoint: &model.Endpoint{ServiceKey: key, Host: host}}
		s := model.CheckState{Status: model.StatusOK, At: at, Expires: at.Add(time.Hour), RegisteredUntil: at.Add(2 * time.Hour), Measured: model.Measured{Took: 1500 * time.Microsecond}}
		m.Checks = append(m.Checks, ops.CheckRow{Check: c, State: s})
	}
	return m
}

// odd adds what is not ok, what has not run, and a name with every character that the format escapes.
func odd(m *ops.Measures) *ops.Measures {
	at := time.UnixMilli(1_790_000_000_500)
	m.Checks = append(m.Checks,
		ops.CheckRow{Check: &model.Check{ID: "a\"b\\c\nd\xff", Kind: "tcp"}, State: model.CheckState{Phase: model.PhaseDown, Status: model.StatusFail, At: at}},
		ops.CheckRow{Check: &model.Check{ID: "unknown", Kind: "tcp"}, State: model.CheckState{Status: model.StatusUnknown, At: at}},
		ops.CheckRow{Check: &model.Check{ID: "new", Kind: "tcp"}},
	)
	m.Services = []model.ServiceState{{ServiceKey: model.ServiceKey{Client: "clientA", Service: "reports"}, Tally: model.Tally{Up: 1, Failed: 2, Unknown: 3}, Verdict: model.VerdictDown, Need: 4}}
	m.OnCall = []ops.ScheduleDuty{{Name: "primary", Now: []ops.DutyShift{{Shift: oncall.Shift{Person: "anna"}, Phone: "+1555"}}}}
	return m
}

// scrape asks as Prometheus does.
func scrape(t *testing.T, h http.Handler, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics/checks", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func checkMetrics(m *ops.Measures, err error) http.Handler {
	return web.CheckMetrics(func(token string) (model.Actor, bool) { return model.Actor{Name: token}, token == "right" },
		func(context.Context, model.Actor) (*ops.Measures, error) { return m, err })
}

func parsed(t *testing.T, body io.Reader) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(pmodel.UTF8Validation)
	families, err := p.TextToMetricFamilies(body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// samples are those of a family by the value of a label.
func samples(f *dto.MetricFamily, label string) map[string]float64 {
	all := map[string]float64{}
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == label {
				all[l.GetValue()] = m.GetGauge().GetValue()
			}
		}
	}
	return all
}

// TestCheckMetrics parses what is exposed: every value is where it belongs, and what is not known has no sample.
func TestCheckMetrics(t *testing.T) {
	w := scrape(t, checkMetrics(odd(measured(2)), nil), "Authorization", "Bearer right")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if strings.Contains(w.Body.String(), "+1555") {
		t.Error("there is a phone in it")
	}
	families := parsed(t, w.Body)
	const one, strange = "client0/reports@web0", "a\"b\\c\nd�"
	for name, want := range map[string]map[string]float64{
		"opsbot_check_up":                                   {one: 1, strange: 0, "unknown": 1},
		"opsbot_check_success":                              {one: 1, strange: 0},
		"opsbot_check_duration_seconds":                     {one: 0.0015},
		"opsbot_check_last_run_timestamp_seconds":           {one: 1790000000.5, strange: 1790000000.5, "unknown": 1790000000.5},
		"opsbot_check_certificate_expiry_timestamp_seconds": {one: 1790003600.5},
		"opsbot_check_domain_expiry_timestamp_seconds":      {one: 1790007200.5},
	} {
		got := samples(families[name], "check")
		delete(got, "client1/reports@web1")
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"opsbot_service_endpoints": "map[failed:2 unknown:3 up:1]", "opsbot_service_verdict": "map[down:1]", "opsbot_client_verdict": "map[down:1]",
	} {
		label := "verdict"
		if name == "opsbot_service_endpoints" {
			label = "state"
		}
		if got := fmt.Sprint(samples(families[name], label)); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
	if got := samples(families["opsbot_oncall"], "person"); got["anna"] != 1 || families["opsbot_checks_left_out"].GetMetric()[0].GetGauge().GetValue() != 3 {
		t.Errorf("%v", got)
	}
	if got := samples(families["opsbot_check_up"], "host"); len(got) != 3 { // web0, web1, and none
		t.Errorf("%v", got)
	}
}

// TestCheckMetricsNeedAToken: without one there is nothing; what a token may not is not shown; a standby has none.
func TestCheckMetricsNeedAToken(t *testing.T) {
	for _, headers := range [][]string{nil, {"Authorization", "Bearer wrong"}, {"Authorization", "right"}, {"Authorization", "Basic right"}} {
		if w := scrape(t, checkMetrics(measured(1), nil), headers...); w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "client0") {
			t.Errorf("%v: %d %s", headers, w.Code, w.Body)
		}
	}
	refused := &model.Error{Code: model.ErrForbidden}
	if w := scrape(t, checkMetrics(measured(1), errors.Join(refused)), "Authorization", "Bearer right"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", w.Code)
	}
	if w := scrape(t, checkMetrics(nil, nil), "Authorization", "Bearer right"); w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Errorf("a standby: %d %s", w.Code, w.Body)
	}
}

// TestScrapesAreBounded: the third at once is told to come again.
func TestScrapesAreBounded(t *testing.T) {
	begun, goOn := make(chan bool), make(chan bool)
	h := web.CheckMetrics(func(string) (model.Actor, bool) { return model.Actor{}, true }, func(context.Context, model.Actor) (*ops.Measures, error) {
		begun <- true
		<-goOn
		return nil, nil
	})
	ended := make(chan int, 2)
	for range 2 {
		go func() { ended <- scrape(t, h, "Authorization", "Bearer x").Code }()
		<-begun
	}
	if w := scrape(t, h, "Authorization", "Bearer x"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", w.Code)
	}
	close(goOn)
	for range 2 {
		if code := <-ended; code != http.StatusOK {
			t.Error(code)
		}
	}
}

// TestPackedCheckMetrics: with gzip they are the same, and much smaller.
func TestPackedCheckMetrics(t *testing.T) {
	h := checkMetrics(measured(1000), nil)
	plain := scrape(t, h, "Authorization", "Bearer right").Body.Bytes()
	w := scrape(t, h, "Authorization", "Bearer right", "Accept-Encoding", "gzip, deflate")
	small := w.Body.Len()
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(plain, unpacked) || small*5 > len(plain) {
		t.Errorf("%d bytes, packed %d: %v", len(plain), small, err)
	}
}

// BenchmarkScrape20000 is one scrape of 20,000 checks.
func BenchmarkScrape20000(b *testing.B) {
	h := checkMetrics(measured(20000), nil)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/metrics/checks", nil)
		r.Header.Set("Authorization", "Bearer right")
		r.Header.Set("Accept-Encoding", "gzip")
		h.ServeHTTP(&discarded{}, r)
	}
}

// discarded is an answer that nobody reads.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}

func (*discarded) Write(p []byte) (int, error) { return len(p), nil }
func (*discarded) WriteHeader(int)             {}
