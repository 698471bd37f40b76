package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// clock shows a quarter past ten in the evening, in Moscow.
func clock() time.Time {
	return time.Date(2026, 11, 23, 22, 15, 0, 0, time.FixedZone("MSK", 3*3600))
}

func (h *house) Incident(id model.IncidentID) (model.Incident, bool) {
	i := slices.IndexFunc(h.open, func(in model.Incident) bool { return in.ID == id })
	if i < 0 {
		return model.Incident{}, false
	}
	return h.open[i], true
}

func (h *house) Ack(_ context.Context, id model.IncidentID, ack model.Ack, audit model.AuditEntry) (model.Incident, error) {
	for i := range h.open {
		if h.open[i].ID == id {
			h.open[i].Ack(ack)
		}
	}
	h.audit = append(h.audit, audit)
	in, _ := h.Incident(id)
	return in, nil
}

// StoredIncident implements ops.Archive.
func (h *house) StoredIncident(_ context.Context, id model.IncidentID) (model.Incident, bool, error) {
	in, open := h.Incident(id)
	return in, open, nil
}

// Note implements ops.Muter.
func (h *house) Note(_ context.Context, about model.Incident, note model.Note, audit model.AuditEntry) (model.Incident, error) {
	h.audit = append(h.audit, audit)
	for i := range h.open {
		if h.open[i].ID == about.ID {
			h.open[i].Notes = append(h.open[i].Notes, note)
		}
	}
	return about, nil
}

func (h *house) Unack(_ context.Context, id model.IncidentID, _ model.Scope, audit model.AuditEntry) (model.Incident, error) {
	for i := range h.open {
		if h.open[i].ID == id {
			h.open[i].Acks = nil
		}
	}
	h.audit = append(h.audit, audit)
	in, _ := h.Incident(id)
	return in, nil
}

func (h *house) Incidents(_ context.Context, since time.Time, _ int) ([]model.Incident, error) {
	return []model.Incident{{ID: 1, Kind: model.IncidentCheck, OpenedAt: since}}, nil
}

func (h *house) Waiting(context.Context, int) ([]model.Notification, error) {
	return []model.Notification{{ID: 4}, {ID: 5}}, nil
}

func (h *house) DeadLetters(context.Context, int) ([]model.DeadLetter, error) {
	return []model.DeadLetter{{Notification: model.Notification{ID: 3}, Why: "chat_dead"}}, nil
}

func (h *house) Revive(_ context.Context, ids []int64, audit model.AuditEntry) (int, error) {
	h.revived, h.audit = append(h.revived, ids), append(h.audit, audit)
	return max(1, len(ids)), nil
}

func (h *house) Discard(_ context.Context, ids []int64, audit model.AuditEntry) (int, error) {
	h.audit = append(h.audit, audit)
	return len(ids), nil
}

func TestIncidentsAndTheOutboxByTheSocket(t *testing.T) {
	h := newHouse()
	h.open = []model.Incident{{ID: 12, Kind: model.IncidentCheck, Check: "main-db"}}
	path := serve(t, h)
	for _, c := range []struct {
		what, text, data string
		req              web.ControlRequest
	}{
		{"incidents", "incident ", `[{"id":12,`, web.ControlRequest{}},
		{"ack", "acked by ", `{"id":12,`, web.ControlRequest{Words: []string{"#12"}}},
		{"history", "1 since 2026-11-22", `[{"id":1,`, web.ControlRequest{}},
		{"history", "1 since 2026-11-16", `"opened_at":"2026-11-16T22:15:00+03:00"`, web.ControlRequest{For: web.Length(model.Week)}},
		{"maintenance", "", `[]`, web.ControlRequest{}},
		{"maintenance", "muted", `"from":"2026-11-23T23:00:00+03:00"`, web.ControlRequest{Words: []string{"23:00", "2h", "acme", "--", "update"}}},
		{"outbox", "2 1 false", `{"waiting":[{"id":4,`, web.ControlRequest{}},
		{"outbox", "0 1 true", `{"waiting":[],"dead":[{`, web.ControlRequest{Dead: true}},
		{"outbox/retry", "again 1", `{"messages":1}`, web.ControlRequest{Words: []string{"all"}}},
		{"outbox/retry", "again 2", `{"messages":2}`, web.ControlRequest{Words: []string{"3", "#4"}}},
		{"set-aside", "1 aside", `{"rows":[{"id":7,"table":"mute"`, web.ControlRequest{}},
		{"set-aside/drop", "dropped 1", `{"rows":1}`, web.ControlRequest{Words: []string{"7"}}},
		{"outbox/drop", "gone 1", `{"messages":1}`, web.ControlRequest{Words: []string{"3"}}},
	} {
		var a web.Answer
		if err := web.Call(t.Context(), path, c.what, c.req, &a); err != nil {
			t.Errorf("%s: %v", c.what, err)
		} else if !strings.HasPrefix(a.Text, c.text) || !strings.Contains(string(a.Data), c.data) || !json.Valid(a.Data) {
			t.Errorf("%s: %q, %s", c.what, a.Text, a.Data)
		}
	}
	if len(h.revived) != 2 || h.revived[0] != nil || !slices.Equal(h.revived[1], []int64{3, 4}) {
		t.Errorf("sent again: %v", h.revived)
	}
	if n := len(h.audit); n != 5 || h.audit[n-1].Action != "outbox drop" || h.audit[n-1].Actor.Via != "cli" {
		t.Errorf("%+v", h.audit)
	}
}

func TestWrongNumbersByTheSocket(t *testing.T) {
	path := serve(t, newHouse())
	for what, code := range map[string]model.ErrorCode{
		"ack": model.ErrNoIncident, "outbox/retry": model.ErrNoMessage, "outbox/drop": model.ErrNoMessage, "set-aside/drop": model.ErrNoSetAside, "maintenance": model.ErrBadTime,
	} {
		err := web.Call(t.Context(), path, what, web.ControlRequest{Words: []string{"twelve"}}, &web.Answer{})
		if e, ok := errors.AsType[*model.Error](err); !ok || e.Code != code {
			t.Errorf("%s: %v", what, err)
		}
	}
}

var (
	_ ops.Outbox   = (*house)(nil)
	_ ops.SetAside = (*house)(nil)
)

// SetAside implements ops.SetAside.
func (h *house) SetAside(context.Context, int) ([]model.SetAsideRow, error) {
	return []model.SetAsideRow{{ID: 7, Table: "mute", Area: "mutes"}}, nil
}

// DropAside implements ops.SetAside.
func (h *house) DropAside(_ context.Context, ids []int64, _ model.AuditEntry) (int, error) {
	return len(ids), nil
}

// Events and VerifyAgain implement ops.Events.
func (h *house) Events(model.Scope) []model.Event { return h.events }

func (h *house) VerifyAgain(context.Context, model.IncidentID, model.Scope) (int, error) {
	return 0, nil
}
