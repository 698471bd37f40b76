package ops_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

func TestHeartbeats(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	var saved []model.HeartbeatCall
	var looked int
	full := error(nil)
	h := ops.NewHeartbeats(ops.HeartbeatDeps{
		Token: func(id model.CheckID) (model.Secret, bool) {
			switch id {
			case "backup":
				return model.NewSecret("right"), true
			case "no-token":
				return model.Secret{}, true
			default:
				return model.Secret{}, false
			}
		},
		Methods: func(model.CheckID) []string { return []string{"POST"} },
		Save: func(_ context.Context, _ model.CheckID, b model.HeartbeatCall) error {
			if full == nil {
				saved = append(saved, b)
			}
			return full
		},
		Recheck: func(model.CheckID) { looked++ }, Now: func() time.Time { return now },
	})
	for id, token := range map[model.CheckID]string{"backup": "wrong", "other": "right", "gone": "", "no-token": "", "": ""} {
		if err := h.Take(t.Context(), id, token, model.HeartbeatCall{}); !errors.Is(err, ops.ErrNoHeartbeat) {
			t.Errorf("%s with %q: %v", id, token, err)
		}
	}
	if len(saved)+looked > 0 {
		t.Fatalf("unknown callers wrote %v", saved)
	}
	for method, want := range map[string]error{"POST": nil, "GET": ops.ErrHeartbeatMethod, "HEAD": ops.ErrHeartbeatMethod} {
		if err := h.Admit("backup", "right", method); !errors.Is(err, want) {
			t.Errorf("%s: %v", method, err)
		}
		if err := h.Admit("backup", "wrong", method); !errors.Is(err, ops.ErrNoHeartbeat) {
			t.Errorf("%s with a wrong token: %v", method, err)
		}
	}
	full = &model.Error{Code: model.ErrStore}
	if err := h.Take(t.Context(), "backup", "right", model.HeartbeatCall{}); !errors.Is(err, full) || looked > 0 {
		t.Errorf("a full disk: %v, rechecked %d times", err, looked)
	}
	full = nil
	if err := h.Take(t.Context(), "backup", "right", model.HeartbeatCall{Event: model.HeartbeatFail, Code: 3, Said: "x"}); err != nil {
		t.Fatal(err)
	}
	if len(saved) != 1 || saved[0] != (model.HeartbeatCall{Event: model.HeartbeatFail, At: now, Code: 3, Said: "x"}) || looked != 1 {
		t.Fatalf("saved %+v, looked %d times", saved, looked)
	}
}

func TestHeartbeatsAreLimited(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	saved := 0
	h := ops.NewHeartbeats(ops.HeartbeatDeps{
		Token:   func(model.CheckID) (model.Secret, bool) { return model.NewSecret("right"), true },
		Save:    func(context.Context, model.CheckID, model.HeartbeatCall) error { saved++; return nil },
		Recheck: func(model.CheckID) {}, Now: func() time.Time { return now },
	})
	call := func(n int) (refused int) {
		for range n {
			if errors.Is(h.Take(t.Context(), "backup", "right", model.HeartbeatCall{}), ops.ErrHeartbeatsTooFast) {
				refused++
			}
		}
		return refused
	}
	if refused := call(1000); refused != 980 || saved != 20 {
		t.Errorf("of 1000 at once %d were refused", refused)
	}
	if err := h.Take(t.Context(), "other", "right", model.HeartbeatCall{}); err != nil {
		t.Errorf("the rate limit of one job affects another: %v", err)
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
