package alertmanager_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/inbound/payload"
	"opsbot/model"
)

// TestOddAlerts puts each odd alert between two good ones: all three are taken, and what was dropped is said without its value.
func TestOddAlerts(t *testing.T) {
	const good = `{"status":"firing","fingerprint":"f","startsAt":"2026-11-22T02:17:52Z","labels":{"alertname":"Down"}}`
	began := time.Date(2026, 11, 22, 2, 17, 52, 0, time.UTC)
	for _, c := range []struct {
		alert  string
		opened time.Time
		over   bool
		said   string // "" is nothing
	}{
		{`{"status":"firing","fingerprint":"e"}`, time.Time{}, false, "startsAt is missing"},
		{`{"status":"firing","fingerprint":"e","startsAt":"0001-01-01T00:00:00Z"}`, time.Time{}, false, "startsAt is missing"},
		{`{"status":"firing","fingerprint":"e","startsAt":"hunter2"}`, time.Time{}, false, "startsAt cannot be read"},
		{`{"status":"firing","fingerprint":"e","startsAt":{"hunter":2}}`, time.Time{}, false, "startsAt cannot be read"},
		{`{"status":"firing","fingerprint":"e","startsAt":"2026-11-22T03:17:52"}`, began, false, ""},
		{`{"status":"firing","fingerprint":"e","startsAt":"2026-11-22 02:17:52+0000"}`, began, false, ""},
		{`{"status":"firing","fingerprint":"e","startsAt":1795313872}`, began, false, ""},
		{`{"status":"firing","fingerprint":"e","startsAt":1795313872000}`, began, false, ""},
		{`{"status":"resolved","fingerprint":"e","startsAt":"2026-11-22T02:17:52Z"}`, began, true, "endsAt is missing"},
		{`{"status":"resolved","fingerprint":"e","startsAt":"2026-11-22T02:17:52Z","endsAt":"0001-01-01T00:00:00Z"}`, began, true, "endsAt is missing"},
		{`{"status":"resolved","fingerprint":"e","startsAt":"2026-11-22T02:17:52Z","endsAt":"n/a"}`, began, true, "endsAt cannot be read"},
		{`{"status":"resolved","fingerprint":"e","endsAt":"2026-11-22T02:17:52Z"}`, time.Time{}, true, "startsAt is missing"},
		{`{"status":"Resolved ","fingerprint":"e","startsAt":1795313872,"endsAt":1795313873}`, began, true, ""},
		{`{"fingerprint":"e","startsAt":1795313872,"endsAt":1795313873}`, began, true, "status cannot be read"},
		{`{"status":"hunter2","fingerprint":"e","startsAt":1795313872}`, began, false, "status cannot be read"},
		{`{"status":5,"fingerprint":"e","startsAt":1795313872}`, began, false, "status cannot be read"},
		{`{"status":"firing","fingerprint":17,"startsAt":1795313872}`, began, false, ""},
		{`{"status":"firing","fingerprint":"e","startsAt":1795313872,"labels":{"n":5,"b":true,"z":null,"l":["a","b"]}}`, began, false, ""},
		{`{"status":"firing","fingerprint":"e","startsAt":1795313872,"labels":{"o":{"k":"hunter2"}}}`, began, false, "labels.o cannot be read"},
		{`{"status":"firing","fingerprint":"e","startsAt":1795313872,"labels":["hunter2"]}`, began, false, "labels cannot be read"},
		{`{"status":"firing","fingerprint":"e","startsAt":1795313872,"labels":null,"annotations":"hunter2"}`, began, false, "annotations cannot be read"},
		{`{"status":"firing","startsAt":1795313872,"labels":{"alertname":"Down"}}`, began, false, "fingerprint is missing"},
	} {
		parsed, err := reader().Parse([]byte(`{"version":"4","alerts":[` + good + `,` + c.alert + `,` + good + `]}`))
		said := payload.Sentence(parsed.Odd)
		if err != nil || len(parsed.Events) != 3 || (said == "") != (c.said == "") || !strings.Contains(said, c.said) || strings.Contains(said, "hunter") {
			t.Errorf("%s: %v, %d events, said %q", c.alert, err, len(parsed.Events), said)
			continue
		}
		e := parsed.Events[1]
		if e.Active() == c.over || !e.OpenedAt.Equal(c.opened) || c.over && e.EndedAt.After(now) || e.ID == "" || e.Object == "" {
			t.Errorf("%s: %+v", c.alert, e)
		}
	}
}

