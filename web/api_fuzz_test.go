package web_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/web"
)

// FuzzAPI sends anything to the API: without the token it does nothing, with a viewer's it changes nothing, and what it does with an operator's is
// what the body says, of which it understands all or nothing.
func FuzzAPI(f *testing.F) {
	f.Add("mute", `{"words": ["acme"], "for": "2h", "reason": "x"}`)
	f.Add("mute", `{"words": ["acme"], "until": "23:00"}`)
	f.Add("mute", `{"words": ["acme"], "for": "2h", "hosts": ["x"]}`)
	f.Add("mute", `{"words": ["acme"], "for": "2h"} {}`)
	f.Add("mute", `{"words": null, "for": -1}`)
	f.Add("status", `{"words": ["ac"]}`)
	f.Add("status", ``)
	f.Add("mutes", `{"language": "\u0000"}`)
	f.Add("unmute", `{"words": ["1"]}`)
	f.Add("extend", `{"words": ["1"], "for": "1h"}`)
	f.Add("../../v1/paired", `[`)
	paths := map[string]bool{"mute": true, "status": true, "mutes": true, "unmute": true, "extend": true}
	f.Fuzz(func(t *testing.T, what, body string) {
		if !paths[what] {
			what = "mute"
		}
		for _, token := range []string{"", "wrong", "token-of-a-viewer", "token-of-operator"} {
			h := newHouse()
			code, answer := ask(t, web.API(h.deps(), admitted), "/api/v1/"+what, "Bearer "+token, body)
			role, known := admitted(token)
			switch {
			case !known && (code != http.StatusUnauthorized || len(h.audit) > 0):
				t.Errorf("a stranger gets %d %s, audit %+v", code, answer, h.audit)
			case known && code != http.StatusOK && code != http.StatusBadRequest && code != http.StatusUnprocessableEntity:
				t.Errorf("%d %s", code, answer)
			case role.Role < model.RoleOperator && len(h.mutes) > 0:
				t.Errorf("a viewer mutes: %+v", h.mutes)
			}
			if !json.Valid([]byte(answer)) {
				t.Errorf("the answer is no JSON: %q", answer)
			}
			for i := range h.mutes {
				m := &h.mutes[i]
				if d := m.Until.Sub(m.From); d < time.Minute || d > 90*model.Day || len(m.Selector.Clients) == 0 {
					t.Errorf("%s mutes %+v for %v", body, m.Selector, d)
				}
			}
		}
	})
}
