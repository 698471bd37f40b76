package checks_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
)

// endpoints are the checks of a complete configuration, created as in production.
func endpoints(t *testing.T, files map[string]string) (*model.Inventory, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "opsbot.toml"), config.Options{
		Kinds: checks.AllKinds(checks.Deps{}), CheckSchedule: schedule.Validate, Getenv: func(string) string { return "" },
	})
	if err != nil {
		return nil, err
	}
	made := checks.NewEndpoints(cfg.Around)
	plan, err := inventory.Compile(inventory.Declared{
		Defaults: cfg.Webtest.ServiceSettings, Services: cfg.Services, Groups: cfg.Groups, Clients: cfg.Clients, Hosts: cfg.Hosts, Wrong: made.Wrong,
	})
	if err != nil {
		return nil, err
	}
	return inventory.Source{Plan: plan, NewCheck: made.Check}.Build(nil), nil
}

// TestEndpointsTakeTheOptionsOfWeb sets options at every level; the nearest wins, and each takes effect.
func TestEndpointsTakeTheOptionsOfWeb(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer s3cret", r.Header.Get("X-Fleet") != "all":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/queue":
			_, _ = io.WriteString(w, `{"queue": [1, 2, 3]}`)
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/page", http.StatusFound)
		default:
			_, _ = fmt.Fprintf(w, "<h1>%s works</h1>", r.Host)
		}
	}))
	t.Cleanup(srv.Close)
	_, port, _ := strings.Cut(srv.Listener.Addr().String(), ":")
	inv, err := endpoints(t, map[string]string{"token": "s3cret\n", "opsbot.toml": `
[webtest]
bearer_file = "token"
headers     = { X-Fleet = "all" }
[[services]]
name = "page"
port = ` + port + `
matches = "works</h1>$"
[[services]]
name      = "queue"
port      = ` + port + `
path      = "/queue"
condition = "len(queue) < 3"
[[services]]
name = "moved"
port = ` + port + `
path = "/moved"
redirects = 1
[[clients]]
name     = "a"
hosts    = ["web1"]
services = ["page", "queue", "moved"]
[[clients]]
name     = "b"
hosts    = ["web1"]
services = ["page", "queue"]
[clients.service.page]
matches = "asleep"
[clients.service.queue]
condition = "len(queue) < 9"
[[clients]]
name     = "c"
hosts    = ["web2"]
services = ["page"]
[[hosts]]
name    = "web1"
address = "127.0.0.1"
[[hosts]]
name    = "web2"
address = "127.0.0.2"
bearer  = "wrong"
bearer_file = ""
`})
	if err != nil {
		t.Fatal(err)
	}
	engine := checks.NewEngine(checks.DefaultLimits(), time.Now)
	for id, want := range map[model.CheckID]struct {
		kind string
		code model.ReasonCode
	}{
		"a/page@web1": {"web", ""}, "a/queue@web1": {"json", model.ReasonJSONFalse}, "a/moved@web1": {"web", ""},
		"b/page@web1": {"web", model.ReasonWebNoMatch}, "b/queue@web1": {"json", ""},
		"c/page@web2": {"web", model.ReasonRefused}, // the server is on 127.0.0.1 only
	} {
		c, ok := inv.Check(id)
		if !ok {
			t.Fatalf("no check %s", id)
		}
		if r := engine.Run(t.Context(), checks.OnDemand, c); r.Reason.Code != want.code || c.Kind != want.kind {
			t.Errorf("%s: kind %s, %s %+v", id, c.Kind, r.Status, r.Reason)
		}
	}
}

// TestEndpointOptionsThatAreWrong are reported once each, at the line of the option, however many clients inherit it.
func TestEndpointOptionsThatAreWrong(t *testing.T) {
	_, err := endpoints(t, map[string]string{"opsbot.toml": `[[services]]
name = "page"
port = 80
expires_in = 14
[[services]]
name = "queue"
port = 81
condition = "len(queue"
[[services]]
name = "fine"
port = 82
contains = "x"
[[clients]]
name     = "a"
hosts    = ["web1"]
services = ["page", "queue"]
[[clients]]
name     = "b"
hosts    = ["web1"]
services = ["page", "queue", "fine"]
[clients.service.fine]
ca_file = "nowhere.pem"
[[hosts]]
name     = "web1"
address  = "127.0.0.1"
password = "s3cret"
`})
	problems, ok := errors.AsType[model.Problems](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	for line, want := range map[int]string{
		4: "expires_in needs https://", 8: `condition "len(queue"`, 22: `ca_file "nowhere.pem"`, 23: "user is missing",
	} {
		n := 0
		for _, p := range problems {
			if p.Place.Line == line && strings.Contains(inEnglish([]model.Sentence{p.What})[0], want) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("line %d is said %d times to have %q:\n%v", line, n, want, err)
		}
	}
	if len(problems) != 4 || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%d problems:\n%v", len(problems), err)
	}
}
