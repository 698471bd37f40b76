package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// admitted are the tokens of the tests.
func admitted(token string) (model.Actor, bool) {
	role, known := map[string]model.Role{"token-of-a-viewer": model.RoleViewer, "token-of-operator": model.RoleOperator}[token]
	return model.Actor{Name: "deploy", Via: "api", Role: role}, known
}

func ask(t *testing.T, h http.Handler, path, authorization, body string) (code int, answer string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	text, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(text)
}

func TestTheAPITakesATokensRights(t *testing.T) {
	house := newHouse()
	api := web.API(house.deps(), admitted)
	const mute = `{"words": ["acme"], "for": "2h", "reason": "release 7"}`
	for _, c := range []struct {
		path, authorization, body string
		code                      int
		part                      string
	}{
		{"/api/v1/status", "Bearer token-of-a-viewer", `{}`, 200, `"text":"status`},
		{"/api/v1/mutes", "Bearer token-of-a-viewer", `{}`, 200, `"data"`},
		{"/api/v1/mute", "Bearer token-of-a-viewer", mute, 422, `"forbidden"`},
		{"/api/v1/mute", "Bearer token-of-operator", mute, 200, `"owner_name":"deploy"`},
		{"/api/v1/incidents", "Bearer token-of-operator", `{}`, 200, `"data":[]`},
		{"/api/v1/mute", "Bearer token-of-operator", `{"words": ["acme"], "ends": "tomorrow"}`, 400, `unknown field \"ends\"`},
		{"/api/v1/mute", "Bearer token-of-operator", `{"words": ["acme"], "for": "soon"}`, 400, `{"code":"bad_duration","args":{"word":"soon"}}`},
		{"/api/v1/mute", "Bearer token-of-operator", `acme`, 400, `"bad_question"`},
		{"/api/v1/mutes", "Bearer token-of-operator", `{}`, 200, `"data":[`},
		{"/api/v1/status", "Bearer token-of-operator", `{}`, 200, `"health_issues":[]`},
		{"/api/v1/maintenance", "Bearer token-of-operator", `{"words": ["23:00", "2h", "acme"], "reason": "release 8"}`, 200, `"reason":"release 8"`},
		// Only for local users.
		{"/api/v1/reload", "Bearer token-of-operator", `{}`, 404, ""},
		{"/api/v1/outbox/list", "Bearer token-of-operator", `{}`, 404, ""},
		// Unknown callers learn nothing, not even which paths exist.
		{"/api/v1/status", "", `{}`, 401, ""},
		{"/api/v1/status", "Bearer ", `{}`, 401, ""},
		{"/api/v1/status", "Bearer token-of-nobody", `{}`, 401, ""},
		{"/api/v1/status", "token-of-operator", `{}`, 401, ""},
		{"/api/v1/status", "Basic dG9rZW4tb2Ytb3BlcmF0b3I=", `{}`, 401, ""},
		{"/api/v1/nowhere", "Bearer token-of-nobody", `{}`, 401, ""},
	} {
		code, answer := ask(t, api, c.path, c.authorization, c.body)
		if code != c.code || !strings.Contains(answer, c.part) {
			t.Errorf("%s with %q: %d %s", c.path, c.authorization, code, answer)
		}
		if strings.Contains(answer, "acme/reports@web1\":false") {
			t.Errorf("%s shows the states of all checks", c.path)
		}
	}
	if last := house.audit[len(house.audit)-1]; last.Actor.Via != "api" || last.Actor.Name != "deploy" || last.Action != "mute" {
		t.Errorf("the audit log reads %+v", last)
	}
}

// TestNamesInJSONAreSmall: scripts rely on them.
func TestNamesInJSONAreSmall(t *testing.T) {
	data, err := json.Marshal(ops.Planned{Mute: model.Mute{ID: 2}, Again: true})
	if err != nil || !strings.Contains(string(data), `"id":2,`) || !strings.Contains(string(data), `"again":true`) {
		t.Errorf("%s, %v", data, err)
	}
}
