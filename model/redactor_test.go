package model_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"opsbot/model"
)

func hide(s string) string { return strings.ReplaceAll(s, "s3cret", "<secret>") }

// Each field of an event is either what its source says, and redacted, or which event it is, and as it was: whoever adds a field decides.
func TestEveryFieldOfAnEventIsRedactedOrKept(t *testing.T) {
	kept := map[string]bool{ // keys, names, and what is ours
		"EventKey": true, "Object": true, "Names": true, "Service": true, "ClosedBy": true, "Host": true, "About": true, "End": true,
	}
	var e model.Event
	filled := reflect.ValueOf(&e).Elem()
	for i := range filled.NumField() {
		switch f := filled.Field(i); {
		case f.Kind() == reflect.String:
			f.SetString("a s3cret")
		case f.Type() == reflect.TypeFor[[]string]():
			f.Set(reflect.ValueOf([]string{"a s3cret"}))
		case f.Type() == reflect.TypeFor[model.Labels]():
			f.Set(reflect.ValueOf(model.Labels{"x": "a s3cret"}))
		}
	}
	e.EventKey = model.EventKey{Source: "s3cret", ID: "s3cret"}
	before := maps.Clone(e.Labels)
	clean := reflect.ValueOf(model.Redactor(hide).Event(e))
	for i := range clean.NumField() {
		name := clean.Type().Field(i).Name
		raw, err := json.Marshal(clean.Field(i).Interface())
		if err != nil {
			t.Fatal(err)
		}
		if found := strings.Contains(string(raw), "s3cret"); found && !kept[name] {
			t.Errorf("%s holds a secret: %s", name, raw)
		} else if !found && kept[name] && clean.Field(i).Kind() == reflect.String {
			t.Errorf("%s was changed: %s", name, raw)
		}
	}
	if !maps.Equal(e.Labels, before) {
		t.Error("the labels of the original were changed")
	}
}

func TestLabelsAreRedactedByTheirNames(t *testing.T) {
	byName := model.Redactor(func(s string) string {
		if name, _, found := strings.Cut(s, "="); found && name == "password" {
			return name + "=<secret>"
		}
		return s
	})
	got := byName.Event(model.Event{Labels: model.Labels{"password": "hunter2", "host": "web1"}}).Labels
	if got["password"] != "<secret>" || got["host"] != "web1" || len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

// Whatever the argument of a reason is called, unless opsbot measured it itself.
func TestReasonsAreRedacted(t *testing.T) {
	r := model.NewReason(model.ReasonWebNoMatch, "got", "a s3cret", "want", "s3cret", "addr", "10.0.0.1:80 http://x/?t=s3cret", "took", "12ms", "new", "s3cret")
	clean := model.Redactor(hide).Reason(r)
	if raw, err := json.Marshal(clean); err != nil || strings.Contains(string(raw), "s3cret") || clean.Args["took"] != "12ms" {
		t.Errorf("got %s, %v", raw, err)
	}
	if r.Args["got"] != "a s3cret" {
		t.Error("the original was changed: it is shared")
	}
	var none model.Redactor
	if none.Text("s3cret") != "s3cret" || !none.Reason(r).Equal(r) {
		t.Error("no redactor changes something")
	}
	long := strings.Repeat("x", 1<<20)
	if n := len(model.Redactor(hide).Text(long)); n > 8<<10 {
		t.Errorf("%d bytes of a long text were searched", n)
	}
}
