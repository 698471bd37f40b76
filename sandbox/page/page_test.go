package page_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
)

// listen opens a person's stream and returns a func that waits for the next event of a kind that contains a text.
func listen(t *testing.T, s *sandbox.Sandbox, person int64) func(kind, part string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%sapi/events?person=%d", s.URL(), person), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return func(kind, part string) string {
		t.Helper()
		for got := ""; lines.Scan(); {
			if name, found := strings.CutPrefix(lines.Text(), "event: "); found {
				got = name
			}
			if data, found := strings.CutPrefix(lines.Text(), "data: "); found && got == kind && strings.Contains(data, part) {
				return data
			}
		}
		t.Fatalf("the stream ended before %q with %q: %v", kind, part, lines.Err())
		return ""
	}
}

// send posts an action as the page does; change makes it one that is refused.
func send(t *testing.T, s *sandbox.Sandbox, path string, action any, change ...func(*http.Request)) (int, string) {
	t.Helper()
	body, err := json.Marshal(action)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"api/"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, c := range change {
		c(r)
	}
	return answer(t, r)
}

func answer(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func wants(t *testing.T, status int, text string, want int) {
	t.Helper()
	if status != want {
		t.Errorf("status %d, want %d: %s", status, want, text)
	}
}

func TestStreamSendsWhatHappens(t *testing.T) {
	s, b := world(t)
	b.run()
	next := listen(t, s, sandbox.Admin)
	next("world", `"name":"web9"`)
	next("ready", "")

	status, text := send(t, s, "messages", object{"person": sandbox.Admin, "chat": sandbox.OpsChat, "topic": sandbox.OpsTopic, "text": "/status"})
	wants(t, status, text, http.StatusNoContent)
	next("message", `"text":"got /status"`)

	card := b.say(sandbox.OpsChat, sandbox.OpsTopic, "<b>down</b>", []string{"Ack"})
	next("message", `"data":"Ack"`)
	status, text = send(t, s, "presses", object{"person": sandbox.Admin, "chat": sandbox.OpsChat, "message": card, "data": "Ack"})
	wants(t, status, text, http.StatusNoContent)
	next("toast", "pressed Ack")
	b.edit(sandbox.OpsChat, card, "<b>up</b>")
	next("message", `"edits":1`)
	b.call("deleteMessage", object{"chat_id": sandbox.OpsChat, "message_id": card})
	next("message", `"deleted":true`)
	b.call("sendChatAction", object{"chat_id": sandbox.OpsChat, "action": "typing"})
	next("typing", fmt.Sprint(sandbox.OpsChat))
}

func TestStreamSendsOfTheFleet(t *testing.T) {
	s, b := world(t)
	next := listen(t, s, sandbox.Admin)
	for _, step := range []struct {
		path   string
		action object
		seen   string
	}{
		{"targets", object{"name": "web1", "mode": "503"}, `"mode":"503"`},
		{"heal", object{}, `"clients":["clientA"],"mode":"ok"`},
		{"language", object{"person": sandbox.Admin, "language": "ru"}, `"language":"ru","people"`},
	} {
		status, text := send(t, s, step.path, step.action)
		wants(t, status, text, http.StatusNoContent)
		next("world", step.seen)
	}
	b.call("setMyCommands", object{"commands": []object{{"command": "status", "description": "everywhere"}}})
	next("world", "everywhere")
	b.call("setMyCommands", object{"commands": []object{{"command": "status", "description": "по-русски"}}, "language_code": "ru"})
	next("world", "по-русски")
}

func TestTelegramGoesAndComes(t *testing.T) {
	s, _ := world(t)
	wantsPlugged := func(want bool) {
		t.Helper()
		if got := s.Bot.Plugged(); got != want || s.TelegramAwayUntil().IsZero() != want {
			t.Errorf("plugged in is %v, want %v; away until %v", got, want, s.TelegramAwayUntil())
		}
	}
	status, text := send(t, s, "telegram", object{"away": 30})
	wants(t, status, text, http.StatusNoContent)
	wantsPlugged(false)
	status, text = send(t, s, "heal", object{})
	wants(t, status, text, http.StatusNoContent)
	wantsPlugged(true)
}

func TestOutsidersSeeNothingOfTheTeam(t *testing.T) {
	s, b := world(t)
	b.say(sandbox.OpsChat, sandbox.OpsTopic, "secret of the team", []string{"Ack"})
	b.upload(sandbox.OpsChat, 0, "document", "secret.txt", []byte("secret"), "")
	next := listen(t, s, sandbox.Outsider)
	if seen := next("world", ""); strings.Contains(seen, fmt.Sprint(sandbox.OpsChat)) {
		t.Errorf("an unknown user sees the group: %s", seen)
	}
	b.say(sandbox.OutsidersChat, 0, "for all here")
	if seen := next("message", ""); !strings.Contains(seen, "for all here") {
		t.Errorf("an unknown user sees %s", seen)
	}
	status, text := send(t, s, "messages", object{"person": sandbox.Outsider, "chat": sandbox.OpsChat, "text": "hello"})
	wants(t, status, text, http.StatusForbidden)
	status, text = send(t, s, "presses", object{"person": sandbox.Outsider, "chat": sandbox.OpsChat, "message": 1, "data": "Ack"})
	wants(t, status, text, http.StatusForbidden)
	for person, want := range map[int64]int{sandbox.Outsider: http.StatusNotFound, sandbox.Viewer: http.StatusOK, 7: http.StatusNotFound} {
		status, text := get(t, fmt.Sprintf("%sapi/files/%s?person=%d", s.URL(), fileID(t, s), person))
		wants(t, status, text, want)
	}
}

func fileID(t *testing.T, s *sandbox.Sandbox) string {
	t.Helper()
	for _, m := range s.Bot.Messages(sandbox.OpsChat) {
		if m.File != nil {
			return m.File.ID
		}
	}
	t.Fatal("no file")
	return ""
}

func get(t *testing.T, url string, change ...func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(r)
	}
	return answer(t, r)
}

