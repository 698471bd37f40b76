package web

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// checkMetricsPath is of the metrics of checks, for which a token is needed: they name clients.
const checkMetricsPath = "/metrics/checks"

// scrapesAtOnce bounds how many scrapes are answered at once; more are told to come again.
const scrapesAtOnce = 2

// CheckMetrics answers with the metrics of all checks that the owner of a token sees, in the text format of Prometheus. They are written as they
// are read, so that many cost no more memory than their states. measures may return nil: an opsbot that does not lead has none.
func CheckMetrics(admit func(token string) (model.Actor, bool), measures func(ctx context.Context, who model.Actor) (*ops.Measures, error)) http.Handler {
	slots := make(chan struct{}, scrapesAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		who, known := admit(token)
		if !bearer || !known {
			w.Header().Set("WWW-Authenticate", `Bearer realm="opsbot"`)
			http.Error(w, "a token of [[web.tokens]] is needed", http.StatusUnauthorized)
			return
		}
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			http.Error(w, "two scrapes are being answered", http.StatusServiceUnavailable)
			return
		}
		m, err := measures(r.Context(), who)
		if err != nil {
			writeError(w, err)
			return
		}
		writeCheckMetrics(w, r, m)
	})
}

func writeCheckMetrics(w http.ResponseWriter, r *http.Request, m *ops.Measures) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Vary", "Accept-Encoding")
	to := io.Writer(w)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return // the level is known
		}
		defer func() { _ = packed.Close() }() // it only fails if the client is gone
		to = packed
	}
	out := bufio.NewWriterSize(to, 64<<10)
	if m != nil {
		exposeMeasures(out, m)
	}
	_ = out.Flush() // it only fails if the client is gone
}

// checkFamilies are the metrics of a check. A check without a value has no sample there.
var checkFamilies = []struct {
	name, help string
	value      func(s *model.CheckState) (float64, bool)
}{
	{"check_up", "1 unless the check is down, as alerts are decided.", func(s *model.CheckState) (float64, bool) { return one(s.Phase != model.PhaseDown), ran(s) }},
	{"check_success", "1 if the last run was ok, 0 if it failed; absent while it is unknown.", func(s *model.CheckState) (float64, bool) {
		return one(s.Status == model.StatusOK), ran(s) && s.Status != model.StatusUnknown
	}},
	{"check_duration_seconds", "How long the last run took; absent unless it was ok.", func(s *model.CheckState) (float64, bool) {
		return s.Measured.Took.Seconds(), s.Measured.Took > 0
	}},
	{"check_last_run_timestamp_seconds", "When the check ran last.", func(s *model.CheckState) (float64, bool) { return stampOf(s.At), ran(s) }},
	{"check_certificate_expiry_timestamp_seconds", "When the certificate that was seen last expires; absent where there is none.", func(s *model.CheckState) (float64, bool) {
		return stampOf(s.Expires), !s.Expires.IsZero()
	}},
	{"check_domain_expiry_timestamp_seconds", "When the registration of the check's domain ends; absent where it has none.", func(s *model.CheckState) (float64, bool) {
		return stampOf(s.RegisteredUntil), !s.RegisteredUntil.IsZero()
	}},
}

// ran reports whether a check has run.
func ran(s *model.CheckState) bool { return !s.At.IsZero() }

func stampOf(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

// exposeMeasures writes all families.
func exposeMeasures(out *bufio.Writer, m *ops.Measures) {
	labels := make([]string, len(m.Checks))
	for i := range m.Checks {
		labels[i] = checkLabels(m.Checks[i].Check)
	}
	for _, f := range checkFamilies {
		family(out, f.name, f.help)
		for i := range m.Checks {
			if v, has := f.value(&m.Checks[i].State); has {
				sample(out, f.name, labels[i], v)
			}
		}
	}
	family(out, "checks_left_out", "Checks beyond metrics_checks of [web], which have no metrics here.")
	sample(out, "checks_left_out", "", float64(m.LeftOut))
	exposeServices(out, m)
	family(out, "oncall", "1 for who is on call.")
	for _, s := range m.OnCall {
		for _, shift := range s.Now {
			sample(out, "oncall", pairs("schedule", s.Name, "person", shift.Person), 1)
		}
	}
}

func exposeServices(out *bufio.Writer, m *ops.Measures) {
	family(out, "service_verdict", "1 for the verdict of a service of a client.")
	for i := range m.Services {
		s := &m.Services[i]
		sample(out, "service_verdict", pairs("client", s.Client, "service", s.Service, "verdict", s.Verdict.String()), 1)
	}
	family(out, "service_endpoints", "Endpoints of a service by their last result.")
	for i := range m.Services {
		s := &m.Services[i]
		for _, n := range []struct {
			state string
			count int
		}{{"up", s.Up}, {"failed", s.Failed}, {"unknown", s.Unknown}} {
			sample(out, "service_endpoints", pairs("client", s.Client, "service", s.Service, "state", n.state), float64(n.count))
		}
	}
	family(out, "service_endpoints_needed", "Endpoints that must be up (min_up).")
	for i := range m.Services {
		s := &m.Services[i]
		sample(out, "service_endpoints_needed", pairs("client", s.Client, "service", s.Service), float64(s.Need))
	}
	family(out, "client_verdict", "1 for the verdict of a client's worst service.")
	for _, client := range slices.Sorted(maps.Keys(m.Clients)) {
		sample(out, "client_verdict", pairs("client", client, "verdict", m.Clients[client].String()), 1)
	}
}

// checkLabels are the labels of a check. A standalone one has no client, service and host.
func checkLabels(c *model.Check) string {
	var client, service, host string
	if e := c.Endpoint; e != nil {
		client, service, host = e.Client, e.Service, e.Host
	}
	return pairs("check", string(c.ID), "client", client, "service", service, "host", host, "kind", c.Kind)
}

// The text format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

// family begins a metric. All of these are gauges.
func family(out *bufio.Writer, name, help string) {
	_, _ = out.WriteString("# HELP opsbot_" + name + " " + help + "\n# TYPE opsbot_" + name + " gauge\n") // a bufio.Writer keeps its error
}

func sample(out *bufio.Writer, name, labels string, v float64) {
	_, _ = out.WriteString("opsbot_")
	_, _ = out.WriteString(name)
	if labels != "" {
		_ = out.WriteByte('{')
		_, _ = out.WriteString(labels)
		_ = out.WriteByte('}')
	}
	_ = out.WriteByte(' ')
	_, _ = out.Write(strconv.AppendFloat(out.AvailableBuffer(), v, 'f', -1, 64))
	_ = out.WriteByte('\n')
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// pairs are labels: names and values in turn.
func pairs(namesAndValues ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(namesAndValues[i])
		b.WriteString(`="`)
		b.WriteString(labelEscapes.Replace(strings.ToValidUTF8(namesAndValues[i+1], "�")))
		b.WriteByte('"')
	}
	return b.String()
}
