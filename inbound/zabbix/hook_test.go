package zabbix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/inbound/payload"
	"opsbot/inbound/zabbix"
	"opsbot/model"
)

var parser = zabbix.Parser{HostFrom: []string{"client"}, URL: "https://zabbix.example.com/", Now: clock}

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func parsed(t *testing.T, name string) (model.Event, bool) {
	t.Helper()
	parsed, err := parser.Parse(recorded(t, name))
	if err != nil || len(parsed.Events) != 1 || len(parsed.Odd) != 0 {
		t.Fatal(parsed, err)
	}
	return parsed.Events[0], parsed.Again
}

func TestParseWhatZabbixSent(t *testing.T) {
	want := model.Event{
		EventKey: model.EventKey{ID: "1"}, Object: "10559", Names: []string{"acme", "web1", "127.0.0.1", "web1 (visible)"}, Service: "app.errors",
		Title: "High error rate on web1 (visible): 14", Severity: model.SeverityCritical, URL: "https://zabbix.example.com/tr_events.php?triggerid=23133&eventid=1",
		Labels:   model.Labels{"scope": "availability", "component": "app", "client": "acme", "service": "shop", "env": "prod"},
		OpenedAt: time.Unix(1795405085, 0).UTC(),
	}
	got, again := parsed(t, "hook_problem.json")
	if diff := cmp.Diff(want, got); diff != "" || again {
		t.Errorf("again %v, (-want +got)\n%s", again, diff)
	}
	want.EndedAt, want.End = time.Unix(1795405091, 0).UTC(), model.EndUnconfirmed
	got, again = parsed(t, "hook_recovery.json")
	if diff := cmp.Diff(want, got); diff != "" || again {
		t.Errorf("again %v, (-want +got)\n%s", again, diff)
	}
}

// TestParseOfOtherScripts: scripts without times leave these to the poll.
func TestParseOfOtherScripts(t *testing.T) {
	if e, again := parsed(t, "old_hook_problem.json"); !e.OpenedAt.IsZero() || !again || !e.Active() {
		t.Errorf("%+v %v", e, again)
	}
	if e, _ := parsed(t, "old_hook_recovery.json"); !e.EndedAt.Equal(clock()) || e.End != model.EndUnconfirmed || !e.Acked {
		t.Errorf("%+v", e)
	}
	if e, again := parsed(t, "old_hook_update.json"); !e.Acked || !e.Active() || !again {
		t.Errorf("%+v %v", e, again)
	}
	if e, _ := parsed(t, "old_hook_update_severity.json"); e.Severity != model.SeverityCritical || !e.Active() {
		t.Errorf("%+v", e)
	}
}

func TestParseOfWhatIsNone(t *testing.T) {
	for body, want := range map[string]string{
		`{"version":1,"event_tags":[]}`: "", // the button Test
		`{"version":1,"event_id":"5","event_name":"x","event_source":"3","event_object":"4"}`: "", // internal: an item is not supported
		`{"version":1,"event_id":"5","event_name":"x","event_source":"1","event_object":"1"}`: "", // discovery
		``:                            "not what opsbot's media type",
		`{"version":`:                 "not what opsbot's media type",
		`[]`:                          "not what opsbot's media type",
		`{"version":"4","alerts":[]}`: `"version" is not 1`,
		`{"version":1,"host":"web1"}`: `"event_id" is not a number`,
		`{"version":1,"event_id":"{EVENT.ID}","event_name":"x"}`: `"event_id" is not a number`,
	} {
		parsed, err := parser.Parse([]byte(body))
		if len(parsed.Events) != 0 || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v %v", body, parsed, err)
		}
	}
}

