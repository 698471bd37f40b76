package checks_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// hidden redacts a word of which each end is needed to know it, as of most secrets.
func hidden(text string) string {
	return regexp.MustCompile(`k3y-[x-z]+-end`).ReplaceAllString(text, "<secret>")
}

const targetsKey = "k3y-xyzxyzxyzxyz-end"

// What pages and plugins say holds no secret, wherever in the text it is: not even its beginning, where the text is cut.
func TestWhatTargetsSayIsRedacted(t *testing.T) {
	body := ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			w.Header().Set("Location", "gopher://x/"+body)
			w.WriteHeader(http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(body)) // the check tells
	}))
	defer srv.Close()
	script := filepath.Join(t.TempDir(), "check")
	engine := checks.NewEngine(checks.DefaultLimits(), time.Now).Redacting(hidden)
	for before := range 140 {
		body = strings.Repeat("x ", before)[:before] + targetsKey + " and more"
		if err := os.WriteFile(script, []byte("echo '"+body+"'\nexit 2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		matches := checks.WebOptions{URL: srv.URL, WebExtras: checks.WebExtras{Matches: "^fine$"}}
		away := checks.WebOptions{URL: srv.URL + "/away", Redirects: 1}
		json3 := checks.JSONOptions{Condition: "fine"}
		json3.URL = srv.URL
		said := 0
		for name, o := range map[string]interface{ Checker() model.Checker }{"page": &matches, "location": &away, "JSON": &json3, "plugin": pluginOf(script)} {
			if before%10 != 0 && name == "plugin" { // each is a process
				continue
			}
			r := engine.Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 10 * time.Second, Checker: o.Checker()})
			raw, err := json.Marshal(r)
			if err != nil || r.Status == model.StatusOK || strings.Contains(string(raw), "k3y") {
				t.Errorf("%s, after %d letters: %v %s", name, before, err, raw)
			}
			if strings.Contains(string(raw), "secret") {
				said++
			}
			for _, arg := range []string{"got", "said", "location"} {
				if n := len(r.Reason.Args[arg]); n > 130 {
					t.Errorf("%s: %d bytes of %s", name, n, arg)
				}
			}
		}
		if before < 40 && said == 0 {
			t.Error("nothing says where the secret was")
		}
	}
}

func pluginOf(script string) *checks.PluginOptions {
	return &checks.PluginOptions{Command: []string{"/bin/sh", script}}
}
