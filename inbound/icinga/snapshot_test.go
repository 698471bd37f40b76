package icinga_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/inbound/payload"
	"opsbot/model"
)

func snapshot(t *testing.T, c *icinga.Client) []model.Event {
	t.Helper()
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Events
}

func one(t *testing.T, events []model.Event) model.Event {
	t.Helper()
	if len(events) != 1 {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	return events[0]
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSnapshotOfWhatIcingaAnswered(t *testing.T) {
	f := newFake(t)
	f.raw["/objects/hosts"], f.raw["/objects/services"] = `{"results":[]}`, recorded(t, "services_all_attributes.json")
	f.comments = []map[string]any{
		{"author": "tg:@olga", "host_name": "web1", "service_name": "http", "entry_time": 1795314100.5},
		{"author": "tg:@ivan", "host_name": "web1", "service_name": "http", "entry_time": 1795314583.1},
	}
	c := f.client("vars.client")
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := model.Event{
		EventKey: model.EventKey{ID: "web1!http@1795314579917"}, Object: "web1!http", Names: []string{"acme", "web1", "127.0.0.1"}, Service: "http",
		Title: "HTTP CRITICAL: 503 (hard)", Severity: model.SeverityCritical, URL: "http://127.0.0.1/wiki/http",
		Labels:   model.Labels{"client": "acme", "environment": "prod", "service": "shop", "groups": "client-acme,linux", "service_groups": "svc-shop"},
		OpenedAt: time.UnixMilli(1795314580983).UTC(), Suppressed: true,
	}
	if diff := cmp.Diff(want, one(t, s.Events)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s.Boot != "1795314535.327671" || s.Absences != 1 {
		t.Errorf("boot %q, absences %d", s.Boot, s.Absences)
	}
}

func TestAcknowledgementIsComparedWithTheClock(t *testing.T) {
	f := newFake(t)
	f.set("web1", "state", 1, "acknowledgement", 1, "acknowledgement_expiry", 0)
	f.set("web2", "state", 1, "acknowledgement", 2, "acknowledgement_expiry", float64(clock().Unix()+60))
	f.set("web3", "state", 1, "acknowledgement", 1, "acknowledgement_expiry", float64(clock().Unix()-60))
	f.comments = []map[string]any{{"author": "ivan", "host_name": "web1", "entry_time": 1.0}, {"author": "olga", "host_name": "web3", "entry_time": 1.0}}
	got := map[string]string{}
	for _, e := range snapshot(t, f.client()) {
		got[e.Object] = fmt.Sprintf("%v %s", e.Acked, e.AckedBy)
	}
	if diff := cmp.Diff(map[string]string{"web1": "true ivan", "web2": "true ", "web3": "false "}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.granted = []string{"status/query", "objects/query/Host", "objects/query/Service"}
	if e := snapshot(t, f.client())[0]; !e.Acked || e.AckedBy != "" {
		t.Errorf("without the right to read comments: %+v", e)
	}
}

func TestOnlyHardProblemsAreEvents(t *testing.T) {
	f := newFake(t)
	f.set("web1", "state", 1)
	f.set("web1!ok", "state", 0)
	f.set("web1!warn", "state", 1)
	f.set("web1!crit", "state", 2, "last_reachable", false)
	f.set("web1!unknown", "state", 3)
	f.set("web1!soft", "state", 2, "state_type", 0)
	got := map[string]string{}
	for _, e := range snapshot(t, f.client()) {
		got[e.Object] = fmt.Sprintf("%v %s %s", e.Severity, e.Title, e.Labels["reachable"])
	}
	want := map[string]string{"web1": "critical DOWN ", "web1!warn": "warning WARNING ", "web1!crit": "critical CRITICAL false", "web1!unknown": "warning UNKNOWN "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLabelsHoldNoSecretsAndAreBounded(t *testing.T) {
	f := newFake(t)
	vars := map[string]any{"dc": "fra1", "snmp_community": "hunter2", "mysql_password": "hunter2", "API_TOKEN": "hunter2", "n": 5, "long": strings.Repeat("x", 5000)}
	for i := range 200 {
		vars[fmt.Sprintf("z%d", i)] = "y"
	}
	f.set("web1", "state", 1, "vars", vars)
	e := one(t, snapshot(t, f.client()))
	if e.Labels["dc"] != "fra1" || len(e.Labels) > 50 || strings.Contains(fmt.Sprint(e), "hunter2") || e.Labels["long"] != "" {
		t.Errorf("%+v", e.Labels)
	}
}

func TestNamesComeFromVariablesFirst(t *testing.T) {
	f := newFake(t)
	f.set("web1", "address", "10.0.0.5", "address6", "fd00::5", "display_name", "The web", "vars",
		map[string]any{"fqdn": "web1.example.com", "net": map[string]any{"all": []any{"a.example.com", 7, "b.example.com"}}})
	f.set("web1!http", "state", 2, "vars", map[string]any{"fqdn": "vip.example.com"})
	e := one(t, snapshot(t, f.client("vars.fqdn", "vars.net.all", "vars.none.at.all", "vars.fqdn.deeper")))
	want := []string{"vip.example.com", "web1.example.com", "a.example.com", "b.example.com", "web1", "10.0.0.5", "fd00::5", "The web"}
	if diff := cmp.Diff(want, e.Names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestEpisodeKeepsItsKey: through a rise, another output, a lost state of Icinga; a new one begins only after an OK.
func TestEpisodeKeepsItsKey(t *testing.T) {
	f := newFake(t)
	c := f.client()
	f.set("web1!http", "state", 1, "last_state_ok", 100.5, "last_state_change", 110.25, "last_check_result", map[string]any{"output": "load 5.1"})
	first := one(t, snapshot(t, c))
	if first.ID != "web1!http@100500" || !first.OpenedAt.Equal(time.UnixMilli(110250)) {
		t.Errorf("%+v", first)
	}
	f.set("web1!http", "last_check_result", map[string]any{"output": "load 5.2"})
	if diff := cmp.Diff(first, one(t, snapshot(t, c))); diff != "" {
		t.Errorf("a number that moves is news:\n%s", diff)
	}
	f.set("web1!http", "state", 2, "last_state_change", 200.0, "last_check_result", map[string]any{"output": "load 9"})
	e := one(t, snapshot(t, c))
	if e.ID != first.ID || e.Severity != model.SeverityCritical || e.Title != "load 9" || !e.OpenedAt.Equal(first.OpenedAt) {
		t.Errorf("after a rise: %+v", e)
	}
	f.set("web1!http", "state", 3, "state_type", 0, "last_state_ok", 0.0) // pending
	if again := one(t, snapshot(t, c)); again.ID != first.ID || again.Title != "load 9" {
		t.Errorf("after Icinga lost its state: %+v", again)
	}
	f.set("web1!http", "state", 2, "state_type", 1, "last_state_ok", 50.0)
	if again := one(t, snapshot(t, c)); again.ID != first.ID {
		t.Errorf("after Icinga lost some of its state: %+v", again)
	}
	f.set("web1!http", "last_state_ok", 300.0)
	if again := one(t, snapshot(t, c)); again.ID != "web1!http@300000" {
		t.Errorf("after an unseen OK: %+v", again)
	}
	f.set("web1!http", "state", 0)
	if again := one(t, snapshot(t, c)); again.ID != "web1!http@300000" {
		t.Errorf("after Icinga went back to an OK state: %+v", again)
	}
	f.set("web1!http", "last_state_ok", 400.0)
	if left := snapshot(t, c); len(left) != 0 {
		t.Errorf("it is OK: %+v", left)
	}
	f.set("web1!http", "state", 2, "state_type", 0)
	if left := snapshot(t, c); len(left) != 0 {
		t.Errorf("a soft problem after the end: %+v", left)
	}
}

func TestTenThousandProblems(t *testing.T) {
	if n := len(snapshot(t, tenThousand(t).client())); n != 10_000 {
		t.Errorf("%d events", n)
	}
}

// BenchmarkSnapshot reads 10,000 problems of 100 hosts.
func BenchmarkSnapshot(b *testing.B) {
	c := tenThousand(b).client()
	for b.Loop() {
		if s, err := c.Snapshot(b.Context()); err != nil || len(s.Events) != 10_000 {
			b.Fatalf("%d events: %v", len(s.Events), err)
		}
	}
}

func tenThousand(t testing.TB) *fake {
	t.Helper()
	f := newFake(t)
	for i := range 100 {
		f.set(fmt.Sprintf("web%d", i), "vars", map[string]any{"dc": "fra1"})
		for k := range 100 {
			f.set(fmt.Sprintf("web%d!s%d", i, k), "state", 2, "last_check_result", map[string]any{"output": "refused"})
		}
	}
	return f
}

// why is the reason of an error that must be a Fault.
func why(t *testing.T, err error) model.Reason {
	t.Helper()
	fault, ok := errors.AsType[*inbound.Fault](err)
	if !ok {
		t.Fatalf("no Fault: %v", err)
	}
	return fault.Reason
}

func TestFaultsOfAsking(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(f *fake)
		want    model.ReasonCode
		right   string
	}{
		"no right to hosts":    {func(f *fake) { f.granted = []string{"objects/query/Service"} }, model.ReasonSourceRight, "objects/query/Host"},
		"no right to services": {func(f *fake) { f.granted = []string{"objects/query/Host"} }, model.ReasonSourceRight, "objects/query/Service"},
		"truncated":            {func(f *fake) { f.raw["/objects/hosts"] = `{"results":[{"attrs":` }, model.ReasonSourceGarbage, ""},
		"a page":               {func(f *fake) { f.raw["/objects/hosts"] = `<html>hello</html>` }, model.ReasonSourceGarbage, ""},
		"another type":         {func(f *fake) { f.raw["/objects/hosts"] = `{"results":[{"attrs":{"state":"down"}}]}` }, model.ReasonSourceGarbage, ""},
		"no status":            {func(f *fake) { f.raw["/status/IcingaApplication"] = `{"results":[]}` }, model.ReasonSourceGarbage, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			tc.prepare(f)
			_, err := f.client().Snapshot(t.Context())
			if r := why(t, err); r.Code != tc.want || r.Args["right"] != tc.right {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestWrongPasswordIsSaid(t *testing.T) {
	f := newFake(t)
	plain := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(plain.Close)
	c := icinga.New(icinga.Options{URL: plain.URL + "/v1/", HTTP: httpclient.New(httpclient.Options{User: "ops", Password: model.NewSecret("s3cr3t-of-ours")}), Now: clock})
	_, err := c.Probe(t.Context())
	if r := why(t, err); r.Code != model.ReasonSourceRefuses || strings.Contains(fmt.Sprint(err, r), "s3cr3t-of-ours") {
		t.Errorf("%v %+v", err, r)
	}
}

func TestHangingServerIsLeft(t *testing.T) {
	done := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-done:
		}
	}))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(done) })
	c := icinga.New(icinga.Options{URL: hanging.URL, HTTP: httpclient.New(httpclient.Options{Timeout: 100 * time.Millisecond}), Now: clock})
	_, err := c.Snapshot(t.Context())
	if r := why(t, err); r.Code != model.ReasonSourceAway {
		t.Errorf("%+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stream(ctx, func() { t.Error("ready") }, nil); err == nil {
		t.Error("a stream of a server that hangs")
	}
}

func TestProbe(t *testing.T) {
	least := []string{
		"status/query", "objects/query/Host", "objects/query/Service", "objects/query/comment (filtered)", "EVENTS/*",
		"actions/acknowledge-problem", "actions/remove-acknowledgement", "actions/*-downtime", "objects/query/Downtime",
	}
	for name, tc := range map[string]struct {
		granted []string
		missing []string
	}{
		"all":    {all, nil},
		"least":  {least, nil},
		"no ack": {slices.DeleteFunc(slices.Clone(least), func(s string) bool { return s == "actions/acknowledge-problem" }), []string{"actions/acknowledge-problem for ack"}},
		"no events": {slices.DeleteFunc(slices.Clone(least), func(s string) bool { return s == "EVENTS/*" }), []string{
			"events/StateChange for events", "events/AcknowledgementSet for events", "events/AcknowledgementCleared for events",
			"events/DowntimeStarted for events", "events/DowntimeTriggered for events", "events/DowntimeRemoved for events",
		}},
		"no unack":    {slices.DeleteFunc(slices.Clone(least), func(s string) bool { return s == "actions/remove-acknowledgement" }), []string{"actions/remove-acknowledgement for ack"}},
		"no downtime": {least[:7], []string{"actions/schedule-downtime for downtime", "actions/remove-downtime for downtime", "objects/query/Downtime for downtime"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.granted = tc.granted
			p, err := f.client().Probe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var missing []string
			for _, r := range p.Missing {
				missing = append(missing, r.Args["right"]+" for "+r.Args["for"])
			}
			if diff := cmp.Diff(tc.missing, missing); diff != "" || p.Version != "2.13.6" {
				t.Errorf("version %q, missing (-want +got)\n%s", p.Version, diff)
			}
		})
	}
	f := newFake(t)
	f.raw[""] = `{"results":[{"version":"v2.9.1","permissions":["*"]}]}`
	p, err := f.client().Probe(t.Context())
	if want := []model.Reason{model.NewReason(model.ReasonSourceOld, "version", "2.9.1", "needs", "2.11")}; err != nil || !cmp.Equal(want, p.Missing) {
		t.Errorf("an old one: %v %+v", err, p)
	}
}

func TestHosts(t *testing.T) {
	f := newFake(t)
	f.set("db1", "vars", map[string]any{"customer": "umbrella", "tier": "gold", "role": "db"}, "groups", []string{"client-acme"})
	f.set("web1", "address", "", "address6", "fd00::1", "display_name", "Web 1", "groups", []string{"linux", "client-acme"}, "vars", nil)
	f.set("web2", "vars", map[string]any{"services": []any{"store", "reports"}})
	f.set("web1!http", "vars", map[string]any{"client": "acme", "service": "shop"})
	f.set("web1!other", "vars", map[string]any{"client": "umbrella", "service": "portal"})
	got, err := f.client().Hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []model.FoundHost{
		{Name: "db1", Address: "10.0.0.1", Client: "umbrella", Tier: "gold", Labels: model.Labels{"role": "db", "groups": "client-acme"}},
		{Name: "web1", Address: "fd00::1", Aliases: []string{"Web 1"}, Client: "acme", Services: []string{"shop"}, Labels: model.Labels{"groups": "linux,client-acme"}},
		{Name: "web2", Address: "10.0.0.1", Services: []string{"reports", "store"}, Labels: model.Labels{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.granted = []string{"objects/query/Host"}
	if got, err := f.client().Hosts(t.Context()); err != nil || len(got) != 3 {
		t.Errorf("without the right to services: %v %v", got, err)
	}
	f.granted = nil
	if _, err := f.client().Hosts(t.Context()); why(t, err).Args["for"] != "hosts" {
		t.Errorf("without any right: %v", err)
	}
	f.granted = all
	f.raw["/objects/hosts"] = recorded(t, "inventory.json")
	f.raw["/objects/services"] = `{"results":[]}`
	got, err = f.client().Hosts(t.Context())
	if err != nil || len(got) != 2 || got[1].Client != "acme" || got[1].Services[0] != "shop" || got[1].Labels["environment"] != "prod" {
		t.Errorf("what Icinga answered: %+v %v", got, err)
	}
}

// TestOddObjects: an attribute of another type costs neither its object nor the others; without a list of objects nothing is known.
func TestOddObjects(t *testing.T) {
	f := newFake(t)
	f.raw["/objects/services"] = `{"results":[]}`
	f.raw["/objects/hosts"] = `{"results":[
		{"type":"Host","name":"a","attrs":{"name":"a","state":1,"state_type":1,"display_name":5,"groups":"x","last_state_change":"n/a","vars":{"n":1}}},
		{"type":"Host","name":"b","attrs":{"name":"b","state":1,"state_type":1}}]}`
	s, err := f.client().Snapshot(t.Context())
	if err != nil || len(s.Events) != 2 || payload.Count(s.Odd, payload.Unreadable) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	f.raw["/objects/hosts"] = `{"results":5}`
	if s, err := f.client().Snapshot(t.Context()); err == nil {
		t.Errorf("%+v", s)
	}
}
