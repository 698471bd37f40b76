package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// bodies are requests that are understood; what they are about is not there.
var bodies = map[string]string{
	ops.ActionAck: `{"words":["1"]}`, ops.ActionUnack: `{"words":["1"]}`, ops.ActionRecheck: `{"words":["1"]}`,
	ops.ActionMute: `{"words":["acme"],"for":"1h"}`, ops.ActionUnmute: `{"words":["9"]}`, ops.ActionExtend: `{"words":["9"],"for":"1h"}`,
	ops.ActionMaintenance: `{"words":["23:00","1h","acme"]}`, ops.ActionReset: `{"words":["nosuch"]}`,
	ops.ActionClose: `{"words":["4k7m2x9"]}`, ops.ActionTakeover: `{"words":["anna"],"for":"1h"}`, ops.ActionHandback: `{}`, ops.ActionCover: `{"words":["anna","tomorrow","18:00","until","22:00"],"reason":"dentist"}`,
	ops.ActionCoverTake: `{"words":["3","boris"]}`, ops.ActionCoverRefuse: `{"words":["3","boris"]}`, ops.ActionCoverWithdraw: `{"words":["3"]}`, ops.ActionPage: `{"words":["anna","the","database"]}`, ops.ActionEscalate: `{"words":["1"]}`, ops.ActionNote: `{"words":["1","cable replaced"]}`,
}

// TestEachActionIsARequest: what can be done about alerts can be done through the API and the control socket, by whom the table
// says and by nobody with less.
func TestEachActionIsARequest(t *testing.T) {
	admit := func(token string) (model.Actor, bool) {
		var role model.Role
		err := role.UnmarshalText([]byte(token))
		return model.Actor{Name: "deploy", Via: "api", Role: role}, err == nil
	}
	for _, a := range ops.Table() {
		body, known := bodies[a.Name]
		if !known || a.Request.Name == "" {
			t.Errorf("no request of %s", a.Name)
			continue
		}
		for role := model.RoleNone; role <= model.RoleAdmin; role++ {
			code, answer := ask(t, web.API(newHouse().deps(), admit), "/api/v1/"+a.Request.Name, "Bearer "+role.String(), body)
			refused := strings.Contains(answer, `"code":"`+string(model.ErrForbidden)+`"`)
			if code != http.StatusOK && code != http.StatusUnprocessableEntity || refused != (role < a.Role) {
				t.Errorf("%s by %s: %d %s", a.Request.Name, role, code, answer)
			}
		}
		if code, answer := ask(t, web.Control(newHouse().deps()), "/v1/"+a.Request.Name, "", body); code != http.StatusOK && code != http.StatusUnprocessableEntity {
			t.Errorf("%s through the control socket: %d %s", a.Request.Name, code, answer)
		}
	}
}

// TestAnIncidentIsReadAsItWasWritten: with who acknowledged it, and how it is now.
func TestAnIncidentIsReadAsItWasWritten(t *testing.T) {
	want := web.IncidentView{Now: model.ConditionLatched}
	want.ID, want.Acks = 12, []model.Ack{{Name: "Anna"}}
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got web.IncidentView
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s is read as (-want +got)\n%s", raw, diff)
	}
}

// TestAnIncidentThroughTheAPI is acknowledged, taken back and checked again; the answers are for people and for programs.
func TestAnIncidentThroughTheAPI(t *testing.T) {
	h := newHouse()
	h.open = []model.Incident{{ID: 12, Kind: model.IncidentService, ServiceKey: model.ServiceKey{Client: "acme", Service: "reports"}}}
	h.mutes = []model.Mute{{ID: 1, Until: clock().AddDate(0, 0, 1)}}
	api := web.API(h.deps(), admitted)
	for _, c := range []struct{ path, body, part string }{
		{"ack", `{"words":["12"]}`, `{"text":"acked by deploy","data":{"id":12,`},
		{"unack", `{"words":["#12"]}`, `{"text":"0 acks","data":{"id":12,`},
		{"note", `{"words":["12","cable","replaced"]}`, `{"text":"deploy notes cable replaced","data":{"id":12,`},
		{"note", `{"words":["12"]}`, `"need_argument"`},
		{"note", `{"words":["x","y"]}`, `"no_incident"`},
		{"recheck", `{"words":["12"]}`, `{"text":"again 0","data":{"checks":0}}`},
		{"extend", `{"words":["1"],"for":"1h"}`, fmt.Sprintf(`"until":%q`, clock().AddDate(0, 0, 1).Add(3600e9).Format("2006-01-02T15:04:05Z07:00"))},
		{"extend", `{"words":["1"]}`, `"need_argument"`},
		{"extend", `{"words":["1"],"until":"in a while"}`, `"bad_time"`},
		{"extend", `{"words":["1"],"until":"2000-01-01"}`, `"bad_time"`},
		{"unack", `{"words":["x"]}`, `"no_incident"`},
	} {
		if _, answer := ask(t, api, "/api/v1/"+c.path, "Bearer token-of-operator", c.body); !strings.Contains(answer, c.part) {
			t.Errorf("%s %s: %s", c.path, c.body, answer)
		}
	}
}