// TestUntellableAlerts: what says nothing about anything is counted, and takes nobody with it.
func TestUntellableAlerts(t *testing.T) {
	const good = `{"status":"firing","fingerprint":"f","startsAt":"2026-11-22T02:17:52Z"}`
	for _, none := range []string{`{}`, `null`, `5`, `"hunter2"`, `[]`, `{"status":"firing"}`, `{"labels":{}}`} {
		parsed, err := reader().Parse([]byte(`{"alerts":[` + good + `,` + none + `,` + none + `]}`))
		if err != nil || len(parsed.Events) != 1 || payload.Count(parsed.Odd, payload.Skipped) != 2 || !parsed.Again {
			t.Errorf("%s: %+v, %v", none, parsed, err)
		}
	}
}

// TestForeignDocuments: a body is refused if it is not JSON, or has no alerts at all.
func TestForeignDocuments(t *testing.T) {
	for body, want := range map[string]string{
		``:                          "invalid JSON at byte 0",
		`{"version":"4","alerts":[`: "invalid JSON at byte",
		`{} {}`:                     "more than one JSON document",
		`{}`:                        "alerts is neither a list nor an object",
		`5`:                         "alerts is neither",
		`"hunter2"`:                 "alerts is neither",
		`{"alerts":"hunter2"}`:      "alerts is neither",
		`{"alerts":["hunter2"]}`:    "event 0: not taken: it has neither labels nor a fingerprint",
	} {
		parsed, err := reader().Parse([]byte(body))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") || len(parsed.Events) != 0 {
			t.Errorf("%s: %v, %+v", body, err, parsed)
		}
	}
	for body, want := range map[string]int{
		`{"version":"4","alerts":null}`: 0, `{"version":"4","alerts":[]}`: 0, `{"version":4,"alerts":{"fingerprint":"f"}}`: 1,
		`[{"labels":{"a":"b"}},{"fingerprint":"f"}]`: 2, "\xef\xbb\xbf" + `{"alerts":[]}`: 0,
	} {
		if parsed, err := reader().Parse([]byte(body)); err != nil || len(parsed.Events) != want {
			t.Errorf("%s: %v, %+v", body, err, parsed)
		}
	}
}

// TestFingerprintIsThatOfAlertmanager computes those that a real Alertmanager sent.
func TestFingerprintIsThatOfAlertmanager(t *testing.T) {
	for _, name := range []string{"webhook_firing_group_of_2.json", "034_webhook_firing.json", "webhook_blackbox_firing.json"} {
		var body struct {
			Alerts []map[string]any `json:"alerts"`
		}
		if err := json.Unmarshal(recorded(t, name), &body); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, alert := range body.Alerts {
			want = append(want, alert["fingerprint"].(string))
			delete(alert, "fingerprint")
		}
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := reader().Parse(text)
		var got []string
		for i := range parsed.Events {
			got = append(got, parsed.Events[i].Object)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, and not %q, %v", name, got, want, err)
		}
	}
}

func TestGrafana(t *testing.T) {
	events, again := parse(t, "grafana_webhook_firing.json")
	if len(events) != 1 || again || events[0].Names[0] != "web2" || events[0].Severity != model.SeverityCritical || events[0].Title != "web2 is down" ||
		!events[0].Active() || events[0].Object != "57c6d9296de2ad39" {
		t.Errorf("%+v, again %v", events, again)
	}
}

// TestOddAlertsOfTheAPI: one odd alert among those of a poll costs nothing but what is odd about it.
func TestOddAlertsOfTheAPI(t *testing.T) {
	s := newServer(t)
	s.set("/api/v2/alerts", `[{"fingerprint":"a","startsAt":"n/a","status":5,"labels":{"n":1}},5,
		{"fingerprint":"b","startsAt":"2026-11-22T02:17:52Z","status":{"state":"suppressed"},"labels":{"alertname":"Down"}}]`)
	snap, err := client(t, []string{s.url}, nil).Snapshot(t.Context())
	if err != nil || len(snap.Events) != 2 || payload.Count(snap.Odd, payload.Skipped) != 1 || payload.Count(snap.Odd, payload.Unreadable) == 0 {
		t.Fatalf("%+v, %v", snap, err)
	}
	if snap.Events[0].Labels["n"] != "1" || snap.Events[0].Suppressed || !snap.Events[1].Suppressed {
		t.Errorf("%+v", snap.Events)
	}
}

// TestMembersWithTimesOfTheirOwn: an alert that two members know since different times is one event, since the earlier.
func TestMembersWithTimesOfTheirOwn(t *testing.T) {
	var urls []string
	for _, began := range []string{"2026-11-22T02:20:00Z", "2026-11-22T02:17:52Z", "2026-11-22T02:18:00Z"} {
		s := newServer(t)
		s.set("/api/v2/alerts", `[{"fingerprint":"a","startsAt":"`+began+`","status":{"state":"active"},"labels":{"alertname":"Down"}}]`)
		urls = append(urls, s.url)
	}
	snap, err := client(t, urls, nil).Snapshot(t.Context())
	if err != nil || len(snap.Events) != 1 || snap.Events[0].ID != "a@2026-11-22T02:17:52Z" {
		t.Errorf("%+v, %v", snap.Events, err)
	}
}

