package cli

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/web"
)

// TestCommandsAskTheSocket holds every command to the question that it puts to the running bot, and to what it prints.
func TestCommandsAskTheSocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "opsbot.sock")
	l, err := web.ListenControl(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan web.ControlRequest, 1)
	paths := make(chan string, 1)
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req web.ControlRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Error(err)
		}
		paths <- r.URL.Path
		asked <- req
		_ = json.NewEncoder(w).Encode(web.Answer{Text: "in words", Data: json.RawMessage(`{"as":"data"}`)})
	})}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	for _, c := range []struct {
		line, path, words, span string
		dead                    bool
	}{
		{"incidents", "/v1/incidents", "", "0", false},
		{"ack 12", "/v1/ack", "12", "0", false},
		{"unack 12", "/v1/unack", "12", "0", false},
		{"recheck 12", "/v1/recheck", "12", "0", false},
		{"extend 3 1h", "/v1/extend", "3 1h", "0", false},
		{"reset main-db", "/v1/reset", "main-db", "0", false},
		{"history clientA 7d", "/v1/history", "clientA 7d", "0", false},
		{"maintenance", "/v1/maintenance", "", "0", false},
		{"maintenance 23:00 2h clientA -- update", "/v1/maintenance", "23:00 2h clientA -- update", "0", false},
		{"outbox list", "/v1/outbox", "", "0", false},
		{"outbox list --dead", "/v1/outbox", "", "0", true},
		{"outbox retry 41 42", "/v1/outbox/retry", "41 42", "0", false},
		{"outbox drop 43", "/v1/outbox/drop", "43", "0", false},
	} {
		words := strings.Fields(c.line)
		flags := 1 // they stand behind the command, before its words
		if words[0] == "outbox" {
			flags = 2
		}
		for _, asJSON := range []bool{false, true} {
			args := slices.Insert(slices.Clone(words), flags, "--socket="+socket)
			want := "in words\n"
			if asJSON {
				args, want = slices.Insert(args, flags, "--json"), "{\n  \"as\": \"data\"\n}\n"
			}
			code, out, errOut := opsbotRun(t, args...)
			if code != ExitOK || out != want {
				t.Fatalf("%q: %d %q %q", args, code, out, errOut)
			}
			path, req := <-paths, <-asked
			if path != c.path || strings.Join(req.Words, " ") != c.words || req.For.String() != c.span || req.Dead != c.dead {
				t.Errorf("%q asks %s %+v", c.line, path, req)
			}
		}
	}
}
