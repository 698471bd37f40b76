package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/web"
)

// planter puts secrets wherever a configuration can hold one.
type planter struct {
	planted []string
}

func (p *planter) next() string {
	p.planted = append(p.planted, fmt.Sprintf("pl4nted\"&<%d>/+ x", len(p.planted)))
	return p.planted[len(p.planted)-1]
}

// fill gives every secret in a value a value of its own, with one element in every list and map.
func (p *planter) fill(v reflect.Value, depth int) {
	if !v.CanSet() || depth > 8 {
		return
	}
	switch v.Interface().(type) {
	case model.Secret:
		v.Set(reflect.ValueOf(model.NewSecret(p.next())))
		return
	case config.URL:
		user := fmt.Sprintf("urlpassword%d", len(p.planted))
		query := fmt.Sprintf("urlquery%d", len(p.planted))
		p.planted = append(p.planted, user, query)
		v.Set(reflect.ValueOf(config.NewURL("https://me:" + user + "@api.example.com/x?key=" + query)))
		return
	}
	switch v.Kind() { //nolint:exhaustive // the rest holds none
	case reflect.Struct:
		for i := range v.NumField() {
			p.fill(v.Field(i), depth+1)
		}
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.Struct && strings.HasPrefix(v.Type().Elem().PkgPath(), "opsbot/") {
			v.Set(reflect.New(v.Type().Elem()))
			p.fill(v.Elem(), depth+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		p.fill(v.Index(0), depth+1)
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String {
			one := reflect.New(v.Type().Elem()).Elem()
			p.fill(one, depth+1)
			m := reflect.MakeMap(v.Type())
			m.SetMapIndex(reflect.ValueOf("X-Key").Convert(v.Type().Key()), one)
			v.Set(m)
		}
	}
}

// full is a configuration with a secret in every place, and a check of every kind.
func (p *planter) full(t *testing.T) *config.Config {
	t.Helper()
	cfg := config.Defaults()
	p.fill(reflect.ValueOf(cfg).Elem(), 0)
	cfg.Checks = nil
	kinds := setup.Kinds(checks.Deps{})
	for _, kind := range []string{"web", "json", "tcp", "tls", "disk", "dns", "heartbeat", "host", "ping", "postgres", "ssh", "plugin"} {
		options, known := kinds.New(kind)
		if !known {
			t.Fatalf("there is no kind %s", kind)
		}
		p.fill(reflect.ValueOf(options).Elem(), 0)
		cfg.Checks = append(cfg.Checks, config.CheckConfig{Name: kind, Kind: kind, Options: options})
	}
	return cfg
}

// TestNoSecretIsShown: of a configuration with a secret in every field that can hold one, none is shown, and each is known by its value.
func TestNoSecretIsShown(t *testing.T) {
	p := &planter{}
	cfg := p.full(t)
	if len(p.planted) < 25 {
		t.Fatalf("%d secrets were planted", len(p.planted))
	}
	tree, known := cfg.Shown()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		t.Fatal(err)
	}
	for _, secret := range p.planted {
		if bytes.Contains(raw.Bytes(), []byte(secret)) || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s is shown", secret)
		}
		if !slices.Contains(known, secret) {
			t.Errorf("%s is not known by its value", secret)
		}
	}
	for _, want := range []string{"pl4nted", "urlpassword", "urlquery"} {
		if bytes.Contains(raw.Bytes(), []byte(want)) {
			t.Errorf("a part of a secret is shown: %s", want)
		}
	}
	for _, key := range []string{`"telegram"`, `"checks"`, `"smtp"`, `"api_urls"`, `"https://…@api.example.com/x?…"`} {
		if !strings.Contains(raw.String(), key) {
			t.Errorf("%s is not shown", key)
		}
	}
}

// unpacked are the files of a bundle.
func unpacked(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(h.Name)] = string(text)
	}
}

