package alertmanager_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/alertmanager"
	"opsbot/model"
)

// The interfaces that a Client implements.
var (
	_ inbound.Client    = (*alertmanager.Client)(nil)
	_ inbound.Confirmer = (*alertmanager.Client)(nil)
	_ inbound.Writer    = (*alertmanager.Client)(nil)
)

func TestSnapshotOfARealAnswer(t *testing.T) {
	am := newServer(t)
	am.set("/api/v2/alerts", file(t, "api_v2_alerts.json"))
	c := client(t, []string{am.url + "/"}, nil)
	snap, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Events) != 4 || snap.Absences != 2 || snap.Unsettled || !strings.Contains(snap.Boot, "2026-11-22T02:17:29.218Z") {
		t.Fatalf("%+v", snap)
	}
	hook, _ := parse(t, "webhook_firing_single.json")
	i := slices.IndexFunc(snap.Events, func(e model.Event) bool { return e.Object == hook[0].Object })
	if got, want := fmt.Sprintf("%+v", snap.Events[i]), fmt.Sprintf("%+v", hook[0]); got != want {
		t.Errorf("the API has one event as\n%s\nthe webhook as\n%s", got, want)
	}
	probe, err := c.Probe(t.Context())
	if err != nil || probe.Version != "0.25.0" || len(probe.Missing) != 0 {
		t.Errorf("%+v, %v", probe, err)
	}
}

func TestSilencedIsSuppressed(t *testing.T) {
	for _, name := range []string{"api_v2_alerts_silenced.json", "034_api_v2_alerts_silenced.json"} {
		am := newServer(t)
		am.set("/api/v2/alerts", file(t, name))
		snap, err := client(t, []string{am.url}, nil).Snapshot(t.Context())
		if err != nil || len(snap.Events) != 1 || !snap.Events[0].Suppressed {
			t.Errorf("%s: %+v, %v", name, snap.Events, err)
		}
	}
}

func TestJustStartedIsUnsettled(t *testing.T) {
	young, old := newServer(t), newServer(t)
	young.set("/api/v2/status", `{"uptime":"2026-11-22T02:29:00Z"}`)
	snap, err := client(t, []string{young.url}, nil).Snapshot(t.Context())
	if err != nil || !snap.Unsettled {
		t.Errorf("%+v, %v", snap, err)
	}
	if snap, err = client(t, []string{young.url, old.url}, nil).Snapshot(t.Context()); err != nil || snap.Unsettled {
		t.Errorf("with one that knows: %+v, %v", snap, err)
	}
}

func TestCluster(t *testing.T) {
	one := func(print, state string) string {
		return fmt.Sprintf(`{"fingerprint":%q,"startsAt":"2026-11-22T02:17:52Z","status":{"state":%q},"labels":{"alertname":"Down"}}`, print, state)
	}
	a, b := newServer(t), newServer(t)
	a.set("/api/v2/alerts", "["+one("both", "suppressed")+","+one("quiet", "suppressed")+"]")
	b.set("/api/v2/alerts", "["+one("both", "active")+","+one("quiet", "suppressed")+","+one("only", "active")+"]")
	snap, err := client(t, []string{a.url, b.url}, nil).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, e := range snap.Events {
		got[e.Object] = e.Suppressed
	}
	if len(snap.Events) != 3 || len(got) != 3 || got["both"] || !got["quiet"] || got["only"] {
		t.Errorf("suppressed: %v", got)
	}
}

func TestOneOfTwoIsDown(t *testing.T) {
	am := newServer(t)
	gone := dead(t)
	c := client(t, []string{gone, am.url}, nil)
	snap, err := c.Snapshot(t.Context())
	if err != nil || len(snap.Missing) != 1 || snap.Missing[0].Code != model.ReasonSourceAway ||
		!strings.HasPrefix(snap.Missing[0].Args["said"], strings.TrimPrefix(gone, "http://")+": ") {
		t.Errorf("%+v, %v", snap, err)
	}
	if probe, err := c.Probe(t.Context()); err != nil || probe.Version != "0.25.0" {
		t.Errorf("%+v, %v", probe, err)
	}
	if id, err := c.Suppress(t.Context(), []model.Event{alert("web1")}, note()); err != nil || id != "id-1" {
		t.Errorf("%q, %v", id, err)
	}
}

