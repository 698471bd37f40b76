package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// SourceStates and Near implement ops.Sources.
func (h *house) SourceStates() []model.SourceState {
	return []model.SourceState{{Name: "icinga", Kind: model.SourceIcinga, Disconnected: true}}
}

func (h *house) LastContact(model.EventKey) time.Time { return clock() }

func (h *house) CloseEvent(_ context.Context, key model.EventKey, _ string, audit model.AuditEntry) error {
	h.events = slices.DeleteFunc(h.events, func(e model.Event) bool { return e.EventKey == key })
	h.audit = append(h.audit, audit)
	return nil
}

func (h *house) Near(*model.Event) ([]string, model.Reason) { return nil, model.Reason{} }

func (h *house) State(model.CheckID) (model.CheckState, bool) {
	return model.CheckState{Phase: model.PhaseDown, Status: model.StatusFail, At: time.Now(), Since: time.Now()}, true
}

func (words) Impact(string, *ops.Impact) string           { return "impact" }
func (words) Why(string, *ops.Why) string                 { return "why" }
func (words) Unmapped(string, []ops.UnmappedHost) string  { return "unmapped" }
func (words) Events(_ string, all []ops.OpenEvent) string { return fmt.Sprint(len(all), " open") }
func (words) Closed(_ string, all []ops.OpenEvent) string { return fmt.Sprint(len(all), " closed") }
func (words) DutyReport(string, *ops.DutyReport) string   { return "on call" }
func (words) CoverAsked(string, *ops.CoverDone) string    { return "asked" }
func (words) CoverAnswered(_ string, answer model.CoverAnswer, _ *ops.CoverDone) string {
	return string(answer)
}
func (words) TakenOver(string, *ops.Takeover) string     { return "taken over" }
func (words) HandedBack(string, *ops.Takeover) string    { return "handed back" }
func (words) OnCall(string, *ops.OnCall) string          { return "on call" }
func (words) Sources(string, []model.SourceState) string { return "sources" }
func (words) Paged(string, *model.Incident) string       { return "paged" }
func (words) Escalated(string, *model.Incident) string   { return "escalated" }

func wallboard(t *testing.T, h http.Handler, path, token string) (int, []byte) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, body
}

// TestImpactForAWallboard sends the request of a wallboard: a GET, with a token and no body.
func TestImpactForAWallboard(t *testing.T) {
	house := newHouse()
	house.events = []model.Event{
		{EventKey: model.EventKey{Source: "icinga", ID: "1"}, Names: []string{"web1"}, Host: "web1", OpenedAt: time.Now().Add(-time.Minute)},
		{EventKey: model.EventKey{Source: "icinga", ID: "2"}, Names: []string{"db9"}, OpenedAt: time.Now()},
	}
	api := web.API(house.deps(), admitted)
	code, body := wallboard(t, api, "/api/v1/impact", "token-of-a-viewer")
	var view web.ImpactView
	if err := json.Unmarshal(body, &view); err != nil || code != http.StatusOK {
		t.Fatalf("%d %s: %v", code, body, err)
	}
	if view.Clients != 1 || view.Down != 1 || len(view.Services) != 1 || view.Services[0].Verdict != model.VerdictDown || view.Severity != model.SeverityCritical {
		t.Errorf("%s", body)
	}
	if len(view.Unmapped) != 1 || len(view.Hosts) != 1 || view.Live || len(view.Sources) != 1 || !view.Sources[0].Disconnected {
		t.Errorf("%s", body)
	}
	if code, body := wallboard(t, api, "/api/v1/impact?source=zabbix", "token-of-a-viewer"); code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown source: %d %s", code, body)
	}
	if code, _ := wallboard(t, api, "/api/v1/impact", "token-of-nobody"); code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", code)
	}
	house.events = nil
	_, body = wallboard(t, api, "/api/v1/impact", "token-of-a-viewer")
	for _, list := range []string{"services", "before", "hosts", "unmapped", "guides", "events"} {
		var lists map[string]json.RawMessage
		if err := json.Unmarshal(body, &lists); err != nil || string(lists[list]) != "[]" {
			t.Errorf("%s is %s when there is nothing, %v", list, lists[list], err)
		}
	}
}

func (h *house) PastEvents(context.Context, time.Time, int, func(*model.Event) bool) ([]model.Event, error) {
	return nil, nil
}

func (h *house) GatheredKeys(context.Context, model.Span) ([]string, error) { return nil, nil }

func (h *house) AuditSince(context.Context, time.Time, int) ([]model.AuditEntry, error) {
	return nil, nil
}