// TestSupportHasNoSecret makes a bundle of a bot whose log, health and metrics repeat every secret of its configuration in every form: none of
// their byte strings is in it.
func TestSupportHasNoSecret(t *testing.T) {
	secrets := []string{"123456789:AAtelegram-token-of-the-bot-000000", "mail-pass word&<1>", "hook-secret-of-a-source-1", "pg\"pass", "header-key-42", "community-9", "label-token-77"}
	said := ""
	for _, s := range secrets {
		said += strings.Join(formsOf(s), " ") + "\n"
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "x", ConstLabels: prometheus.Labels{"said": secrets[0]}}, func() float64 { return 1 }))
	own := web.Process{
		Health: func(string) web.Health { return web.Health{OK: true, HealthIssues: []string{said}} }, Metrics: registry,
		Log: func() []string { return append(strings.Split(said, "\n"), "password=never-configured-8") },
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: own.Handler(http.NotFoundHandler())}} //nolint:gosec // of a test
	server.Start()
	defer server.Close()
	text := fmt.Sprintf(`
# an old token: %[8]s
[store]
path = %[1]q
[web]
listen = "127.0.0.1:0"
[control]
socket = %[2]q
[telegram]
token = %[3]q
api_urls = ["http://127.0.0.1:1"]
[[email]]
name = "oncall"
smtp = "127.0.0.1:1"
user = "ops"
password = %[4]q
from = "a@example.com"
to = ["b@example.com"]
[[webhook]]
name = "tickets"
url = "http://127.0.0.1:1/hooks?key=%[9]s"
headers = { X-Key = %[7]q }
[[routes]]
to = ["email:oncall", "webhook:tickets"]
[[inbound]]
name = "hook"
kind = "alertmanager"
secret = %[5]q
[[checks]]
name = "db"
kind = "postgres"
address = "127.0.0.1:1"
user = "ops"
password = %[6]q
[[checks]]
name = "snmp"
kind = "plugin"
command = ["/usr/lib/nagios/plugins/check_snmp", "-C", %[10]q]
labels = { api_token = %[11]q }
`, filepath.Join(dir, "opsbot.db"), socket, secrets[0], secrets[1], secrets[2], secrets[3], secrets[4], "comment-secret-1", "query-key-55", secrets[5], secrets[6])
	config := file(t, "opsbot.toml", text)
	to := filepath.Join(dir, "bundle.tar.gz")
	code, out, errOut := opsbotRun(t, "support", "--config", config, to)
	if code != ExitOK || !strings.Contains(out, to) {
		t.Fatalf("%d %s%s", code, out, errOut)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	files := unpacked(t, to)
	for _, name := range []string{"about.json", "config.json", "health.json", "metrics.txt", "log.txt", "database.json", "doctor.json"} {
		if files[name] == "" {
			t.Errorf("there is no %s: %v", name, files["problems.txt"])
		}
	}
	forbidden := []string{"comment-secret-1", "query-key-55", "never-configured-8", "community-9", "label-token-77"}
	for _, s := range secrets {
		forbidden = append(forbidden, formsOf(s)...)
	}
	for name, text := range files {
		for _, s := range forbidden {
			if strings.Contains(text, s) {
				t.Errorf("%s has %q:\n%.300s", name, s, text)
			}
		}
	}
	if !strings.Contains(files["config.json"], `"name": "tickets"`) || !strings.Contains(files["config.json"], leftOut) {
		t.Errorf("%s", files["config.json"])
	}
}

// TestSupportWithoutABot: whoever needs help most has no bot that runs, or no valid configuration.
func TestSupportWithoutABot(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"stopped": fmt.Sprintf("[store]\npath = %q\n", filepath.Join(dir, "opsbot.db")), "broken": "[telegram]\ntoken = 7\nchatss = 1\n"} {
		to := filepath.Join(dir, name)
		if code, out, errOut := opsbotRun(t, "support", "--config", file(t, "opsbot.toml", text), to); code != ExitOK {
			t.Fatalf("%d %s%s", code, out, errOut)
		}
		files := unpacked(t, to)
		if files["log.txt"] == "" || !strings.Contains(files["health.json"], "error") || (files["problems.txt"] != "") != (name == "broken") {
			t.Errorf("%s: %v", name, files)
		}
	}
	if code, _, errOut := opsbotRun(t, "support", "--config", file(t, "opsbot.toml", ""), filepath.Join(dir, "none", "x")); code != ExitFailed || errOut == "" {
		t.Errorf("%d %s", code, errOut)
	}
}
