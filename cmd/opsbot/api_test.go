package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

// asked is a request to the HTTP API that is carried out, and what its answer has.
type asked struct {
	name, body string
	text, data string
}

// requests are one of each that the API takes, in an order in which each finds what it needs.
var requests = []asked{
	{"status", `{"words": ["clientA"]}`, "clientA", `"rows":[`},
	{"mute", `{"words": ["clientA", "reports"], "for": "30m", "reason": "release 7"}`, "Muted until", `"reason":"release 7"`},
	{"mutes", `{}`, "release 7", `"owner_name":"deploy"`},
	{"extend", `{"words": ["1"], "for": "1h"}`, "until", `"id":1`},
	{"unmute", `{"words": ["clientA", "reports"]}`, "clientA", `"id":1`},
	{"maintenance", `{"words": ["23:00", "2h", "clientA"], "reason": "release 8"}`, "clientA", `"reason":"release 8"`},
	{"incidents", `{}`, "main-db", `"check":"main-db"`},
	{"ack", `{"words": ["{db}"]}`, "{db}", `"acknowledged":true`},
	{"unack", `{"words": ["{db}"]}`, "{db}", `"id":{db}`},
	{"note", `{"words": ["{db}", "cable", "replaced"]}`, "cable replaced", `"text":"cable replaced"`},
	{"recheck", `{"words": ["{db}"]}`, "1", `1`},
	{"why", `{"words": ["main-db"]}`, "main-db", `"incidents":[`},
	{"reset", `{"words": ["door"]}`, "door", `door`},
	{"impact", `{}`, "events", `"severity"`},
	{"sources", `{}`, "icinga", `"name":"icinga"`},
	{"events/close", `{"words": ["{event}"]}`, "nobody-knows-it", `"id":"nobody-knows-it"`},
	{"events", `{}`, "events", `[`},
	{"unmapped", `{}`, "", `[`},
	{"oncall", `{}`, "primary: anna", `"name":"primary"`},
	{"takeover", `{"words": ["olga", "primary"], "for": "2h", "reason": "ill"}`, "olga is on call until", `"after":["olga"]`},
	{"handback", `{"words": ["1"]}`, "anna on call again", `"after":["anna"]`},
	{"cover", `{"words": ["anna", "olga", "tomorrow", "18:00", "2h"], "reason": "dentist"}`, "asked olga", `"id":1`},
	{"cover/refuse", `{"words": ["1", "olga"]}`, "cannot cover anna: olga", `"refused":["olga"]`},
	{"cover/withdraw", `{"words": ["1"]}`, "needs no cover any more", `"ended":`},
	{"cover", `{"words": ["anna", "olga", "tomorrow", "18:00", "2h"]}`, "asked olga", `"id":2`},
	{"cover/take", `{"words": ["2", "olga"]}`, "olga", `"id":2`},
	{"page", `{"words": ["primary"], "reason": "the shop is down"}`, "Paging", `"kind":"page"`},
	{"escalate", `{"words": ["{page}"]}`, "{page}", `"id":{page}`},
	{"history", `{"for": "1d"}`, "since", `{`},
	{logs, `{"words": ["web1", "access"], "last": 2}`, "access", `{`},
	{"chart", `{"words": ["clientA"], "for": "1d"}`, "clientA", `"png":"`},
}

// logs is the one that reads and needs an operator all the same: lines of logs are more than a state.
const logs = "logs"

// lesser is a token that may do less than a role.
var lesser = map[model.Role]string{model.RoleAdmin: operatorToken, model.RoleOperator: viewerToken}

// tokens are those of these tests, by role.
var tokens = map[model.Role]string{model.RoleViewer: viewerToken, model.RoleOperator: operatorToken, model.RoleAdmin: adminToken}

// TestEveryRequestOfTheAPI sends every request of the HTTP API to a running opsbot: it is carried out with a token of the role that docs/commands.md
// names; with a lesser token it is refused, with a wrong one or none nothing is said, and what cannot be read is not carried out. A new action without
// a row fails.
func TestEveryRequestOfTheAPI(t *testing.T) {
	t.Parallel()
	w, rows := newWorld(t), documentedRequests(t)
	w.set("main-db", "killed")
	_ = w.door.Close() // it is closed with the test, too
	w.incident("main-db")
	w.incident("door")
	done := map[string]bool{}
	for _, r := range requests {
		role := model.RoleViewer
		if r.name == logs {
			role = model.RoleOperator
		}
		for _, a := range ops.Table() {
			if a.Request.Name == r.name {
				role = a.Role
			}
		}
		if want, documented := rows[r.name]; documented && want != role.String() && r.name != logs {
			t.Errorf("%s: docs/commands.md says that it needs %s, it needs %s", r.name, want, role)
		}
		body := w.filled(r.body)
		w.refuses(r.name, body, role)
		code, answer := w.request("/api/v1/"+r.name, tokens[role], body)
		var got struct {
			Text string
			Data json.RawMessage
		}
		if err := json.Unmarshal([]byte(answer), &got); err != nil || code != http.StatusOK {
			t.Errorf("%s %s: %d %s", r.name, body, code, answer)
			continue
		}
		if !strings.Contains(got.Text, w.filled(r.text)) || !strings.Contains(string(got.Data), w.filled(r.data)) {
			t.Errorf("%s %s: %.2000s", r.name, body, answer)
		}
		done[r.name] = true
	}
	for _, a := range ops.Table() {
		if a.Request.Name != "" && !done[a.Request.Name] {
			t.Errorf("%s: no request of the table was carried out", a.Request.Name)
		}
	}
	for name := range rows {
		if !done[name] {
			t.Errorf("%s is in docs/commands.md: no request of the table was carried out", name)
		}
	}
	w.reads()
	w.saysNothingToStrangers()
}

