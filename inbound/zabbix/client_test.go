package zabbix_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/inbound"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/zabbix"
	"opsbot/model"
)

func snapshot(t *testing.T, c *zabbix.Client) []model.Event {
	t.Helper()
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Events
}

// why is the reason of an error that must be a Fault.
func why(t *testing.T, err error) model.Reason {
	t.Helper()
	fault, ok := errors.AsType[*inbound.Fault](err)
	if !ok {
		t.Fatalf("no Fault: %v", err)
	}
	if strings.Contains(fmt.Sprint(err, fault.Reason), token) {
		t.Errorf("the token is in %v", err)
	}
	return fault.Reason
}

func TestSnapshot(t *testing.T) {
	f := newFake(t)
	f.problem(3, 1795315147, "acknowledged", "1", "acknowledges", []any{
		map[string]any{"userid": "7", "action": "6", "clock": "1795315150"}, map[string]any{"userid": "8", "action": "4", "clock": "1795315160"},
	})
	f.problem(9, 1795315320, "severity", "3", "suppressed", "1", "name", "Disk\n low")
	f.problem(10, 1795315330, "objectid", "666") // of a disabled trigger
	f.problem(11, 1795315330)
	f.recover(11, 12, 1795315340)
	e := model.Event{
		EventKey: model.EventKey{ID: "3"}, Object: "10559", Names: []string{"web1.tags.example.com", "web1", "web1.example.com", "10.0.0.5", "192.168.0.1", "web1 (visible)"},
		Service: "app.errors", Title: "High error rate: 13", Labels: model.Labels{"scope": "availability", "fqdn": "web1.tags.example.com"},
		Severity: model.SeverityCritical, URL: f.URL + "/tr_events.php?triggerid=23133&eventid=3", OpenedAt: time.Unix(1795315147, 0).UTC(), Acked: true, AckedBy: "ivan",
	}
	silenced := e
	silenced.ID, silenced.Title, silenced.Severity, silenced.OpenedAt, silenced.Acked, silenced.AckedBy, silenced.Suppressed = "9", "Disk low", model.SeverityWarning, time.Unix(1795315320, 0).UTC(), false, "", true
	silenced.URL = f.URL + "/tr_events.php?triggerid=23133&eventid=9"
	c := f.client()
	if diff := cmp.Diff([]model.Event{e, silenced}, snapshot(t, c)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	snapshot(t, c)
	if n := f.count("user.get"); n != 1 {
		t.Errorf("user.get was called %d times", n)
	}
	f.denied = []string{"user.get"}
	if e := snapshot(t, f.client())[0]; !e.Acked || e.AckedBy != "" {
		t.Errorf("unreadable users: %+v", e)
	}
}

func TestTenThousandProblemsComeInPages(t *testing.T) {
	f := newFake(t)
	for i := range 10_000 {
		f.problem(i+1, 1795315147)
	}
	if n := len(snapshot(t, f.client())); n != 10_000 {
		t.Errorf("%d events", n)
	}
	if n := f.count("problem.get"); n != 11 {
		t.Errorf("%d pages", n)
	}
}

// TestLogin: each version expects the token in its own place, and a changed version is detected.
func TestLogin(t *testing.T) {
	for name, tc := range map[string]struct {
		version  string
		noHeader bool
		want     model.ReasonCode
	}{
		"6.0": {"6.0.14", false, ""}, "6.2": {"6.2.0", false, ""}, "6.4": {"6.4.0", false, ""}, "7.0": {"7.0.3", false, ""}, "7.4": {"7.4.1", false, ""},
		"7.0 behind a proxy": {"7.0.3", true, ""}, "7.4 behind a proxy": {"7.4.1", true, model.ReasonSourceRefuses},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.version, f.noHeader = tc.version, tc.noHeader
			f.problem(3, 1795315147)
			c := f.client()
			s, err := c.Snapshot(t.Context())
			if tc.want != "" {
				if r := why(t, err); r.Code != tc.want {
					t.Errorf("%+v", r)
				}
				return
			}
			if err != nil || len(s.Events) != 1 {
				t.Fatal(s, err)
			}
			f.version = "7.4.1"
			if p, err := c.Probe(t.Context()); !tc.noHeader && (err != nil || p.Version != "7.4.1" || len(p.Missing) > 0) {
				t.Errorf("after an upgrade: %+v %v", p, err)
			}
		})
	}
}

