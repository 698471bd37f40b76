package ops_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"opsbot"
	"opsbot/ops"
)

func TestHeartbeats(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	var saved []opsbot.HeartbeatCall
	var looked int
	full := error(nil)
	h := ops.NewHeartbeats(ops.HeartbeatDeps{
		Token: func(id opsbot.CheckID) (opsbot.Secret, bool) {
			switch id {
			case "backup":
				return opsbot.NewSecret("right"), true
			case "no-token":
				return opsbot.Secret{}, true
			default:
				return opsbot.Secret{}, false
			}
		},
		Save: func(_ context.Context, _ opsbot.CheckID, b opsbot.HeartbeatCall) error {
			if full == nil {
				saved = append(saved, b)
			}
			return full
		},
		Recheck: func(opsbot.CheckID) { looked++ }, Now: func() time.Time { return now },
	})
	for id, token := range map[opsbot.CheckID]string{"backup": "wrong", "other": "right", "gone": "", "no-token": "", "": ""} {
		if err := h.Take(t.Context(), id, token, opsbot.HeartbeatCall{}); !errors.Is(err, ops.ErrNoHeartbeat) {
			t.Errorf("%s with %q: %v", id, token, err)
		}
	}
	if len(saved)+looked > 0 {
		t.Fatalf("strangers wrote %v", saved)
	}
	full = &opsbot.Error{Code: opsbot.ErrStore}
	if err := h.Take(t.Context(), "backup", "right", opsbot.HeartbeatCall{}); !errors.Is(err, full) || looked > 0 {
		t.Errorf("a full disk: %v, looked %d times", err, looked)
	}
	full = nil
	if err := h.Take(t.Context(), "backup", "right", opsbot.HeartbeatCall{Event: opsbot.HeartbeatFail, Code: 3, Said: "x"}); err != nil {
		t.Fatal(err)
	}
	if len(saved) != 1 || saved[0] != (opsbot.HeartbeatCall{Event: opsbot.HeartbeatFail, At: now, Code: 3, Said: "x"}) || looked != 1 {
		t.Fatalf("saved %+v, looked %d times", saved, looked)
	}
}

func TestHeartbeatsAreLimited(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	saved := 0
	h := ops.NewHeartbeats(ops.HeartbeatDeps{
		Token:   func(opsbot.CheckID) (opsbot.Secret, bool) { return opsbot.NewSecret("right"), true },
		Save:    func(context.Context, opsbot.CheckID, opsbot.HeartbeatCall) error { saved++; return nil },
		Recheck: func(opsbot.CheckID) {}, Now: func() time.Time { return now },
	})
	call := func(n int) (refused int) {
		for range n {
			if errors.Is(h.Take(t.Context(), "backup", "right", opsbot.HeartbeatCall{}), ops.ErrHeartbeatsTooFast) {
				refused++
			}
		}
		return refused
	}
	if refused := call(1000); refused != 980 || saved != 20 {
		t.Errorf("of 1000 at once %d were refused", refused)
	}
	if err := h.Take(t.Context(), "other", "right", opsbot.HeartbeatCall{}); err != nil {
		t.Errorf("another job pays for this one: %v", err)
	}
	now = now.Add(5 * time.Second)
	if refused := call(10); refused != 5 {
		t.Errorf("5 s later %d of 10 were refused", refused)
	}
	now = now.Add(-24 * time.Hour)
	if refused := call(1); refused != 0 {
		t.Error("a clock that was set back locks the job out")
	}
}