func TestFaultsOfAll(t *testing.T) {
	refusing, garbling := newServer(t), newServer(t)
	refusing.refuse("/api/v2/status", 403, "")
	garbling.set("/api/v2/alerts", `{"alerts":[]}`)
	for name, c := range map[string]struct {
		url  string
		want model.ReasonCode
	}{
		"nobody":  {dead(t), model.ReasonSourceAway},
		"refused": {refusing.url, model.ReasonSourceRefuses},
		"garbage": {garbling.url, model.ReasonSourceGarbage},
	} {
		_, err := client(t, []string{c.url}, nil).Snapshot(t.Context())
		if err == nil || inbound.AsFault(err).Reason.Code != c.want || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// up is the answer to the query "up" for web1 of job "web".
func up(value string) string {
	return `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"web1:9100","job":"web"},"value":[1795313878.394,"` + value + `"]}]}}`
}

const (
	noAlerts = `{"status":"success","data":{"alerts":[]}}`
	noSeries = `{"status":"success","data":{"resultType":"vector","result":[]}}`
)

func alert(host string) model.Event {
	return model.Event{
		EventKey: model.EventKey{ID: "f@1"}, Object: "f",
		Labels: model.Labels{"alertname": "Down", "instance": host + ":9100", "job": "web", "prometheus": "p1", "severity": "critical"},
	}
}

func TestConfirm(t *testing.T) {
	fires := func(labels string) string {
		return `{"status":"success","data":{"alerts":[{"labels":{` + labels + `},"state":"pending"}]}}`
	}
	strange := alert("web1")
	strange.Labels = model.Labels{"alertname": "Down"}
	for name, c := range map[string]struct {
		alerts, up string
		event      model.Event
		want       bool
	}{
		"well":                     {noAlerts, up("1"), alert("web1"), true},
		"the exporter is dead":     {noAlerts, up("0"), alert("web1"), false},
		"nothing is scraped":       {noAlerts, noSeries, alert("web1"), false},
		"another is scraped":       {noAlerts, up("1"), alert("web2"), false},
		"it still fires":           {fires(`"alertname":"Down","instance":"web1:9100","job":"web"`), up("1"), alert("web1"), false},
		"a label was dropped":      {fires(`"alertname":"Down","instance":"web1:9100","replica":"a"`), up("1"), alert("web1"), false},
		"another one fires":        {fires(`"alertname":"Slow","instance":"web1:9100"`), up("1"), alert("web1"), true},
		"it fires for another":     {fires(`"alertname":"Down","instance":"web1:9100","job":"db"`), up("1"), alert("web1"), true},
		"nothing to look it up by": {noAlerts, up("1"), strange, false},
	} {
		prometheus := newServer(t)
		prometheus.set("/api/v1/alerts", c.alerts)
		prometheus.set("/api/v1/query", c.up)
		got, err := client(t, nil, []string{prometheus.url}).Confirm(t.Context(), c.event)
		if got != c.want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestConfirmOfARealAnswer(t *testing.T) {
	prometheus := newServer(t)
	prometheus.set("/api/v1/alerts", file(t, "prometheus_api_v1_alerts_firing.json"))
	prometheus.set("/api/v1/query", strings.ReplaceAll(strings.ReplaceAll(up("1"), "web1:9100", "127.0.0.1:19100"), `"web"`, `"apps"`))
	c := client(t, nil, []string{prometheus.url})
	false1, _ := parse(t, "webhook_false_resolved_prometheus_dead.json")
	if got, err := c.Confirm(t.Context(), false1[0]); got || err != nil {
		t.Errorf("a firing alert has ended: %v, %v", got, err)
	}
	prometheus2 := newServer(t)
	prometheus2.set("/api/v1/alerts", noAlerts)
	prometheus2.set("/api/v1/query", prometheus.answers["/api/v1/query"])
	if got, err := client(t, nil, []string{prometheus2.url}).Confirm(t.Context(), false1[0]); !got || err != nil {
		t.Errorf("an ended alert has not: %v, %v", got, err)
	}
}

func TestConfirmWithoutEvidence(t *testing.T) {
	if got, err := client(t, nil, nil).Confirm(t.Context(), alert("web1")); got || err != nil {
		t.Errorf("without a Prometheus: %v, %v", got, err)
	}
	gone := dead(t)
	got, err := client(t, nil, []string{gone}).Confirm(t.Context(), alert("web1"))
	if got || inbound.AsFault(err).Reason.Code != model.ReasonSourceAway {
		t.Errorf("with a dead one: %v, %v", got, err)
	}
	am, well, half := newServer(t), newServer(t), newServer(t)
	well.set("/api/v1/alerts", noAlerts)
	well.set("/api/v1/query", up("1"))
	half.set("/api/v1/alerts", noAlerts) // and refuses the query
	if got, err = client(t, nil, []string{gone, half.url, well.url}).Confirm(t.Context(), alert("web1")); !got || err != nil {
		t.Errorf("one answer is enough: %v, %v", got, err)
	}
	probe, err := client(t, []string{am.url}, []string{gone, well.url}).Probe(t.Context())
	if err != nil || len(probe.Missing) != 1 || !strings.HasPrefix(probe.Missing[0].Args["said"], "Prometheus ") {
		t.Errorf("%+v, %v", probe, err)
	}
}

func TestConfirmAsksOnceForMany(t *testing.T) {
	prometheus := newServer(t)
	prometheus.set("/api/v1/alerts", noAlerts)
	prometheus.set("/api/v1/query", up("1"))
	c := client(t, nil, []string{prometheus.url})
	for range 10_000 {
		if _, err := c.Confirm(t.Context(), alert("web1")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(prometheus.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func note() inbound.Note {
	return inbound.Note{Author: "ivan", Comment: "deploy", Until: now.Add(time.Hour)}
}