func TestProbe(t *testing.T) {
	f := newFake(t)
	f.denied = []string{"event.get", "event.acknowledge", "maintenance.create"}
	p, err := f.client().Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	right := func(method, purpose string) model.Reason {
		return model.NewReason(model.ReasonSourceRight, "right", method, "for", purpose)
	}
	want := inbound.Probe{Version: "6.0.14", Missing: []model.Reason{right("event.get", "events"), right("event.acknowledge", "ack"), right("maintenance.create", "downtime")}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.denied, f.version, f.hosts = nil, "5.4.9", nil
	p, err = f.client().Probe(t.Context())
	want = inbound.Probe{Version: "5.4.9", Missing: []model.Reason{model.NewReason(model.ReasonSourceOld, "version", "5.4.9", "needs", "6.0"), right("read to any host", "events")}}
	if diff := cmp.Diff(want, p); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		raw  string
		want model.ReasonCode
	}{
		"a page":      {"<html>", model.ReasonSourceGarbage},
		"truncated":   {`{"jsonrpc":"2.0","result":[{"eventid":`, model.ReasonSourceGarbage},
		"nothing":     {`{"jsonrpc":"2.0"}`, model.ReasonSourceGarbage},
		"other types": {`{"result":{"a":1}}`, model.ReasonSourceGarbage},
		"no version":  {`{"result":"hello"}`, model.ReasonSourceGarbage},
		"an error":    {`{"error":{"code":-32500,"message":"Application error.","data":"Error connecting to database."}}`, model.ReasonSourceDeclines},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.raw = tc.raw
			_, err := f.client().Snapshot(t.Context())
			if r := why(t, err); r.Code != tc.want {
				t.Errorf("%+v", r)
			}
			if _, err := f.client().Probe(t.Context()); err == nil {
				t.Error("probed")
			}
		})
	}
	f := newFake(t)
	f.denied = []string{"problem.get"}
	_, err := f.client().Snapshot(t.Context())
	if r := why(t, err); r.Code != model.ReasonSourceRight || r.Args["right"] != "problem.get" || r.Args["for"] != "events" {
		t.Errorf("%+v", r)
	}
	c := zabbix.New(zabbix.Options{URL: f.URL + "/api_jsonrpc.php", HTTP: httpclient.New(httpclient.Options{}), Token: model.NewSecret("another")})
	if _, err := c.Snapshot(t.Context()); why(t, err).Code != model.ReasonSourceRefuses {
		t.Error(err)
	}
}

func TestHangingServerIsLeft(t *testing.T) {
	done := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(done) })
	c := zabbix.New(zabbix.Options{URL: hanging.URL, HTTP: httpclient.New(httpclient.Options{Timeout: 100 * time.Millisecond})})
	if _, err := c.Snapshot(t.Context()); why(t, err).Code != model.ReasonSourceAway {
		t.Error(err)
	}
}

