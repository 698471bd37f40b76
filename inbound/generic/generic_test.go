package generic_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/inbound/generic"
	"opsbot/inbound/payload"
	"opsbot/model"
)

var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func options() generic.Options {
	return generic.Options{
		List: "data.alerts", ID: "id", Host: "host.name", Service: "check", Title: "text", State: "state", Severity: "level", Since: "since",
		Link: "links[0].href", Over: []string{"ok", "RESOLVED"}, Critical: []string{"crit", "5"}, Info: []string{"note"},
		Labels: map[string]string{"dc": "host.dc", "hard": "hard", "none": "nothing", "deep": "host"},
		Zone:   time.FixedZone("CET", 3600), Now: func() time.Time { return now },
	}
}

const body = `{"data":{"alerts":[
	{"id":17,"host":{"name":"web1","dc":"fra1"},"check":"http","text":" it is down ","state":"PROBLEM","level":"CRIT","hard":true,
	 "since":"2026-11-23T02:00:00+01:00","links":[{"href":"https://example.com/17"}],"more":null},
	{"id":"b","host":{"name":null},"state":"resolved","level":5,"since":1795314579.5}
]}}`

func TestParse(t *testing.T) {
	parsed, err := generic.Parse(options())([]byte(body))
	events := parsed.Events
	if err != nil || parsed.Again || len(events) != 2 {
		t.Fatalf("%+v, %v", parsed, err)
	}
	a, b := events[0], events[1]
	if a.ID != "17" || a.Object != "17" || !slices.Equal(a.Names, []string{"web1"}) || a.Service != "http" || a.Title != "it is down" || !a.Active() ||
		a.Severity != model.SeverityCritical || a.URL != "https://example.com/17" || !a.OpenedAt.Equal(now.Add(-2*time.Hour)) {
		t.Errorf("%+v", a)
	}
	if len(a.Labels) != 2 || a.Labels["dc"] != "fra1" || a.Labels["hard"] != "true" {
		t.Errorf("labels %v", a.Labels)
	}
	if b.ID != "b" || len(b.Names) != 0 || !b.EndedAt.Equal(now) || b.End != model.EndUnconfirmed || b.Severity != model.SeverityCritical ||
		b.OpenedAt.UnixMilli() != 1795314579500 {
		t.Errorf("%+v", b)
	}
}

func TestBodyIsOneEventOrAList(t *testing.T) {
	o := options()
	o.List = ""
	for body, want := range map[string]int{
		`{"id":"a","state":"x"}`: 1, `[{"id":"a","state":"x"},{"id":"b","state":"x"}]`: 2, `[]`: 0,
	} {
		parsed, err := generic.Parse(o)([]byte(body))
		if err != nil || len(parsed.Events) != want {
			t.Errorf("%s: %d events, %v", body, len(parsed.Events), err)
		}
	}
}

func TestMoments(t *testing.T) {
	for text, want := range map[string]time.Time{
		`"2026-11-23T03:00:00Z"`: now, fmt.Sprint(now.Unix()): now, fmt.Sprint(now.UnixMilli()): now, fmt.Sprintf(`"%d"`, now.Unix()): now,
		`null`: {}, `""`: {}, `0`: {}, `"2026-11-23 04:00:00.000"`: now, `"2026-11-23T03:00:00+0000"`: now, fmt.Sprint(now.UnixNano()): now,
		`["2026-11-23T04:00:00"]`: now,
	} {
		parsed, err := generic.Parse(options())([]byte(`{"data":{"alerts":{"id":"a","state":"x","since":` + text + `}}}`))
		if err != nil || !parsed.Events[0].OpenedAt.Equal(want) || len(parsed.Odd) != 0 {
			t.Errorf("%s: %v, %v", text, parsed, err)
		}
	}
}

