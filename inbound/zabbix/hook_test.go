package zabbix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	events, again, err := parser.Parse(recorded(t, name))
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	return events[0], again
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
		events, _, err := parser.Parse([]byte(body))
		if len(events) != 0 || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v %v", body, events, err)
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
	received, _, err := p.Parse(recorded(t, "hook_problem.json"))
	if diff := cmp.Diff(received, snapshot(t, f.client())); diff != "" || err != nil {
		t.Errorf("%v (-hook +polled)\n%s", err, diff)
	}
}

func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		f.Add(recorded(f, filepath.Base(name)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		events, _, err := parser.Parse(body)
		if len(events) > 1 || err != nil && len(events) > 0 {
			t.Errorf("%v %v", events, err)
		}
		for _, e := range events {
			if e.ID == "" || len(e.Title) > 300 || len(e.Names) > 10 || len(e.Labels) > 40 || (e.End == "") != e.Active() {
				t.Errorf("%+v", e)
			}
		}
	})
}