func TestHookAndPollAgree(t *testing.T) {
	f := newFake(t)
	f.hosts["10559"]["interfaces"] = []any{map[string]any{"ip": "127.0.0.1", "dns": "", "useip": "1", "main": "1"}}
	f.problem(1, 1795405085, "name", "High error rate on web1 (visible): 14", "tags", []any{
		map[string]any{"tag": "scope", "value": "availability"},
		map[string]any{"tag": "component", "value": "app"},
		map[string]any{"tag": "client", "value": "acme"},
		map[string]any{"tag": "service", "value": "shop"},
		map[string]any{"tag": "env", "value": "prod"},
	})
	p := zabbix.Parser{HostFrom: []string{"fqdn"}, URL: f.URL, Now: clock}
	parsed, err := p.Parse(recorded(t, "hook_problem.json"))
	if diff := cmp.Diff(parsed.Events, snapshot(t, f.client())); diff != "" || err != nil {
		t.Errorf("%v (-hook +polled)\n%s", err, diff)
	}
}

// TestOddMessages: the event is taken, what cannot be read is said without its value.
func TestOddMessages(t *testing.T) {
	for _, c := range []struct {
		fields string
		over   bool
		said   string // "" is nothing
	}{
		{`"event_clock":"n/a"`, false, "event_clock cannot be read"},
		{`"event_clock":"{EVENT.TIMESTAMP}","event_value":"0"`, true, "event_clock cannot be read"},
		{`"event_clock":1795405085.7,"event_tags":null`, false, ""},
		{`"event_clock":"1795405085","event_recovery_id":12,"event_recovery_clock":"soon"`, true, "event_recovery_clock cannot be read"},
		{`"event_tags":"hunter2"`, false, "event_tags cannot be read"},
		{`"event_tags":[{"tag":"n","value":5},{"tag":"o","value":{"hunter":2}},"hunter2",null]`, false, "event_tags.value cannot be read"},
		{`"host":["web1"],"host_ip":null,"event_severity":5`, false, ""},
		{`"host":{"hunter":2},"event_name":["down"]`, false, "host cannot be read"},
		{`"event_ack_status":true,"trigger_id":7`, false, ""},
	} {
		parsed, err := parser.Parse([]byte(`{"version":"1","event_id":"5",` + c.fields + `}`))
		said := payload.Sentence(parsed.Odd)
		if err != nil || len(parsed.Events) != 1 || parsed.Events[0].Active() == c.over || (said == "") != (c.said == "") ||
			!strings.Contains(said, c.said) || strings.Contains(said, "hunter") {
			t.Errorf("%s: %v, %+v, said %q", c.fields, err, parsed.Events, said)
		}
	}
}

// TestOddAnswers: one odd field in an answer of the API costs nothing but itself.
func TestOddAnswers(t *testing.T) {
	f := newFake(t)
	f.problem(1, 1795405085, "name", 5, "clock", "n/a")
	f.problem(2, 1795405085, "name", "down", "severity", map[string]any{"hunter": 2})
	snap, err := f.client().Snapshot(t.Context())
	if err != nil || len(snap.Events) != 2 || snap.Events[1].Title != "down" || !strings.Contains(payload.Sentence(snap.Odd), "problem.get: name cannot be read") {
		t.Errorf("%+v, %v", snap, err)
	}
}

// decoded is a body as an object.
func decoded(body []byte) (map[string]any, bool) {
	document, err := payload.Decode(body)
	fields, ok := document.(map[string]any)
	return fields, err == nil && ok
}

// isProblem reports whether a message is about a problem beyond doubt.
func isProblem(fields map[string]any) bool {
	_, sourced := fields["event_source"]
	_, typed := fields["event_object"]
	return fields["version"] == "1" && fields["event_id"] == "17" && !sourced && !typed
}

func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		f.Add(recorded(f, filepath.Base(name)))
	}
	f.Add([]byte(`{"version":"1","event_id":"17","host":["a"],"event_clock":"n/a","event_tags":[5,{"tag":{}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		parsed, err := parser.Parse(body)
		events := parsed.Events
		if len(events) > 1 || err != nil && len(events) > 0 {
			t.Errorf("%v %v", events, err)
		}
		if fields, isObject := decoded(body); (err == nil) && !isObject || isProblem(fields) && len(events) != 1 {
			t.Errorf("%d events of %q, %v", len(events), body, err)
		}
		for _, e := range events {
			if e.ID == "" || len(e.Title) > 300 || len(e.Names) > 10 || len(e.Labels) > 40 || (e.End == "") != e.Active() {
				t.Errorf("%+v", e)
			}
		}
	})
}