// TestOddEvents puts each odd event between two good ones: all three are taken, and what was dropped is said without its value.
func TestOddEvents(t *testing.T) {
	const good = `{"id":"a","state":"x"}`
	for _, c := range []struct {
		event, id string
		names     []string
		over      bool
		said      string // "" is nothing
	}{
		{`{"id":"b","state":"x","since":"hunter2"}`, "b", nil, false, `since ("since") cannot be read`},
		{`{"id":"b","state":"x","since":"n/a"}`, "b", nil, false, `since ("since") cannot be read`},
		{`{"id":"b","state":"ok","since":"n/a"}`, "b", nil, true, `since ("since") cannot be read`},
		{`{"id":"b","state":"ok","since":{"hunter":2}}`, "b", nil, true, `since ("since") cannot be read`},
		{`{"id":"b","state":"x","since":-5}`, "b", nil, false, `since ("since") cannot be read`},
		{`{"id":"b","state":"x","since":1e300}`, "b", nil, false, `since ("since") cannot be read`},
		{`{"id":"b","state":"x","host":{"name":["web1"]}}`, "b", []string{"web1"}, false, ""},
		{`{"id":"b","state":"ok","host":{"name":["web1","10.0.0.1",5]}}`, "b", []string{"web1", "10.0.0.1", "5"}, true, ""},
		{`{"id":"b","state":"x","host":{"name":{"hunter":2}}}`, "b", nil, false, `host ("host.name") cannot be read`},
		{`{"id":"b","state":"x","host":null}`, "b", nil, false, ""},
		{`{"id":"b","state":"x","host":{"dc":{"hunter":2}}}`, "b", nil, false, "labels.dc cannot be read"},
		{`{"id":["b"],"state":["ok"]}`, "b", nil, true, ""},
		{`{"id":7,"state":"x","level":["crit"],"text":["one","two"]}`, "7", nil, false, ""},
		{`{"id":"b","state":"x","text":{"hunter":2}}`, "b", nil, false, `title ("text") cannot be read`},
		{`{"id":"b","state":"x","host":{"name":"web1","dc":["fra1","fra2"]}}`, "b", []string{"web1"}, false, ""},
		{`{"id":"b"}`, "b", nil, false, `state ("state") is missing`},
		{`{"id":"b","state":{"hunter":2}}`, "b", nil, false, `state ("state") cannot be read`},
		{`{"state":"ok","host":{"name":"web1"},"check":"http","text":"hunter"}`, "web1!http", []string{"web1"}, true, `id ("id") is missing`},
		{`{"id":{"hunter":2},"state":"x","text":"down"}`, "down", nil, false, `id ("id") cannot be read`},
	} {
		o := options()
		delete(o.Labels, "deep")
		parsed, err := generic.Parse(o)([]byte(`{"data":{"alerts":[` + good + `,` + c.event + `,` + good + `]}}`))
		said := payload.Sentence(parsed.Odd)
		if err != nil || len(parsed.Events) != 3 || (said == "") != (c.said == "") || !strings.Contains(said, c.said) || strings.Contains(said, "hunter") {
			t.Errorf("%s: %v, %d events, said %q", c.event, err, len(parsed.Events), said)
			continue
		}
		if e := parsed.Events[1]; e.ID != c.id || e.Object != c.id || !slices.Equal(e.Names, c.names) || e.Active() == c.over || !e.OpenedAt.IsZero() {
			t.Errorf("%s: %+v", c.event, e)
		}
	}
}

func TestForeignDocuments(t *testing.T) {
	for body, want := range map[string]string{
		``:                        "invalid JSON at byte 0",
		`{"data":`:                "invalid JSON at byte",
		`{} {}`:                   "more than one JSON document",
		`{"data":{}}`:             `list "data.alerts" is neither an object nor a list`,
		`"hunter2"`:               `list "data.alerts" is neither`,
		`{"data":{"alerts":[5]}}`: `event 0: not taken: it has neither an id ("id") nor a host, a service or a title`,
		`{"data":{"alerts":[{},{"state":"x","hunter":2}]}}`: `2 events, first 0: not taken`,
	} {
		parsed, err := generic.Parse(options())([]byte(body))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") || len(parsed.Events) != 0 {
			t.Errorf("%s: %v, %+v", body, err, parsed)
		}
	}
}

// FuzzParse counts: each element of a list is an event, or is counted as skipped.
func FuzzParse(f *testing.F) {
	f.Add([]byte(body), "data.alerts", "id")
	f.Add([]byte(`[[{"a":[1,2]}]]`), "[0]", "a[1]")
	f.Add([]byte(`{"":{"":1}}`), ".", "..")
	f.Add([]byte(`[{"id":"a"},{"id":{}},5,null,{"id":["x",null]},{"id":"b","since":"n/a","state":true}]`), "", "id")
	f.Fuzz(func(t *testing.T, body []byte, list, id string) {
		o := options()
		o.List, o.ID = list, id
		parsed, err := generic.Parse(o)(body)
		skipped := payload.Count(parsed.Odd, payload.Skipped)
		if document, bad := payload.Decode(body); bad != nil && err == nil {
			t.Error("garbage is taken")
		} else if items, ok := document.([]any); bad == nil && ok && list == "" && len(parsed.Events)+skipped != len(items) {
			t.Errorf("%d events and %d skipped of %d, error %v", len(parsed.Events), skipped, len(items), err)
		}
		if err != nil && len(parsed.Events) > 0 || err == nil && skipped > 0 && len(parsed.Events) == 0 {
			t.Errorf("%+v beside %v", parsed, err)
		}
		for i := range parsed.Events {
			if e := &parsed.Events[i]; e.ID == "" || (e.End == "") != e.Active() {
				t.Errorf("%+v", e)
			}
		}
	})
}
