package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
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
	rounds, con := 0, newConsole(t, "en", io.Discard, io.Discard)
	o := roundsOptions{
		config: config, file: filepath.Join(dir, "before.json"), words: []string{"acme"}, texts: con.texts, language: "en",
		progress: func(p ops.RoundsProgress) { rounds = p.Round },
	}
	measured, err := before(t.Context(), o)
	if err != nil || measured.worse || !strings.Contains(measured.text, "After the update run: opsbot after "+o.file) || rounds != 5 {
		t.Fatalf("%+v, %v after %d rounds", measured, err, rounds)
	}
	updated.Store(true)
	o.words = nil // those of the file
	compared, err := after(t.Context(), o)
	if err != nil || !compared.worse || !strings.Contains(compared.text, "🔴 acme: 1 newly failing, 1 slower") {
		t.Fatalf("%+v, %v", compared, err)
	}
	raw, err := json.Marshal(compared.data)
	if err != nil {
		t.Fatal(err)
	}
	var seen ComparisonView
	if err := json.Unmarshal(raw, &seen); err != nil || !seen.Worse || seen.Counts[model.ChangeBroken] != 1 || seen.Changes[1].Service != "slow" || seen.Changes[1].IsMS < 500 {
		t.Errorf("%s, %v", raw, err)
	}
}

// TestAnUpdateWithoutItsFile says which file it is, and what is wrong with it.
func TestAnUpdateWithoutItsFile(t *testing.T) {
	t.Parallel()
	dir, con := t.TempDir(), newConsole(t, "en", io.Discard, io.Discard)
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
		_, err := after(t.Context(), roundsOptions{config: config, file: path, texts: con.texts, language: "en"})
		if model.CodeOf(err) != model.ErrUnreadable || !strings.Contains(strings.Join(con.explain(err), "\n"), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
