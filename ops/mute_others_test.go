package ops_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// muted sets mutes as somebody types them.
func (b *bench) muted(lines ...string) (answers []ops.MuteAnswer) {
	b.Helper()
	for _, line := range lines {
		parsed, err := ops.ParseMute(line)
		if err != nil {
			b.Fatal(err)
		}
		parsed.Sure = true
		answers = append(answers, b.muting(parsed.MuteRequest))
	}
	return answers
}

func (b *bench) muting(req ops.MuteRequest) ops.MuteAnswer {
	b.Helper()
	a, err := b.actions.Mute(b.Context(), actor(model.RoleOperator), req)
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// TestUnmuteAllLeavesPlannedWork: that is cancelled by its number.
func TestUnmuteAllLeavesPlannedWork(t *testing.T) {
	for _, word := range []string{"all", "все", "ALL", "Всё"} {
		b := newBench(t)
		b.muted("1h acme", "2h web1")
		b.muting(ops.MuteRequest{At: epoch.Add(time.Hour), For: time.Hour, Words: []string{"acme"}, Sure: true})
		who := actor(model.RoleOperator)
		ended, err := b.actions.Unmute(t.Context(), who, []string{word}, false)
		if err != nil || len(ended) != 2 || slices.ContainsFunc(ended, func(m ops.Unmuted) bool { return m.Planned }) {
			t.Fatalf("%s: %+v, %v", word, ended, err)
		}
		if _, err := b.actions.Unmute(t.Context(), who, []string{word}, false); model.CodeOf(err) != model.ErrNoMute {
			t.Errorf("%s once more: %v", word, err)
		}
		if _, err := b.actions.Unmute(t.Context(), who, nil, false); model.CodeOf(err) != model.ErrNeedArgument {
			t.Errorf("without a word: %v", err)
		}
		if ended, err := b.actions.Unmute(t.Context(), who, []string{"3"}, false); err != nil || len(ended) != 1 {
			t.Errorf("by its number: %+v, %v", ended, err)
		}
	}
}

// TestMutesThatOverlapAreNamed: those that go on with a part of a new one after its end, and no others.
func TestMutesThatOverlapAreNamed(t *testing.T) {
	b := newBench(t)
	others := b.muted("4h web1", "10m acme", "2h beta", "1h acme")[3].Others
	if len(others) != 1 || others[0].ID != 1 {
		t.Errorf("%+v", others)
	}
	limited := actor(model.RoleOperator)
	limited.Scope = model.ScopeOf([]string{"acme"})
	a, err := b.actions.Mute(t.Context(), limited, ops.MuteRequest{For: time.Hour, Words: []string{"acme"}, Sure: true})
	if err != nil || len(a.Others) != 0 {
		t.Errorf("somebody limited reads of a mute of others: %+v, %v", a.Others, err)
	}
}
