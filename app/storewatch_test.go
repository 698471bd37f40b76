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
