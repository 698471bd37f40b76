package web_test

import (
	"context"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

func (h *house) Reset(_ context.Context, _ model.CheckID, audit model.AuditEntry) error {
	h.audit = append(h.audit, audit)
	return nil
}

func (words) Reset(language string, check model.CheckID) string {
	return "reset " + language + " " + string(check)
}

// latched is a house that can also select checks by name, and has one that waits for a reset.
type latched struct{ *house }

func (latched) Resolve(inv *model.Inventory, words []string, _ model.Scope) (model.Selector, error) {
	id := model.CheckID(strings.Join(words, " "))
	if _, known := inv.Check(id); !known {
		return model.Selector{}, &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": string(id)}}
	}
	return model.Selector{Checks: []model.CheckID{id}}, nil
}

// TestReset resets a latched check, as whoever holds the machine, and no other.
func TestReset(t *testing.T) {
	h := newHouse()
	h.inv = model.NewInventory(nil, nil, nil, []*model.Check{{ID: "licence", Latched: true}, {ID: "main-db"}})
	d := h.deps()
	d.Actions = ops.New(ops.Deps{Inventory: latched{h}, Alerts: h, Muter: h, Audit: h, Now: clock})
	socket := serveDeps(t, d)
	var answer web.Answer
	err := web.Call(t.Context(), socket, "reset", web.ControlRequest{Words: []string{"licence"}, Language: "en"}, &answer)
	if err != nil || answer.Text != "reset en licence" || string(answer.Data) != `{"check":"licence"}` {
		t.Errorf("%+v, %v", answer, err)
	}
	if len(h.audit) != 1 || h.audit[0].Action != "reset" || h.audit[0].Target != "licence" || h.audit[0].Actor.Via != "cli" {
		t.Errorf("the audit log has %+v", h.audit)
	}
	for name, want := range map[string]model.ErrorCode{"main-db": model.ErrNotLatched, "none": model.ErrUnknownWord} {
		if err := web.Call(t.Context(), socket, "reset", web.ControlRequest{Words: []string{name}}, &answer); model.CodeOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
