package web_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
	"opsbot/web"
)

// TestOnCallForATelephoneSystem: a GET with a token says who is on call now, with the phone if the token is an admin's.
func TestOnCallForATelephoneSystem(t *testing.T) {
	roster := &oncall.Roster{People: []oncall.Person{{Name: "anna", Phone: model.NewSecret("+49 1")}}, Schedules: []*oncall.Schedule{
		{Name: "primary", Layers: []oncall.Layer{oncall.Fixed{{Person: "anna", From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)}}}},
		{Name: "nights", Layers: []oncall.Layer{oncall.Fixed{}}},
	}}
	deps := newHouse().deps()
	deps.Actions = ops.New(ops.Deps{Now: time.Now, Audit: newHouse(), Rota: ops.NewRota(nil, func() *oncall.Roster { return roster }, ops.DutyMemory{})})
	api := web.API(deps, func(token string) (model.Actor, bool) {
		role, known := map[string]model.Role{"viewer": model.RoleViewer, "admin": model.RoleAdmin}[token]
		return model.Actor{Name: token, Role: role}, known
	})
	for token, phone := range map[string]string{"viewer": "", "admin": "+49 1"} {
		code, body := wallboard(t, api, "/api/v1/oncall?schedule=primary", token)
		var view web.OnCallView
		if err := json.Unmarshal(body, &view); err != nil || code != http.StatusOK || len(view.Schedules) != 1 || len(view.Schedules[0].Now) != 1 {
			t.Fatalf("%d %s: %v", code, body, err)
		}
		if now := view.Schedules[0].Now[0]; now.Person != "anna" || now.Phone != phone || now.To.IsZero() || len(view.Schedules[0].Gaps) != 1 {
			t.Errorf("%s: %+v", token, view)
		}
	}
	if code, body := wallboard(t, api, "/api/v1/oncall?schedule=weekends", "viewer"); code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown schedule: %d %s", code, body)
	}
	if code, _ := wallboard(t, api, "/api/v1/oncall", "stranger"); code != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", code)
	}
	_, body := wallboard(t, api, "/api/v1/oncall?schedule=nights", "viewer")
	var lists struct {
		Schedules []map[string]json.RawMessage `json:"schedules"`
		Shifts    json.RawMessage              `json:"shifts"`
	}
	if err := json.Unmarshal(body, &lists); err != nil || string(lists.Schedules[0]["now"]) != "[]" || string(lists.Schedules[0]["then"]) != "[]" || string(lists.Shifts) != "[]" {
		t.Errorf("empty lists: %s, %v", body, err)
	}
}
