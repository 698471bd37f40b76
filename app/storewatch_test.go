package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"opsbot"
	"opsbot/alerts"
)

func TestTheStoresRefusalIsSaidOnceAndSoIsItsEnd(t *testing.T) {
	start := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	now := start
	var health alerts.Health
	var said []opsbot.ReasonCode
	w := &storeWatch{
		health: func() alerts.Health { return health }, now: func() time.Time { return now },
		notify: func(_ context.Context, what opsbot.Reason) { said = append(said, what.Code) },
	}
	steps := []struct {
		after time.Duration
		err   error
		want  []opsbot.ReasonCode
	}{
		{0, nil, nil},
		{time.Minute, errors.New("full"), nil}, // since now: it may go away
		{time.Minute + 30*time.Second, errors.New("full"), nil},
		{2 * time.Minute, errors.New("full"), []opsbot.ReasonCode{opsbot.NoticeStoreRefuses}},
		{5 * time.Minute, errors.New("full"), []opsbot.ReasonCode{opsbot.NoticeStoreRefuses}},
		{6 * time.Minute, nil, []opsbot.ReasonCode{opsbot.NoticeStoreRefuses, opsbot.NoticeStoreBack}},
		{7 * time.Minute, nil, []opsbot.ReasonCode{opsbot.NoticeStoreRefuses, opsbot.NoticeStoreBack}},
	}
	for _, s := range steps {
		now = start.Add(s.after)
		if s.err != nil && health.Err == nil {
			health.Since = now
		}
		health.Err = s.err
		w.look(t.Context())
		if !slices.Equal(said, s.want) {
			t.Fatalf("after %v: %v, want %v", s.after, said, s.want)
		}
	}
}
