package ops_test

import (
	"testing"

	"opsbot/model"
)

// latched makes a check stay down until it is reset.
func (b *bench) latched(id model.CheckID) *bench {
	c, known := b.inv.Check(id)
	if !known {
		b.Fatalf("no check %s", id)
	}
	c.Latched = true
	b.states[id] = model.CheckState{Phase: model.PhaseDown}
	return b
}

// A check that needs no reset is an error that says why, and nothing is reset.
func TestOnlyALatchedCheckThatIsDownIsReset(t *testing.T) {
	for want, words := range map[model.ErrorCode][]string{
		model.ErrNotLatched: {"main-db"}, model.ErrUnknownWord: {"nosuch"}, model.ErrAmbiguousWord: {"acme"}, model.ErrNeedArgument: nil,
	} {
		b := newBench(t)
		if _, err := b.actions.ResetNamed(t.Context(), actor(model.RoleAdmin), words); model.CodeOf(err) != want || len(b.resets) > 0 {
			t.Errorf("%v: %v, reset %v; want %s", words, err, b.resets, want)
		}
	}
	b := newBench(t).latched("main-db")
	c, err := b.actions.ResetNamed(t.Context(), actor(model.RoleAdmin), []string{"main-db"})
	if err != nil || c.ID != "main-db" || len(b.resets) != 1 {
		t.Errorf("%v, %v, reset %v", c, err, b.resets)
	}
	delete(b.states, "main-db")
	if _, err := b.actions.ResetNamed(t.Context(), actor(model.RoleAdmin), []string{"main-db"}); model.CodeOf(err) != model.ErrNotDown {
		t.Errorf("a check that works: %v", err)
	}
}
