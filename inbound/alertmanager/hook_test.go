package alertmanager_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// recorded is the body of a webhook that a real Alertmanager sent.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Body
}

func parse(t *testing.T, name string) ([]model.Event, bool) {
	t.Helper()
	parsed, err := reader().Parse(recorded(t, name))
	if err != nil || len(parsed.Odd) != 0 {
		t.Fatal(parsed.Odd, err)
	}
	return parsed.Events, parsed.Again
}

func TestParse(t *testing.T) {
	events, again := parse(t, "webhook_firing_single.json")
	if len(events) != 1 || again {
		t.Fatalf("%d events, again %v", len(events), again)
	}
	e := events[0]
	if e.ID != "15c3c4c04014bfa8@2026-11-22T02:17:52.678Z" || e.Object != "15c3c4c04014bfa8" || e.Service != "DiskFull" ||
		e.Title != "disk /var at 5%" || e.Severity != model.SeverityWarning || !e.Active() || e.Labels["mountpoint"] != "/var" ||
		!strings.HasPrefix(e.URL, "http://vm:19090/graph") || !e.OpenedAt.Equal(time.Date(2026, 11, 22, 2, 17, 52, 678e6, time.UTC)) {
		t.Errorf("%+v", e)
	}
	if !slices.Equal(e.Names, []string{"127.0.0.1", "web1"}) {
		t.Errorf("names %q", e.Names)
	}
}

// TestParseAsksEachAlert parses what a real Alertmanager sent: the status of the whole body is that of no alert in
// particular.
func TestParseAsksEachAlert(t *testing.T) {
	for name, c := range map[string]struct {
		stand, ended int
		again        bool
	}{
		"webhook_firing_group_of_2.json":              {stand: 2},
		"webhook_group_partly_resolved.json":          {stand: 1, ended: 1},
		"webhook_resolved.json":                       {ended: 1},
		"webhook_stale_resolved_after_restart.json":   {ended: 1},
		"webhook_false_resolved_prometheus_dead.json": {ended: 1},
		"webhook_truncated.json":                      {stand: 1, again: true},
		"webhook_blackbox_firing.json":                {stand: 1},
		"034_webhook_firing.json":                     {stand: 1},
	} {
		events, again := parse(t, name)
		stand, ended := 0, 0
		for i := range events {
			if events[i].Active() {
				stand++
			} else {
				ended++
			}
		}
		if stand != c.stand || ended != c.ended || again != c.again {
			t.Errorf("%s: %d stand, %d ended, again %v", name, stand, ended, again)
		}
	}
}

func TestEpisodeHasOneKey(t *testing.T) {
	firing, _ := parse(t, "webhook_firing_group_of_2.json")
	resolved, _ := parse(t, "webhook_resolved.json")
	if firing[0].ID != resolved[0].ID {
		t.Errorf("opened as %s, ended as %s", firing[0].ID, resolved[0].ID)
	}
}

// TestHookAndPollHaveOneKey parses an alert of amtool or vmalert, as a real Alertmanager 0.25 sent it to the webhook and
// returned it from the API.
func TestHookAndPollHaveOneKey(t *testing.T) {
	const rest = `"fingerprint": "7dc76e2dbb4eb780", "labels": {"alertname": "HostDown", "instance": "web1:9100"}`
	parsed, err := reader().Parse([]byte(`{"version": "4", "alerts": [{"status": "firing", "startsAt": "2026-11-23T04:53:21.51487166Z", ` + rest + `}]}`))
	if err != nil {
		t.Fatal(err)
	}
	hooked := parsed.Events
	s := newServer(t)
	s.set("/api/v2/alerts", `[{"status": {"state": "active"}, "startsAt": "2026-11-23T04:53:21.514Z", `+rest+`}]`)
	polled, err := client(t, []string{s.url}, nil).Snapshot(t.Context())
	if err != nil || len(polled.Events) != 1 || len(hooked) != 1 || hooked[0].ID != polled.Events[0].ID || !hooked[0].OpenedAt.Equal(polled.Events[0].OpenedAt) {
		t.Errorf("received as %+v, polled as %+v, %v", hooked, polled, err)
	}
}

func TestNamesOfTheHost(t *testing.T) {
	for target, want := range map[string]string{
		"web1:9100": "web1", "10.0.0.5:9100": "10.0.0.5", "[::1]:9100": "::1", "[::1]": "::1", "::1": "::1", "web1": "web1",
		"http://web1:8080/probe": "web1", "https://web1.example.com/": "web1.example.com", "": "", "tcp://10.0.0.5:22": "10.0.0.5",
	} {
		parsed, err := reader("target").Parse([]byte(fmt.Sprintf(`{"version":"4","alerts":[{"status":"firing",
			"fingerprint":"f","startsAt":"2026-11-22T02:17:52Z","labels":{"target":%q,"instance":"other"}}]}`, target)))
		if err != nil {
			t.Fatal(err)
		}
		events := parsed.Events
		if want == "" && len(events[0].Names) == 0 {
			continue
		}
		if !slices.Equal(events[0].Names, []string{want}) {
			t.Errorf("%q is %q", target, events[0].Names)
		}
	}
}

func TestSeverityAndTitle(t *testing.T) {
	for label, want := range map[string]model.Severity{
		"critical": model.SeverityCritical, "Page": model.SeverityCritical, "error": model.SeverityCritical, "": model.SeverityWarning,
		"warning": model.SeverityWarning, "P1": model.SeverityCritical, "gold": model.SeverityWarning, "info": model.SeverityInfo, "none": model.SeverityInfo,
	} {
		parsed, err := reader().Parse([]byte(fmt.Sprintf(`{"version":"4","alerts":[{"status":"firing","fingerprint":"f",
			"startsAt":"2026-11-22T02:17:52Z","labels":{"severity":%q,"alertname":"Down"},"annotations":{"description":"it is"}}]}`, label)))
		if events := parsed.Events; err != nil || events[0].Severity != want || events[0].Title != "it is" {
			t.Errorf("%q: %v, %+v", label, err, events)
		}
	}
}