func TestAcknowledge(t *testing.T) {
	f := newFake(t)
	c := f.client()
	e := model.Event{EventKey: model.EventKey{ID: "3"}}
	if err := c.Acknowledge(t.Context(), e, inbound.Note{Author: "ivan", Comment: "looking"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"eventids": []any{"3"}, "action": 6.0, "message": "ivan: looking"}
	if diff := cmp.Diff(want, f.last("event.acknowledge")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := c.Acknowledge(t.Context(), e, inbound.Note{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"eventids": []any{"3"}, "action": 2.0}, f.last("event.acknowledge")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.raw = `{"error":{"code":-32500,"message":"Application error.","data":"No permissions to referred object or it does not exist!"}}`
	if r := why(t, c.Acknowledge(t.Context(), e, inbound.Note{})); r.Code != model.ReasonSourceDeclines || !strings.Contains(r.Args["said"], "does not exist") {
		t.Errorf("%+v", r)
	}
}

// Many events are one call, with one message.
func TestAcknowledgeMany(t *testing.T) {
	f := newFake(t)
	c := f.client()
	all := []model.Event{{EventKey: model.EventKey{ID: "3"}}, {EventKey: model.EventKey{ID: "4"}}}
	if err := c.AcknowledgeAll(t.Context(), all, inbound.Note{Author: "ivan", Comment: "opsbot #7"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"eventids": []any{"3", "4"}, "action": 6.0, "message": "ivan: opsbot #7"}
	if diff := cmp.Diff(want, f.last("event.acknowledge")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := c.UnacknowledgeAll(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"eventids": []any{"3", "4"}, "action": 16.0}, f.last("event.acknowledge")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var _ inbound.Batcher = c
}

func TestUnacknowledge(t *testing.T) {
	f := newFake(t)
	c := f.client()
	e := model.Event{EventKey: model.EventKey{ID: "3"}}
	if err := c.Unacknowledge(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"eventids": []any{"3"}, "action": 16.0}, f.last("event.acknowledge")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f.denied = []string{"event.acknowledge"}
	if r := why(t, c.Unacknowledge(t.Context(), e)); r.Code != model.ReasonSourceRight || r.Args["for"] != "ack" {
		t.Errorf("a right that is missing: %+v", r)
	}
}

func TestSuppressAndExpire(t *testing.T) {
	f := newFake(t)
	f.host("10560", "db1", "10.0.0.6")
	c := f.client()
	events := []model.Event{{Object: "10559"}, {Object: "10560,10559"}, {Object: "777"}, {}}
	for name, tc := range map[string]struct{ until, period time.Duration }{
		"an hour":          {time.Hour, time.Hour + time.Minute}, // from the beginning of the minute until the end of one
		"a minute":         {time.Minute, 5 * time.Minute},
		"already gone by":  {-time.Hour, 5 * time.Minute},
		"to a full minute": {90 * time.Second, 5 * time.Minute},
	} {
		handle, err := c.Suppress(t.Context(), events, inbound.Note{Author: "ivan", Comment: "deploy", Until: clock().Add(tc.until)})
		if err != nil || handle != "42" {
			t.Fatal(name, handle, err)
		}
		since, with := float64(clock().Unix()-30), f.last("maintenance.create")
		if hosts, ok := with["hosts"].([]any); !ok || len(hosts) != 2 || with["active_since"] != since || with["active_till"] != since+tc.period.Seconds() {
			t.Errorf("%s: %v", name, with)
		}
		if name, ok := with["name"].(string); !ok || !strings.Contains(name, "ivan") {
			t.Errorf("%v", with)
		}
	}
	for _, handle := range []string{"42", "43"} { // 43 is gone
		if err := c.Expire(t.Context(), handle); err != nil {
			t.Error(handle, err)
		}
	}
	if n := f.count("maintenance.delete"); n != 1 {
		t.Errorf("deleted %d times", n)
	}
	if _, err := c.Suppress(t.Context(), events[2:], inbound.Note{}); why(t, err).Code != model.ReasonSourceRight {
		t.Error(err)
	}
	f.denied = []string{"maintenance.create"}
	if _, err := c.Suppress(t.Context(), events, inbound.Note{}); why(t, err).Args["right"] != "maintenance.create" {
		t.Error(err)
	}
}

func TestHosts(t *testing.T) {
	tagged := func(pairs ...string) []any {
		var out []any
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, map[string]any{"tag": pairs[i], "value": pairs[i+1]})
		}
		return out
	}
	f := newFake(t)
	f.hosts["10559"]["tags"] = tagged("client", "acme", "service", "shop", "service", "api", "dc", "fra1", "tier", "gold")
	f.host("2", "db1", "10.0.0.6")
	f.hosts["2"]["groups"] = []any{map[string]any{"name": "Linux"}, map[string]any{"name": "Clients/Umbrella/Databases"}}
	f.hosts["2"]["name"] = "db1"
	f.hosts["2"]["interfaces"] = []any{map[string]any{"ip": "", "dns": "db1.example.com", "useip": "0", "main": "1"}}
	f.host("3", "app", "10.0.0.7")
	f.hosts["3"]["macros"], f.hosts["3"]["interfaces"] = []any{map[string]any{"macro": "{$CLIENT}", "value": "soylent"}}, []any{}
	got, err := f.client().Hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []model.FoundHost{
		{Name: "app", Aliases: []string{"app (visible)"}, Client: "soylent", Labels: model.Labels{}},
		{Name: "db1", Address: "db1.example.com", Client: "Umbrella", Labels: model.Labels{}},
		{
			Name: "web1", Address: "10.0.0.5", Aliases: []string{"web1 (visible)", "web1.example.com", "192.168.0.1"}, Client: "acme", Tier: "gold",
			Services: []string{"api", "shop"}, Labels: model.Labels{"dc": "fra1"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if with := f.last("host.get"); with["selectGroups"] == nil || with["selectHostGroups"] != nil {
		t.Errorf("6.0: %v", with)
	}
	f.version = "7.4.0"
	if _, err := f.client().Hosts(t.Context()); err != nil || f.last("host.get")["selectGroups"] != nil {
		t.Errorf("7.4: %v %v", err, f.last("host.get"))
	}
	f.denied = []string{"host.get"}
	if _, err := f.client().Hosts(t.Context()); why(t, err).Args["for"] != "hosts" {
		t.Error(err)
	}
}

// TestFindWhatWasSet: a Suppress whose answer was lost is found by the mark at the end of its comment.
func TestFindWhatWasSet(t *testing.T) {
	for _, tc := range []struct {
		mark, till, want string
	}{{"[#7]", "1795320031", "42"}, {"[#7]", "1795320029", ""}, {"[#8]", "1795320031", ""}, {"", "1795320031", ""}} {
		f := newFake(t)
		f.maintenances = []any{map[string]any{"maintenanceid": "42", "description": "ivan: deploy [#7]", "active_till": tc.till}}
		if got, err := f.client().Find(t.Context(), tc.mark); err != nil || got != tc.want {
			t.Errorf("%+v: %q %v", tc, got, err)
		}
	}
}

func TestObjectsAreNamedAsInEvents(t *testing.T) {
	f := newFake(t)
	f.problem(3, 1795315147, "tags", []any{})
	c := f.client()
	e := snapshot(t, c)[0]
	got, err := c.Objects(t.Context())
	if diff := cmp.Diff([]model.Event{{Object: e.Object, Names: e.Names}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