// refuses sends a request without the right to it, and spoiled ones with it. None is carried out.
func (w *world) refuses(name, body string, role model.Role) {
	w.t.Helper()
	before := w.inProcess("incidents --json").out + w.inProcess("mutes").out
	for _, c := range []struct {
		why, token, body, want string
		code                   int
	}{
		{"with an unknown field", tokens[role], `{"worlds": ["x"]}`, `"code":"bad_question"`, http.StatusBadRequest},
		{"with words that are none", tokens[role], `{"words": 1}`, `"code":"bad_question"`, http.StatusBadRequest},
		{"with what is no JSON", tokens[role], `acme`, `"code":"bad_question"`, http.StatusBadRequest},
		{"with a length that is none", tokens[role], `{"for": "soon"}`, `"code":"bad_duration"`, http.StatusBadRequest},
		{"with a token of less", lesser[role], body, `"code":"forbidden"`, http.StatusUnprocessableEntity},
	} {
		if c.token == "" {
			continue // nobody is less than a viewer
		}
		if code, answer := w.request("/api/v1/"+name, c.token, c.body); code != c.code || !strings.Contains(answer, c.want) {
			w.t.Errorf("%s %s: %d %s, want %d %s", name, c.why, code, answer, c.code, c.want)
		}
	}
	if role == model.RoleViewer {
		return // it changes nothing anyway
	}
	if after := w.inProcess("incidents --json").out + w.inProcess("mutes").out; stripped(after) != stripped(before) {
		w.t.Errorf("%s was refused, and something changed:\n%s\nbefore:\n%s", name, after, before)
	}
}

// stripped is a list of incidents without what goes on by itself.
func stripped(text string) string {
	return strings.Join(regexp.MustCompile(`"(acks|notes|acknowledged)": .*`).FindAllString(text, -1), "\n")
}

// reads asks for what a wallboard asks for: GET, with a token alone.
func (w *world) reads() {
	w.t.Helper()
	for path, want := range map[string]string{"impact": `"severity"`, "events": `[`, "oncall?schedule=primary": `"schedules":[`} {
		if code, answer := w.send(http.MethodGet, "/api/v1/"+path, viewerToken, ""); code != http.StatusOK || !strings.Contains(answer, want) {
			w.t.Errorf("GET %s: %d %s", path, code, answer)
		}
	}
	for _, local := range []string{"reload", "outbox/list", "names", "pairing"} {
		if code, answer := w.request("/api/v1/"+local, adminToken, `{}`); code != http.StatusNotFound {
			w.t.Errorf("%s is for this machine alone: %d %s", local, code, answer)
		}
	}
}

// saysNothingToStrangers sends everything without a token, and with a wrong one. All at once: who is wrong often waits for the answer.
func (w *world) saysNothingToStrangers() {
	w.t.Helper()
	var all sync.WaitGroup
	for _, r := range requests {
		for _, token := range []string{"", "token-of-nobody-at-all"} {
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				all.Go(func() {
					if code, answer := w.send(method, "/api/v1/"+r.name, token, ""); code != http.StatusUnauthorized || strings.TrimSpace(answer) != `{"code":"forbidden"}` {
						w.t.Errorf("%s %s with %q: %d %s", method, r.name, token, code, answer)
					}
				})
			}
		}
	}
	all.Wait()
}

// documentedRequests are those of docs/commands.md with their roles: the ones that only read need a viewer.
func documentedRequests(t *testing.T) map[string]string {
	t.Helper()
	_, section, _ := strings.Cut(readFile(t, "../../docs/commands.md"), "\n## HTTP API\n")
	intro, _, _ := strings.Cut(section, "and the actions below")
	all := map[string]string{}
	for _, m := range regexp.MustCompile("`(?:POST /api/v1/)?([a-z]+)`").FindAllStringSubmatch(intro, -1) {
		all[m[1]] = model.RoleViewer.String()
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| (viewer|operator|admin) \\|").FindAllStringSubmatch(section, -1) {
		all[m[1]] = m[2]
	}
	for _, want := range []string{"status", "chart", "mute", "cover/take"} {
		if all[want] == "" {
			t.Fatalf("%s is not found in docs/commands.md: %v", want, all)
		}
	}
	return all
}
