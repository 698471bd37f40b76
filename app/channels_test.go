package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/notify/webhook"
	"opsbot/test/ports"
)

// hook is a receiver of webhooks; each document that it took is in got.
type hook struct {
	*httptest.Server
	got chan webhook.Document
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{got: make(chan webhook.Document, 100)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		switch {
		case strings.HasPrefix(r.URL.Path, "/bad"): // as helpful as servers are
			w.WriteHeader(http.StatusBadRequest)
			if said := r.Header.Get("Authorization"); said != "" {
				_, _ = fmt.Fprintf(w, "who is %s", said)
				return
			}
			_, _ = fmt.Fprintf(w, "%s takes no cards", r.URL)
		case strings.HasPrefix(r.URL.Path, "/gone"):
			http.NotFound(w, r)
		default:
			var d webhook.Document
			if err := json.Unmarshal(body, &d); err != nil {
				t.Error(err)
			}
			h.got <- d
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) next(t *testing.T) webhook.Document {
	t.Helper()
	select {
	case d := <-h.got:
		return d
	case <-time.After(patience):
		t.Fatal("nothing is posted")
		return webhook.Document{}
	}
}

// bare is a product without Telegram and without the sandbox.
type bare struct {
	t    *testing.T
	dir  string
	path string
	out  *buffer
	app  *app.App
}

func newBare(t *testing.T, config string) *bare {
	t.Helper()
	b := &bare{t: t, dir: t.TempDir(), out: &buffer{}}
	b.path = filepath.Join(b.dir, "opsbot.toml")
	b.write(config)
	log := logrus.New()
	log.SetOutput(b.out)
	log.SetLevel(logrus.TraceLevel)
	ready, ended := make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var err error
	b.app, err = app.New(ctx, app.Options{
		ConfigPath: b.path, Version: "test", Stdout: b.out, Log: log, Ready: func() { close(ready) }, Getenv: func(string) string { return "" },
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() { ended <- b.app.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case <-time.After(patience):
		t.Fatal("it does not start")
	}
	return b
}

func (b *bare) write(config string) {
	b.t.Helper()
	config = fmt.Sprintf("[store]\npath = %q\n[control]\nsocket = %q\n[instance]\nname = \"ops msk\"\n%s", "opsbot.db", "s", config)
	if err := os.WriteFile(b.path, []byte(config), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

const refusedCheck = `
[[checks]]
name = "main-db"
kind = "tcp"
address = "127.0.0.1:1"
schedule = "@every 1s"
`

// TestNotifiedElsewhere: what cannot be told in its chat is posted elsewhere, marked; another address is taken up by a reload.
func TestNotifiedElsewhere(t *testing.T) {
	first, second := newHook(t), newHook(t)
	config := func(h *hook, name string) string {
		return fmt.Sprintf(`[alerts]
console = false
fallback = ["webhook:cmdb"]
fallback_after = "0"
[[webhook]]
name = "cmdb"
url = %q
language = "ru"
[[telegram.chats]]
name = "ops"
id = -100
`, h.URL) + strings.ReplaceAll(refusedCheck, "main-db", name)
	}
	b := newBare(t, config(first, "main-db"))
	d := first.next(t)
	if d.Kind != "opened" || d.FallbackFor != "chat:ops" || d.Instance != "ops msk" || d.Incident == nil || d.Incident.Key != "check:main-db" ||
		!strings.Contains(d.Text, "main-db не работает") || !strings.Contains(d.Text, "chat:ops недоступен с ") {
		t.Errorf("%+v", d)
	}
	b.write(config(second, "other-db"))
	if err := b.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for d = second.next(t); d.Incident.Key != "check:other-db"; d = second.next(t) {
		if d.Kind != "resolved" || d.Incident.Key != "check:main-db" { // it left the inventory
			t.Errorf("%+v", d)
		}
	}
}

// TestChannelsLeakNoSecrets: addresses, passwords, keys and headers are in no log, no dead letter, no metric and no page,
// however channels fail.
func TestChannelsLeakNoSecrets(t *testing.T) {
	h, nobody, web := newHook(t), ports.Address(t), ports.Address(t)
	b := newBare(t, fmt.Sprintf(`[web]
listen = %[3]q
[[email]]
name = "oncall"
smtp = %[2]q
from = "ops@example.com"
to = ["oncall@example.com"]
user = "opsbot"
password = "S3CRET-password"
[[teams]]
name = "bad"
url = "%[1]s/bad/S3CRET-path?sig=S3CRET-sig"
[[teams]]
name = "gone"
url = "%[1]s/gone/S3CRET-path?sig=S3CRET-sig"
[[teams]]
name = "away"
url = "http://S3CRET-user:S3CRET-word@%[2]s/S3CRET-path"
[[webhook]]
name = "bad"
url = "%[1]s/bad/S3CRET-path"
secret = "S3CRET-key"
headers = { Authorization = "Bearer S3CRET-token" }
[[webhook]]
name = "good"
url = "%[1]s/good/S3CRET-path"
secret = "S3CRET-key"
[[routes]]
to = ["email:oncall", "teams:bad", "teams:gone", "teams:away", "webhook:bad", "webhook:good"]
`, h.URL, nobody, web)+refusedCheck)
	h.next(t)
	deadline := time.Now().Add(patience)
	page := func(path string) string {
		_, text := browse(t, http.MethodGet, "http://"+web+path)
		return text
	}
	for !strings.Contains(page("/metrics"), "dead_letters 2") && time.Now().Before(deadline) { // of both that are bad
	}
	seen := map[string]string{"log": b.out.String(), "metrics": page("/metrics"), "health": page("/healthz")}
	if onServer() {
		return // its rows are those of a file
	}
	files, err := filepath.Glob(filepath.Join(b.dir, "opsbot.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seen[filepath.Base(file)] = string(data)
	}
	for name, text := range seen {
		if at := strings.Index(text, "S3CRET"); at >= 0 {
			t.Errorf("%s: …%q", name, text[max(0, at-100):min(len(text), at+50)])
		}
	}
	if text := seen["opsbot.db"] + seen["opsbot.db-wal"]; !strings.Contains(text, "HTTP 400") {
		t.Error("the dead letters' notices do not say what was answered")
	}
}