// FuzzParse counts: each element of a body that is taken is an event, or is counted as skipped.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*webhook*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		f.Add(recorded(f, filepath.Base(file)))
	}
	for _, body := range []string{
		`{"alerts":[{"labels":{"a":1,"b":[true,null]},"startsAt":0,"endsAt":"n/a"},{},5,{"fingerprint":["x"]}]}`, `[{"labels":{"a":{}}},null]`, `{"alerts":{}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		parsed, err := reader().Parse(body)
		skipped := payload.Count(parsed.Odd, payload.Skipped)
		if items, ok := elements(body); ok && len(parsed.Events)+skipped != items || !ok && err == nil {
			t.Errorf("%d events and %d skipped of %d alerts, error %v", len(parsed.Events), skipped, items, err)
		}
		if err != nil && len(parsed.Events) > 0 {
			t.Errorf("%d events beside %v", len(parsed.Events), err)
		}
		for i := range parsed.Events {
			if e := &parsed.Events[i]; e.ID == "" || e.Object == "" || !strings.HasPrefix(e.ID, e.Object) || (e.End == "") != e.Active() {
				t.Errorf("%+v", e)
			}
		}
	})
}

// elements counts the alerts of a body in another way than the parser; not ok: it has none.
func elements(body []byte) (int, bool) {
	document, err := payload.Decode(body)
	if err != nil {
		return 0, false
	}
	whole, isObject := document.(map[string]any)
	if isObject {
		alerts, has := whole["alerts"]
		if document = alerts; has && alerts == nil {
			return 0, true
		}
	}
	switch alerts := document.(type) {
	case []any:
		return len(alerts), true
	case map[string]any:
		return 1, true
	default:
		return 0, false
	}
}

// TestOddAnswersOfPrometheus: one odd alert or series costs nothing of the others, and is said.
func TestOddAnswersOfPrometheus(t *testing.T) {
	well := `{"labels":{"alertname":"Down","instance":"web2:9100","job":"web"}}`
	series := `{"metric":{"__name__":"up","instance":"web1:9100","job":"web"},"value":[1764000000,"1"]}`
	for name, c := range map[string]struct {
		alerts, up string
		odd        bool
	}{
		"well":                      {well, series, false},
		"a label that is a number":  {`{"labels":{"alertname":"Slow","instance":5}},` + well, series, false},
		"labels that are a list":    {`{"labels":["x"]},` + well, series, true},
		"a label that is an object": {`{"labels":{"alertname":{"a":1}}},` + well, series, true},
		"an alert that is a number": {`5,` + well, series, true},
		"null":                      {`null,` + well, series, true},
		"a value that is a number":  {well, `{"metric":{"instance":"web1:9100","job":"web"},"value":[1764000000,1]}`, false},
		"an odd series":             {well, `{"metric":5,"value":"x"},7,` + series, true},
		"a series with odd labels":  {well, `{"metric":{"instance":{"x":1},"job":"db"},"value":[1,{}]},` + series, true},
		"a short value":             {well, `{"metric":{"instance":"web3:9100","job":"web"},"value":[1]},` + series, false},
	} {
		s := newServer(t)
		s.set("/api/v1/alerts", `{"status":"success","data":{"alerts":[`+c.alerts+`]}}`)
		s.set("/api/v1/query", `{"status":"success","data":{"resultType":"vector","result":[`+c.up+`]}}`)
		cl := client(t, []string{s.url}, []string{s.url})
		if got, err := cl.Confirm(t.Context(), alert("web1")); !got || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if got, err := cl.Confirm(t.Context(), alert("web2")); got || err != nil {
			t.Errorf("%s: what still fires: %v, %v", name, got, err)
		}
		snap, err := cl.Snapshot(t.Context())
		if odd := len(snap.Odd) > 0; odd != c.odd || err != nil {
			t.Errorf("%s: %+v, %v", name, snap.Odd, err)
		}
		if again, _ := cl.Snapshot(t.Context()); len(again.Odd) > 0 {
			t.Errorf("%s: said again: %+v", name, again.Odd)
		}
	}
}

// TestOddStatus: a member whose start time or version cannot be read is asked for its alerts all the same.
func TestOddStatus(t *testing.T) {
	for _, status := range []string{`{}`, `{"uptime":"n/a","versionInfo":{"version":0.27}}`, `{"uptime":5.5,"versionInfo":"x"}`, `{"uptime":[],"versionInfo":{"version":[]}}`, `[]`, `"up"`} {
		s := newServer(t)
		s.set("/api/v2/status", status)
		s.set("/api/v2/alerts", `[{"fingerprint":"a","startsAt":"2026-11-22T02:17:52Z","status":{"state":"active"},"labels":{"alertname":"Down"}}]`)
		c := client(t, []string{s.url}, nil)
		if _, err := c.Probe(t.Context()); err != nil {
			t.Errorf("%s: %v", status, err)
		}
		if snap, err := c.Snapshot(t.Context()); err != nil || len(snap.Events) != 1 || snap.Unsettled {
			t.Errorf("%s: %+v, %v", status, snap, err)
		}
	}
}

// TestOddSilences: one odd silence hides no other.
func TestOddSilences(t *testing.T) {
	s := newServer(t)
	s.set("/api/v2/silences", `[5,null,{"id":{},"comment":"x mark","status":{"state":"active"}},{"id":"b","comment":["x","mark"],"status":7},
		{"id":7,"comment":"x mark","status":{"state":"active"}}]`)
	if got, err := client(t, []string{s.url}, nil).Find(t.Context(), "mark"); err != nil || got != "b,7" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestGrafanaOfManyVersions: whatever fields of decoration Grafana sends, null or missing, an alert begins and ends as one event, with a link.
func TestGrafanaOfManyVersions(t *testing.T) {
	const labels = `"labels":{"alertname":"HostDown","grafana_folder":"ops","instance":"web2:9100","severity":"critical"}`
	for name, c := range map[string]struct {
		fields, began, ended, link string // of the alert: decoration, when it fires, when it is resolved
	}{
		"10": {
			`"fingerprint":"57c6","generatorURL":"https://g/view","silenceURL":"https://g/silence","dashboardURL":"","panelURL":"","imageURL":"https://g/img.png",
				"values":{"A":1,"B":null},"valueString":"[ var='A' value=1 ]","orgId":1`,
			`"startsAt":"2026-11-22T02:00:00Z","endsAt":"0001-01-01T00:00:00Z"`, `"startsAt":"2026-11-22T02:00:00Z","endsAt":"2026-11-22T02:20:00Z"`, "https://g/view",
		},
		"no values":               {`"fingerprint":"57c6","generatorURL":"https://g/view","values":null,"valueString":null`, `"startsAt":"2026-11-22T02:00:00Z"`, `"startsAt":"2026-11-22T02:00:00Z"`, "https://g/view"},
		"no fingerprint":          {`"generatorURL":"https://g/view","values":{}`, `"startsAt":"2026-11-22T02:00:00Z"`, `"startsAt":"2026-11-22T02:00:00Z"`, "https://g/view"},
		"zero times":              {`"fingerprint":"57c6","generatorURL":"https://g/view"`, `"startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z"`, `"startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00Z"`, "https://g/view"},
		"resolved without an end": {`"fingerprint":"57c6","generatorURL":"https://g/view"`, `"startsAt":"2026-11-22T02:00:00Z"`, `"startsAt":"2026-11-22T02:00:00Z","endsAt":"0001-01-01T00:00:00Z"`, "https://g/view"},
		"a panel for a link":      {`"fingerprint":"57c6","generatorURL":"","panelURL":"https://g/panel","dashboardURL":"https://g/dashboard"`, `"startsAt":1795312800000`, `"startsAt":1795312800000`, "https://g/panel"},
		"a dashboard for a link":  {`"fingerprint":"57c6","dashboardURL":"https://g/dashboard","panelURL":null`, `"startsAt":"2026-11-22T02:00:00Z"`, `"startsAt":"2026-11-22T02:00:00Z"`, "https://g/dashboard"},
	} {
		read := func(status, times string) model.Event {
			t.Helper()
			parsed, err := reader().Parse([]byte(`{"receiver":"ops","orgId":1,"version":"1","state":"alerting","title":"x","groupKey":"{}:{}","truncatedAlerts":0,"status":"` + status +
				`","alerts":[{"status":"` + status + `",` + labels + `,"annotations":{"summary":"web2 is down","runbook_url":"https://wiki"},` + c.fields + `,` + times + `}]}`))
			if err != nil || len(parsed.Events) != 1 || parsed.Again {
				t.Fatalf("%s: %+v, %v", name, parsed, err)
			}
			return parsed.Events[0]
		}
		began, ended := read("firing", c.began), read("resolved", c.ended)
		if !began.Active() || began.URL != c.link || began.Runbook != "https://wiki" || began.Title != "web2 is down" || began.Names[0] != "web2" || began.Severity != model.SeverityCritical {
			t.Errorf("%s: %+v", name, began)
		}
		if ended.Active() || ended.ID != began.ID || ended.Object != began.Object || ended.EndedAt.After(now) {
			t.Errorf("%s: begins as %+v, ends as %+v", name, began.EventKey, ended)
		}
	}
}
