package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/store"
)

func TestTheStoresRefusalIsSaidOnceAndSoIsItsEnd(t *testing.T) {
	start := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	now := start
	var health alerts.Health
	var said []model.ReasonCode
	w := &storeWatch{
		speaks: func() bool { return true },
		health: func() alerts.Health { return health }, faults: func() []store.Fault { return nil },
		look: func(context.Context) store.Presence { return store.Presence{} }, now: func() time.Time { return now },
		notify: func(_ context.Context, what model.Reason) { said = append(said, what.Code) },
	}
	steps := []struct {
		after time.Duration
		err   error
		want  []model.ReasonCode
	}{
		{0, nil, nil},
		{time.Minute, errors.New("full"), nil}, // since now: it may go away
		{time.Minute + 30*time.Second, errors.New("full"), nil},
		{2 * time.Minute, errors.New("full"), []model.ReasonCode{model.NoticeStoreRefuses}},
		{5 * time.Minute, errors.New("full"), []model.ReasonCode{model.NoticeStoreRefuses}},
		{6 * time.Minute, nil, []model.ReasonCode{model.NoticeStoreRefuses, model.NoticeStoreBack}},
		{7 * time.Minute, nil, []model.ReasonCode{model.NoticeStoreRefuses, model.NoticeStoreBack}},
	}
	for _, s := range steps {
		now = start.Add(s.after)
		if s.err != nil && health.Err == nil {
			health.Since = now
		}
		health.Err = s.err
		w.update(t.Context())
		if !slices.Equal(said, s.want) {
			t.Fatalf("after %v: %v, want %v", s.after, said, s.want)
		}
	}
}

// TestAStoreThatNobodyIsSureToLeadIsSaidLater: while another opsbot may lead, this one says nothing.
func TestAStoreThatNobodyIsSureToLeadIsSaidLater(t *testing.T) {
	now, speaks := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC), false
	health := alerts.Health{Err: errors.New("away"), Since: now}
	var said []model.ReasonCode
	w := &storeWatch{
		speaks: func() bool { return speaks },
		health: func() alerts.Health { return health }, faults: func() []store.Fault { return nil },
		look: func(context.Context) store.Presence { return store.Presence{} }, now: func() time.Time { return now },
		notify: func(_ context.Context, what model.Reason) { said = append(said, what.Code) },
	}
	now = now.Add(time.Hour)
	w.update(t.Context())
	if len(said) > 0 {
		t.Errorf("said %v", said)
	}
	speaks = true
	w.update(t.Context())
	if !slices.Equal(said, []model.ReasonCode{model.NoticeStoreRefuses}) {
		t.Errorf("said %v", said)
	}
}

// TestACommitThatWaitsForAServerIsSaid: the manager waits for an answer and knows of no error.
func TestACommitThatWaitsForAServerIsSaid(t *testing.T) {
	start := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	now := start
	faults := []store.Fault{{Area: "alerts", Write: true, What: "the database server cannot be reached", Since: start}}
	var said []model.ReasonCode
	w := &storeWatch{
		speaks: func() bool { return true },
		health: func() alerts.Health { return alerts.Health{} }, faults: func() []store.Fault { return faults }, log: func(store.Fault, bool) {},
		look: func(context.Context) store.Presence { return store.Presence{} }, now: func() time.Time { return now },
		notify: func(_ context.Context, what model.Reason) { said = append(said, what.Code) },
	}
	w.update(t.Context())
	if len(said) > 0 {
		t.Errorf("said at once: %v", said)
	}
	now = start.Add(storePatience)
	w.update(t.Context())
	faults = nil
	w.update(t.Context())
	if want := []model.ReasonCode{model.NoticeStoreRefuses, model.NoticeStoreBack}; !slices.Equal(said, want) {
		t.Errorf("%v, want %v", said, want)
	}
}
