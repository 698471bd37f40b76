package ops_test

import (
	"context"
	"slices"
	"testing"

	"opsbot/model"
)

// The bench's outbox holds the notifications 4 and 5, and records the changes.

func (b *bench) Waiting(context.Context, int) ([]model.Notification, error) {
	return []model.Notification{{ID: 4}}, nil
}

func (b *bench) DeadLetters(_ context.Context, limit int) ([]model.DeadLetter, error) {
	return make([]model.DeadLetter, limit), nil
}

func (b *bench) Revive(_ context.Context, ids []int64, audit model.AuditEntry) (int, error) {
	return b.touched(ids, audit)
}

func (b *bench) Discard(_ context.Context, ids []int64, audit model.AuditEntry) (int, error) {
	return b.touched(ids, audit)
}

func (b *bench) touched(ids []int64, audit model.AuditEntry) (int, error) {
	if slices.Contains(ids, 99) || b.noneDead {
		return 0, nil
	}
	b.messages = append(b.messages, ids)
	b.locked(func() { b.audit = append(b.audit, audit) })
	return max(1, len(ids)), nil
}

func TestOutbox(t *testing.T) {
	b := newBench(t)
	admin := actor(model.RoleAdmin)
	list, err := b.actions.Outbox(t.Context(), admin, false)
	if err != nil || len(list.Waiting) != 1 || len(list.Dead) != 500 || !list.More {
		t.Errorf("%d, %d, %t, %v", len(list.Waiting), len(list.Dead), list.More, err)
	}
	if list, err = b.actions.Outbox(t.Context(), admin, true); err != nil || len(list.Waiting) != 0 {
		t.Errorf("only dead letters were asked for: %+v, %v", list.Waiting, err)
	}
	if n, err := b.actions.RetryOutbox(t.Context(), admin, []string{"4", "#5"}); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := b.actions.RetryOutbox(t.Context(), admin, []string{"all"}); err != nil {
		t.Error(err)
	}
	if len(b.messages) != 2 || !slices.Equal(b.messages[0], []int64{4, 5}) || b.messages[1] != nil {
		t.Errorf("sent again: %v", b.messages)
	}
	for _, words := range [][]string{{"99"}, {"x"}, {"-1"}, nil, {"4", "all"}} {
		if _, err := b.actions.RetryOutbox(t.Context(), admin, words); model.CodeOf(err) != model.ErrNoMessage {
			t.Errorf("%q: %v", words, err)
		}
	}
	if _, err := b.actions.DropOutbox(t.Context(), admin, []string{"all"}); model.CodeOf(err) != model.ErrNoMessage || len(b.messages) != 2 {
		t.Errorf("all were dropped: %v", err)
	}
}

// Scripts may retry everything when there is nothing: only an unknown number is an error.
func TestAllOfNothingIsNoMistake(t *testing.T) {
	b := newBench(t)
	b.noneDead = true
	if n, err := b.actions.RetryOutbox(t.Context(), actor(model.RoleAdmin), []string{"all"}); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
