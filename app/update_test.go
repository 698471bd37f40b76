package app_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/app"
	"opsbot/model"
)

// TestAnUpdateFromTheCommandLine measures a real server, breaks one page and slows another down, and compares.
func TestAnUpdateFromTheCommandLine(t *testing.T) {
	t.Parallel()
	var updated atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !updated.Load():
		case r.URL.Path == "/store.html":
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path == "/slow.html":
			<-time.After(500 * time.Millisecond)
		}
	}))
	t.Cleanup(server.Close)
	host, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "opsbot.toml")
	var services strings.Builder
	for _, name := range []string{"reports", "store", "slow"} {
		fmt.Fprintf(&services, "[[services]]\nname = %q\nport = %s\npath = \"/%s.html\"\n", name, port, name)
	}
	text := services.String() + fmt.Sprintf("[[clients]]\nname = \"acme\"\nhosts = [%q]\nservices = [\"reports\", \"store\", \"slow\"]\n", host)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rounds := 0
	o := app.UpdateOptions{
		ConfigPath: config, File: filepath.Join(dir, "before.json"), Words: []string{"acme"}, Language: "en",
		Progress: func(round, _, _, _ int) { rounds = round },
	}
	before, err := app.Before(t.Context(), o)
	if err != nil || before.Worse() || !strings.Contains(before.Text(), "After the update run: opsbot after "+o.File) || rounds != 5 {
		t.Fatalf("%+v, %v after %d rounds", before, err, rounds)
	}
	updated.Store(true)
	o.Words = nil // those of the file
	after, err := app.After(t.Context(), o)
	if err != nil || !after.Worse() || !strings.Contains(after.Text(), "🔴 acme: 1 newly failing, 1 slower") {
		t.Fatalf("%+v, %v", after, err)
	}
	raw, err := json.Marshal(after.JSON())
	if err != nil {
		t.Fatal(err)
	}
	var seen app.ComparisonView
	if err := json.Unmarshal(raw, &seen); err != nil || !seen.Worse || seen.Counts[model.ChangeBroken] != 1 || seen.Changes[1].Service != "slow" || seen.Changes[1].IsMS < 500 {
		t.Errorf("%s, %v", raw, err)
	}
}

// TestAnUpdateWithoutItsFile says which file it is, and what is wrong with it.
func TestAnUpdateWithoutItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "opsbot.toml")
	for name, content := range map[string]string{"gone.json": "", "garbage.json": "{", "other.json": "{}"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(config, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if content != "" {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := app.After(t.Context(), app.UpdateOptions{ConfigPath: config, File: path, Language: "en"})
		if model.CodeOf(err) != model.ErrUnreadable || !strings.Contains(strings.Join(app.Explain("en", err), "\n"), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
