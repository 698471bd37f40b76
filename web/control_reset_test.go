package web_test

import (
	"context"
	"testing"

	"opsbot/model"
	"opsbot/web"
)

func (h *house) Reset(_ context.Context, _ model.CheckID, audit model.AuditEntry) error {
	h.audit = append(h.audit, audit)
	return nil
}

func (words) Reset(language string, check model.CheckID) string {
	return "reset " + language + " " + string(check)
}

// TestReset resets a check of the inventory, as whoever holds the machine, and no other.
func TestReset(t *testing.T) {
	h := newHouse()
	socket := serve(t, h)
	var answer web.Answer
	err := web.Call(t.Context(), socket, "reset", web.ControlRequest{Words: []string{"acme/reports@web1"}, Language: "en"}, &answer)
	if err != nil || answer.Text != "reset en acme/reports@web1" || string(answer.Data) != `{"check":"acme/reports@web1"}` {
		t.Errorf("%+v, %v", answer, err)
	}
	if len(h.audit) != 1 || h.audit[0].Action != "reset" || h.audit[0].Target != "acme/reports@web1" || h.audit[0].Actor.Via != "cli" {
		t.Errorf("the audit log has %+v", h.audit)
	}
	err = web.Call(t.Context(), socket, "reset", web.ControlRequest{Words: []string{"main-db"}}, &answer)
	if model.CodeOf(err) != model.ErrUnknownWord {
		t.Errorf("an unknown check: %v", err)
	}
}