// TestFilesAreNeverPages: an HTML upload must be a download, not a part of this page.
func TestFilesAreNeverPages(t *testing.T) {
	s, b := world(t)
	b.upload(sandbox.OpsChat, 0, "document", "page.html", []byte("<script>alert(1)</script>"), "")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%sapi/files/%s?person=%d", s.URL(), fileID(t, s), sandbox.Admin), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	for header, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": "attachment; filename=page.html", "X-Content-Type-Options": "nosniff",
	} {
		if got := resp.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
		t.Errorf("policy %q", policy)
	}
}

func TestOthersAreRefused(t *testing.T) {
	s, _ := world(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	kill := object{"name": "web1", "mode": "killed"}
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"another site's page":     {header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"another site's origin":   {header("Origin", "https://evil.example"), http.StatusForbidden},
		"a rebound name":          {func(r *http.Request) { r.Host = "evil.example:8899" }, http.StatusForbidden},
		"a name like ours":        {func(r *http.Request) { r.Host = "localhost.evil.example" }, http.StatusForbidden},
		"an address of elsewhere": {func(r *http.Request) { r.Host = "192.0.2.7" }, http.StatusForbidden},
		"a form":                  {header("Content-Type", "text/plain"), http.StatusUnsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := send(t, s, "targets", kill, c.change)
			wants(t, status, text, c.want)
			if got := s.Fleet.State()[0].Mode; got != fleet.OK {
				t.Errorf("web1 is %q now", got)
			}
		})
	}
	status, text := get(t, s.URL(), func(r *http.Request) { r.Host = "evil.example" })
	wants(t, status, text, http.StatusForbidden)
	status, text = get(t, s.URL(), func(r *http.Request) { r.Host = "localhost" })
	wants(t, status, text, http.StatusOK)
}

func TestBadActions(t *testing.T) {
	s, _ := world(t)
	for _, c := range []struct {
		path   string
		action any
		want   int
	}{
		{"messages", object{"person": sandbox.Admin, "chat": sandbox.OpsChat, "text": "  "}, http.StatusBadRequest},
		{"messages", object{"person": sandbox.Admin, "chat": sandbox.OpsChat, "text": strings.Repeat("😀", 2049)}, http.StatusBadRequest},
		{"messages", object{"person": sandbox.Admin, "chat": sandbox.OpsChat, "text": strings.Repeat("x", 70_000)}, http.StatusBadRequest},
		{"messages", object{"person": sandbox.Admin, "chat": sandbox.OpsChat, "topic": 99, "text": "x"}, http.StatusConflict},
		{"messages", object{"person": 7, "chat": sandbox.OpsChat, "text": "x"}, http.StatusNotFound},
		{"messages", object{"unheard": "of"}, http.StatusBadRequest},
		{"messages", "no object", http.StatusBadRequest},
		{"presses", object{"person": sandbox.Admin, "chat": sandbox.OpsChat, "message": 1, "data": "x"}, http.StatusConflict},
		{"targets", object{"name": "web99", "mode": "ok"}, http.StatusConflict},
		{"targets", object{"name": "web1", "mode": "burn"}, http.StatusConflict},
		{"telegram", object{"away": -1}, http.StatusBadRequest},
		{"telegram", object{"away": 100_000}, http.StatusBadRequest},
		{"language", object{"person": sandbox.Admin, "language": "xx"}, http.StatusBadRequest},
		{"language", object{"person": 7, "language": "en"}, http.StatusNotFound},
	} {
		status, text := send(t, s, c.path, c.action)
		if status != c.want {
			t.Errorf("%s %.80v: status %d, want %d: %s", c.path, c.action, status, c.want, text)
		}
	}
	if got := s.Bot.Messages(sandbox.OpsChat); len(got) != 0 {
		t.Errorf("written anyway: %v", got)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s, _ := world(t)
	for range 32 {
		listen(t, s, sandbox.Admin)("ready", "")
	}
	status, text := get(t, s.URL()+"api/events")
	wants(t, status, text, http.StatusServiceUnavailable)
	status, text = get(t, s.URL()+"api/events?person=7")
	wants(t, status, text, http.StatusNotFound)
}

func TestLongChatsShowTheirEnd(t *testing.T) {
	s, _ := world(t)
	for n := range 250 {
		if _, err := s.Bot.Post(botapi.Post{From: sandbox.Admin, Chat: sandbox.Admin, Text: fmt.Sprint("number ", n)}); err != nil {
			t.Fatal(err)
		}
	}
	next := listen(t, s, sandbox.Admin)
	if first := next("message", ""); !strings.Contains(first, `"number 50"`) {
		t.Errorf("the first is %s", first)
	}
	next("message", `"number 249"`)
}
