package model_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
)

// TestAcksAreOnePerScope: a narrower acknowledgement replaces no wider one, nor the other way round; one of the same scope is
// taken over.
func TestAcksAreOnePerScope(t *testing.T) {
	var in model.Incident
	ackers := func() string {
		var names []string
		for i := range in.Acks {
			names = append(names, in.Acks[i].Name)
		}
		return strings.Join(names, " ")
	}
	for _, c := range []struct {
		name    string
		clients []string
		want    string
	}{
		{"anna", nil, "anna"},
		{"ivan", []string{"a"}, "anna ivan"},
		{"olga", []string{"b", "a"}, "anna ivan olga"},
		{"petr", []string{"a", "b"}, "anna ivan petr"},
		{"boss", nil, "ivan petr boss"},
	} {
		before := in.Acks
		kept := append([]model.Ack(nil), before...)
		in.Ack(model.Ack{Name: c.name, Scope: model.ScopeOf(c.clients)})
		if got := ackers(); got != c.want {
			t.Errorf("after %s: %q, want %q", c.name, got, c.want)
		}
		if diff := cmp.Diff(kept, before); diff != "" {
			t.Errorf("a copy that somebody holds changed:\n%s", diff)
		}
	}
}

// TestASecondAckCoversNoLess: who acknowledges again what has recovered in part covers what was covered.
func TestASecondAckCoversNoLess(t *testing.T) {
	sets := []model.Named{nil, {}, {"service:a/web": true}, {"service:a/web": false}, {"check:db": true, "service:a/web": false}}
	for _, first := range sets {
		for _, second := range sets {
			in := model.Incident{}
			in.Ack(model.Ack{Name: "anna", Covers: first})
			in.Ack(model.Ack{Name: "ivan", Covers: second})
			got, all := in.Acks[0].Covers, first == nil || second == nil
			if len(in.Acks) != 1 || (got == nil) != all || !all && (!got.Includes(first) || !got.Includes(second)) {
				t.Errorf("%v, then %v: %v", first, second, in.Acks)
			}
		}
	}
}

// TestAnIncidentOfAnEarlierVersionKeepsItsAck: it was one, "ack".
func TestAnIncidentOfAnEarlierVersionKeepsItsAck(t *testing.T) {
	var in model.Incident
	const old = `{"id":7,"kind":"service","client":"acme","service":"web","ack":{"name":"Anna","at":"2026-11-30T10:00:00Z"}}`
	if err := json.Unmarshal([]byte(old), &in); err != nil {
		t.Fatal(err)
	}
	if in.ID != 7 || in.Client != "acme" || len(in.Acks) != 1 || in.Acks[0].Name != "Anna" || in.Acks[0].At.IsZero() {
		t.Fatalf("%+v", in)
	}
	text, err := json.Marshal(in)
	if err != nil || strings.Contains(string(text), `"ack":`) {
		t.Fatalf("%s, %v", text, err)
	}
	var again model.Incident
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, again); diff != "" {
		t.Errorf("it is read back differently:\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"id":"seven"}`), &again); err == nil {
		t.Error("a number that is a text was read")
	}
}
