package deploy_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	pmodel "github.com/prometheus/common/model"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// exposed are the labels of each metric that opsbot has, by its name: of the process, and of checks.
func exposed(t *testing.T) map[string][]string {
	t.Helper()
	all := ofProcess(t)
	maps.Copy(all, ofChecks(t))
	return all
}

// ofProcess are the metrics of opsbot itself, with what every scrape has.
func ofProcess(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{"up": {"job", "instance"}}
	snapshot := web.Snapshot{
		Checks: map[string]int{"ok": 1}, Results: map[string]uint64{"ok": 1}, Incidents: map[web.Open]int{{Kind: "check", Severity: "info"}: 1}, Leads: true, StoreBytes: 1,
		Sends: map[web.Send]uint64{{Channel: "x", Result: "sent"}: 1}, Outages: []web.Outage{{To: "x", Failure: "denied"}}, Sources: map[string]web.Received{"x": {}},
		StoreErrors: map[web.StorePart]uint64{{Area: "x"}: 1}, SetAside: map[string]int{"x": 1}, Refused: map[string]uint64{"x": 1},
	}
	own, err := web.NewMetrics("1", func() web.Snapshot { return snapshot }).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range own {
		all[f.GetName()] = []string{"job", "instance"}
		for _, l := range f.GetMetric()[0].GetLabel() {
			all[f.GetName()] = append(all[f.GetName()], l.GetName())
		}
	}
	return all
}

// ofChecks are the metrics of checks, services, clients and people on call.
func ofChecks(t *testing.T) map[string][]string {
	t.Helper()
	at := time.Now()
	c := &model.Check{ID: "a", Kind: "web", Endpoint: &model.Endpoint{ServiceKey: model.ServiceKey{Client: "c", Service: "s"}, Host: "h"}}
	measures := &ops.Measures{
		Checks:   []ops.CheckRow{{Check: c, State: model.CheckState{Status: model.StatusOK, At: at, Expires: at, RegisteredUntil: at, Measured: model.Measured{Took: 1}}}},
		Services: []model.ServiceState{{}}, Clients: map[string]model.Verdict{"c": 0}, OnCall: []ops.ScheduleDuty{{Now: []ops.DutyShift{{}}}},
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/metrics/checks", nil)
	r.Header.Set("Authorization", "Bearer x")
	web.CheckMetrics(func(string) (model.Actor, bool) { return model.Actor{}, true }, func(context.Context, model.Actor) (*ops.Measures, error) { return measures, nil }).ServeHTTP(w, r)
	p := expfmt.NewTextParser(pmodel.UTF8Validation)
	families, err := p.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for name, f := range families {
		all[name] = []string{"job", "instance"}
		for _, l := range f.GetMetric()[0].GetLabel() {
			all[name] = append(all[name], l.GetName())
		}
	}
	return all
}

// TestDocsKnowTheMetrics: each has a row in each language.
func TestDocsKnowTheMetrics(t *testing.T) {
	for _, doc := range []struct {
		path    string
		metrics map[string][]string
	}{
		{"../docs/metrics.md", ofChecks(t)},
		{"../docs/ru/metrics.md", ofChecks(t)},
		{"../docs/operations.md", ofProcess(t)},
		{"../docs/ru/operations.md", ofProcess(t)},
	} {
		text, err := os.ReadFile(doc.path)
		if err != nil {
			t.Fatal(err)
		}
		for name := range doc.metrics {
			if strings.HasPrefix(name, "opsbot_") && !regexp.MustCompile("(?m)^\\| `"+name+"[`{]").Match(text) {
				t.Errorf("%s has no row in %s", name, doc.path)
			}
		}
	}
}

var (
	metricUse  = regexp.MustCompile(`\b((?:opsbot|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?`)
	labelUse   = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
	groupUse   = regexp.MustCompile(`\b(?:by|ignoring|on) \(([a-z_, ]+)\)`)
	legendUse  = regexp.MustCompile(`\{\{([a-z_]+)\}\}`)
	textValues = regexp.MustCompile(`"[^"]*"`)
)

// usesWhatIs reports metrics and labels of an expression that opsbot does not have.
func usesWhatIs(t *testing.T, where, expr, legend string, known map[string][]string) {
	t.Helper()
	var labels []string
	uses := metricUse.FindAllStringSubmatch(expr, -1)
	for _, use := range uses {
		name, matchers := use[1], use[2]
		of, there := known[name]
		if !there {
			t.Errorf("%s: there is no metric %s", where, name)
			continue
		}
		labels = append(labels, of...)
		for _, l := range labelUse.FindAllStringSubmatch(matchers, -1) {
			if !slices.Contains(of, l[1]) {
				t.Errorf("%s: %s has no label %s", where, name, l[1])
			}
		}
	}
	if len(uses) == 0 {
		t.Errorf("%s: no metric in %s", where, expr)
	}
	used := legendUse.FindAllStringSubmatch(legend, -1)
	for _, group := range groupUse.FindAllStringSubmatch(textValues.ReplaceAllString(expr, ""), -1) {
		for _, name := range strings.Split(group[1], ",") {
			used = append(used, []string{"", strings.TrimSpace(name)})
		}
	}
	for _, l := range used {
		if !slices.Contains(labels, l[1]) {
			t.Errorf("%s: no metric of %s has the label %s", where, expr, l[1])
		}
	}
}

// TestDashboards: they are what Grafana reads, and every metric and label in them exists.
func TestDashboards(t *testing.T) {
	known := exposed(t)
	files, err := filepath.Glob("grafana/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v %v", files, err)
	}
	uids := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			UID, Title    string
			SchemaVersion int
			Panels        []struct {
				ID          int
				Title, Type string
				GridPos     struct{ X, Y, W, H int }
				Datasource  struct{ UID string }
				Targets     []struct{ Expr, LegendFormat, RefID string }
			}
		}
		if err := json.Unmarshal(text, &d); err != nil || d.UID == "" || d.Title == "" || d.SchemaVersion == 0 || uids[d.UID] {
			t.Fatalf("%s: %v %+v", file, err, d)
		}
		uids[d.UID] = true
		ids := map[int]bool{}
		for _, p := range d.Panels {
			where := file + ": " + p.Title
			if p.Title == "" || p.Type == "" || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
				t.Errorf("%s: %+v", where, p)
			}
			ids[p.ID] = true
			for _, target := range p.Targets {
				usesWhatIs(t, where, target.Expr, target.LegendFormat, known)
			}
		}
	}
}

// TestRulesOfPrometheus: every metric and label in them exists, and each alert says what to do. promtool tries them in make integration.
func TestRulesOfPrometheus(t *testing.T) {
	known := exposed(t)
	text, err := os.ReadFile("prometheus/opsbot.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	alerts := strings.Split(string(text), "- alert: ")[1:]
	if len(alerts) < 10 {
		t.Fatalf("%d alerts", len(alerts))
	}
	tests, err := os.ReadFile("prometheus/opsbot.rules.test.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, alert := range alerts {
		name, _, _ := strings.Cut(alert, "\n")
		expr := regexp.MustCompile(`(?m)^ *expr: (.*)$`).FindStringSubmatch(alert)
		if expr == nil || !strings.Contains(alert, "summary: ") || !strings.Contains(alert, "description: ") || !strings.Contains(alert, "severity: ") {
			t.Errorf("%s is not complete", name)
			continue
		}
		usesWhatIs(t, name, expr[1], "", known)
		if !regexp.MustCompile(`alertname: ` + name + `\b\s+exp_alerts:\s+- `).Match(tests) {
			t.Errorf("no test of promtool has %s fire", name)
		}
	}
}
