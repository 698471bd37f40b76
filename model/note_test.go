package model_test

import (
	"testing"

	"opsbot/model"
)

func TestWhoReadsANote(t *testing.T) {
	all, a, ab, b := model.Scope{}, model.ScopeOf([]string{"a"}), model.ScopeOf([]string{"a", "b"}), model.ScopeOf([]string{"b"})
	for _, c := range []struct {
		name   string
		writer model.Scope
		client bool
		reader model.Scope
		reads  bool
	}{
		{"colleagues", all, false, all, true},
		{"who sees less reads nothing internal", all, false, a, false},
		{"who sees less of what somebody limited wrote", ab, false, a, false},
		{"the same clients", ab, false, ab, true},
		{"who sees more", a, false, ab, true},
		{"who sees everything", a, false, all, true},
		{"other clients", a, false, b, false},
		{"a client", all, true, a, true},
		{"a client of the writer's", ab, true, a, true},
		{"a client that the writer does not see", a, true, b, false},
		{"who sees a client and more", a, true, ab, true},
	} {
		note := model.Note{Scope: c.writer, ForClient: c.client}
		in := model.Incident{Notes: []model.Note{note}}
		if got := note.Within(c.reader); got != c.reads || len(in.NotesWithin(c.reader)) == 1 != c.reads {
			t.Errorf("%s: %v, want %v", c.name, got, c.reads)
		}
	}
}

func TestClientsHit(t *testing.T) {
	state := func(client string, v model.Verdict) model.ServiceState {
		return model.ServiceState{ServiceKey: model.ServiceKey{Client: client, Service: "s"}, Verdict: v}
	}
	affected := []model.ServiceState{state("b", model.VerdictDown), state("a", model.VerdictAtRisk), state("c", model.VerdictOK)}
	for name, in := range map[string]model.Incident{
		"a host":  {Affected: affected},
		"a group": {EventGroup: &model.EventGroup{Worst: affected}},
		"a storm": {Storm: &model.Storm{Worst: affected[:1], Parts: []model.Incident{{Affected: affected[1:]}}}},
	} {
		if got := in.ClientsHit(model.Scope{}); len(got) != 2 || got[0] != "a" || got[1] != "b" {
			t.Errorf("%s hit %v", name, got)
		}
		if got := in.ClientsHit(model.ScopeOf([]string{"b", "c"})); len(got) != 1 || got[0] != "b" {
			t.Errorf("%s hit %v of b's", name, got)
		}
	}
}
