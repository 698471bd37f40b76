package generic_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/inbound/generic"
	"opsbot/model"
)

var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func options() generic.Options {
	return generic.Options{
		List: "data.alerts", ID: "id", Host: "host.name", Service: "check", Title: "text", State: "state", Severity: "level", Since: "since",
		Link: "links[0].href", Over: []string{"ok", "RESOLVED"}, Critical: []string{"crit", "5"}, Info: []string{"note"},
		Labels: map[string]string{"dc": "host.dc", "hard": "hard", "none": "nothing", "deep": "host"},
		Now:    func() time.Time { return now },
	}
}

const body = `{"data":{"alerts":[
	{"id":17,"host":{"name":"web1","dc":"fra1"},"check":"http","text":" it is down ","state":"PROBLEM","level":"CRIT","hard":true,
	 "since":"2026-11-23T02:00:00+01:00","links":[{"href":"https://example.com/17"}],"more":null},
	{"id":"b","host":{"name":null},"state":"resolved","level":5,"since":1795314579.5}
]}}`

func TestParse(t *testing.T) {
	events, again, err := generic.Parse(options())([]byte(body))
	if err != nil || again || len(events) != 2 {
		t.Fatalf("%+v, %v, %v", events, again, err)
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
		events, _, err := generic.Parse(o)([]byte(body))
		if err != nil || len(events) != want {
			t.Errorf("%s: %d events, %v", body, len(events), err)
		}
	}
}

func TestMoments(t *testing.T) {
	for text, want := range map[string]time.Time{
		`"2026-11-23T03:00:00Z"`: now, fmt.Sprint(now.Unix()): now, fmt.Sprint(now.UnixMilli()): now, fmt.Sprintf(`"%d"`, now.Unix()): now,
		`null`: {}, `""`: {}, `0`: {},
	} {
		events, _, err := generic.Parse(options())([]byte(`{"data":{"alerts":{"id":"a","state":"x","since":` + text + `}}}`))
		if err != nil || !events[0].OpenedAt.Equal(want) {
			t.Errorf("%s: %v, %v", text, events, err)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	one := func(event string) string { return `{"data":{"alerts":[` + event + `]}}` }
	for body, want := range map[string]string{
		``:                                   "invalid JSON at byte 0",
		`{"data":`:                           "invalid JSON at byte",
		`{} {}`:                              "more than one JSON document",
		`{"data":{}}`:                        `list "data.alerts" is neither an object nor a list`,
		`"hunter2"`:                          `list "data.alerts" is neither`,
		one(`5`):                             `event 0: id ("id") is missing`,
		one(`{"state":"x"}`):                 `event 0: id ("id") is missing`,
		one(`{"id":"a"}`):                    `event 0: state ("state") is missing`,
		one(`{"id":["hunter"],"state":"x"}`): `event 0: id ("id") is an object or a list`,
		one(`{"id":"a","state":"x"},{"id":"b","state":"x","host":{"name":{}}}`): `event 1: host ("host.name") is an object or a list`,
		one(`{"id":"a","state":"x","since":"hunter2"}`):                         `since ("since") is neither RFC 3339`,
		one(`{"id":"a","state":"x","since":-5}`):                                `since ("since") is neither RFC 3339`,
		one(`{"id":"a","state":"x","since":"NaN"}`):                             `since ("since") is neither RFC 3339`,
		one(`{"id":"a","state":"x","since":1e300}`):                             `since ("since") is neither RFC 3339`,
	} {
		events, _, err := generic.Parse(options())([]byte(body))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") || len(events) != strings.Count(body, `{"id":"a","state":"x"}`) {
			t.Errorf("%s: %v, %d events", body, err, len(events))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(body), "data.alerts", "id")
	f.Add([]byte(`[[{"a":[1,2]}]]`), "[0]", "a[1]")
	f.Add([]byte(`{"":{"":1}}`), ".", "..")
	f.Fuzz(func(t *testing.T, body []byte, list, id string) {
		o := options()
		o.List, o.ID = list, id
		events, _, _ := generic.Parse(o)(body) // beside an error are those that can be read all the same
		for i := range events {
			if events[i].ID == "" {
				t.Errorf("%+v", events[i])
			}
		}
	})
}
