package model_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
)

func TestSayKeepsArgumentsAndParts(t *testing.T) {
	s := model.Say("config.x", "key", "to", "n", 3, "known", []string{"a", "b"}, "what", model.Say("config.unknown.host"), "said", errors.New("no"))
	want := model.Sentence{
		ID: "config.x", Args: map[string]string{"key": "to", "n": "3", "known": "a, b", "said": "no"},
		Parts: map[string]model.Sentence{"what": {ID: "config.unknown.host"}},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if with := s.With("key", "cc"); with.Key() != "cc" || s.Key() != "to" {
		t.Errorf("With made %q of %q", with.Key(), s.Key())
	}
}

func TestProblemsAreSorted(t *testing.T) {
	at := func(line int, key string) model.Problem {
		return model.Place{File: "a", Line: line}.Problem(model.Say("config.x", "key", key))
	}
	ps := model.Problems{at(2, "to[10]"), at(2, "to[9]"), at(1, "z"), {Place: model.Place{File: "A", Line: 7}}}
	ps.Sort()
	if got, want := ps.Error(), "A:7: \na:1: config.x key=\"z\"\na:2: config.x key=\"to[9]\"\na:2: config.x key=\"to[10]\""; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestProblemsTravel: over the control socket, and as an argument of a reason.
func TestProblemsTravel(t *testing.T) {
	ps := model.Problems{{
		Place: model.Place{File: "opsbot.toml", Line: 3, Path: `hosts[1] "a"`},
		What:  model.UnknownName(model.Say("config.unknown.host"), "b\n", []string{"a"}),
	}}
	data, err := json.Marshal(ps)
	if err != nil {
		t.Fatal(err)
	}
	var back model.Problems
	if err := json.Unmarshal(data, &back); err != nil || !back[0].Same(ps[0]) {
		t.Errorf("%v: %v", err, back)
	}
	if p, err := model.DecodeProblem(ps[0].Encode()); err != nil || !p.Same(ps[0]) {
		t.Errorf("%v: %v", err, p)
	}
	if _, err := model.DecodeProblem("opsbot config check says which"); err == nil {
		t.Error("a plain text is taken for a problem")
	}
}

func TestUnknownName(t *testing.T) {
	what := model.Say("config.unknown.host")
	many := []string{"a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8", "i9", "j0"}
	for id, known := range map[string][]string{
		"config.unknown.none": nil, "config.unknown.near": {"web1"}, "config.unknown.known": {"db"}, "config.unknown.some": many,
	} {
		if s := model.UnknownName(what, "wbe1", known); s.ID != id {
			t.Errorf("%v: %s, want %s", known, s, id)
		}
	}
	if s := model.UnknownName(what, "wbe1", many); s.Args["more"] != "2" || s.Args["known"] != "a1, b2, c3, d4, e5, f6, g7, h8" {
		t.Errorf("got %s", s)
	}
}
