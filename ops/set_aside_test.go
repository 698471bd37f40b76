package ops_test

import (
	"context"
	"slices"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

var _ ops.SetAside = (*bench)(nil)

// SetAside implements ops.SetAside.
func (b *bench) SetAside(context.Context, int) ([]model.SetAsideRow, error) {
	return slices.Clone(b.aside), nil
}

// DropAside implements ops.SetAside.
func (b *bench) DropAside(_ context.Context, ids []int64, audit model.AuditEntry) (int, error) {
	before := len(b.aside)
	b.aside = slices.DeleteFunc(b.aside, func(r model.SetAsideRow) bool { return len(ids) == 0 || slices.Contains(ids, r.ID) })
	if before > len(b.aside) {
		b.locked(func() { b.audit = append(b.audit, audit) })
	}
	return before - len(b.aside), nil
}

func TestSetAside(t *testing.T) {
	b, admin := newBench(t), actor(model.RoleAdmin)
	if rows, err := b.actions.SetAside(t.Context(), admin); err != nil || rows == nil || len(rows) != 0 {
		t.Errorf("%v %v: JSON must be a list", rows, err)
	}
	b.aside = []model.SetAsideRow{{ID: 3}, {ID: 2}, {ID: 1}}
	if rows, err := b.actions.SetAside(t.Context(), admin); err != nil || len(rows) != 3 {
		t.Errorf("%v %v", rows, err)
	}
	for _, words := range [][]string{nil, {"x"}, {"0"}, {"-1"}, {"4"}, {"1", "all"}} {
		if _, err := b.actions.DropSetAside(t.Context(), admin, words); model.CodeOf(err) != model.ErrNoSetAside {
			t.Errorf("%q: %v", words, err)
		}
	}
	if n, err := b.actions.DropSetAside(t.Context(), admin, []string{"#2", "3"}); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if n, err := b.actions.DropSetAside(t.Context(), admin, []string{"all"}); n != 1 || err != nil || len(b.aside) != 0 {
		t.Errorf("%d %v", n, err)
	}
}
