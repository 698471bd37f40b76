package movein_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
)

// answer is what a page answers to each request.
const answer = `{"status": "UP", "n": 7, "on": true, "none": null, "my-key": "a", "list": [{"id": 6, "name": "john"}, 2], "data": {"count": 3, "text": "5"}}`

// TestConditionsMeanTheSame runs the checks that conditions of Gatus and of Kuma become, against a page for which they hold, or do not.
func TestConditionsMeanTheSame(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/teapot" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, map[bool]string{true: "UP\n", false: answer}[r.URL.Path == "/text"])
	}))
	t.Cleanup(srv.Close)
	for _, c := range []struct {
		path, condition string
		ok              bool
	}{
		{"/", "[STATUS] == 200", true},
		{"/teapot", "[STATUS] == 200", false},
		{"/teapot", "[STATUS] == any(200, 418)", true},
		{"/teapot", "[STATUS] < 400", false},
		{"/teapot", "[STATUS] != 200", true},
		{"/teapot", "[BODY].n == 7", true},
		{"/", "[BODY].status == UP", true},
		{"/", "[BODY].status != UP", false},
		{"/", "[BODY].n > 6", true},
		{"/", "[BODY].n <= 6", false},
		{"/", "[BODY].on == true", true},
		{"/", "[BODY].my-key == a", true},
		{"/", "[BODY].my-key == any(b, a)", true},
		{"/", "[BODY].my-key != any(b, c)", true},
		{"/", "[BODY].list[0].name == pat(jo*n)", true},
		{"/", "[BODY].list[0].name == pat(x*)", false},
		{"/", "[BODY].list[0].name != pat(x*)", true},
		{"/", "[BODY].list[0].id > 5", true},
		{"/", "len([BODY].list) == 2", true},
		{"/", "len([BODY].list) > 2", false},
		{"/", "has([BODY].errors) == false", true},
		{"/", "has([BODY].n) == true", true},
		{"/", "has([BODY].errors) == true", false},
		{"/", "[BODY] == pat(*\"UP\"*)", true},
		{"/", "[BODY] == pat(*DOWN*)", false},
		{"/text", "[BODY] == UP", true},
		{"/text", "[BODY] == U", false},
		{"/text", "[BODY] == pat(U?*)", true},
		{"/", "[RESPONSE_TIME] < 60000", true},
	} {
		yaml := fmt.Sprintf("endpoints:\n  - {name: x, url: %q, conditions: [%q]}\n", srv.URL+c.path, c.condition)
		if got := runs(t, "gatus", "gatus.yml", yaml); got != c.ok {
			t.Errorf("%s of %s is ok: %t", c.condition, c.path, got)
		}
	}
	for _, c := range []struct {
		path, operator, value string
		ok                    bool
	}{
		{"$.data.count", "<", "4", true},
		{"$.data.count", ">", "4", false},
		{"data.count", "==", "3", true},
		{"data.text", "==", "5", true},
		{"status", "==", "UP", true},
		{"status", "!=", "UP", false},
		{"on", "==", "true", true},
		{"$", "contains", "john", true},
		{"$", "contains", "jane", false},
		{"list[0].id", ">=", "6", true},
	} {
		backup := fmt.Sprintf(`{"monitorList": [{"id": 1, "name": "x", "type": "json-query", "url": %q, "jsonPath": %q, "jsonPathOperator": %q, "expectedValue": %q, "interval": 60, "active": true}]}`, srv.URL, c.path, c.operator, c.value)
		if got := runs(t, "kuma", "backup.json", backup); got != c.ok {
			t.Errorf("%s %s %s is ok: %t", c.path, c.operator, c.value, got)
		}
	}
}

// runs imports a source with one check, and runs it.
func runs(t *testing.T, kind, name, source string) bool {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	write(t, path, source)
	d := draw(t, importOf(t, kind, []string{path}), "")
	if len(d.Notes) > 0 {
		t.Fatalf("%s: %s", source, words(t, d.Notes))
	}
	main := filepath.Join(dir, "opsbot.toml")
	if err := os.WriteFile(main, d.Text, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(main, config.Options{Kinds: setup.Kinds(checks.Deps{}), CheckSchedule: schedule.Validate})
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Text)
	}
	options, ok := cfg.Checks[0].Options.(checks.Options)
	if !ok || len(cfg.Checks) != 1 {
		t.Fatalf("no one check:\n%s", d.Text)
	}
	return options.Checker().Check(t.Context()).Status == model.StatusOK
}
