package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/app"
	"opsbot/model"
)

// opsbotRun runs a command line as a user does, in English unless the line says otherwise.
func opsbotRun(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	t.Setenv("LC_ALL", "C.UTF-8")
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInitWritesAStarterThatChecks(t *testing.T) {
	dir := t.TempDir()
	code, out, _ := opsbotRun(t, "init", dir)
	path := filepath.Join(dir, "opsbot.toml")
	if code != exitOK || !strings.Contains(out, "opsbot config check "+path) {
		t.Fatalf("%d: %s", code, out)
	}
	code, out, errOut := opsbotRun(t, "config", "check", path)
	if code != exitOK || !strings.Contains(out, "no errors") {
		t.Fatalf("%d: %s%s", code, out, errOut)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errOut = opsbotRun(t, "init", dir)
	kept, err := os.ReadFile(path)
	if code != exitFailed || !strings.Contains(errOut, "already exists") || err != nil || string(kept) != "mine" {
		t.Errorf("%d: %s, the file holds %q", code, errOut, kept)
	}
	if code, _, _ := opsbotRun(t, "init", "--force", dir); code != exitOK {
		t.Errorf("--force: %d", code)
	}
}

func TestConfigCheckSaysEveryMistake(t *testing.T) {
	path := file(t, "opsbot.toml", `
[webtest]
shedule = "* * * * *"
timeout = "10 apples"

[[checks]]
name = "main-db"
kind = "tcp"
address = "10.0.0.9"
schedule = "*/90 * * * *"
`)
	code, out, errOut := opsbotRun(t, "config", "check", path)
	if code != exitProblems || !strings.Contains(errOut, "problems: 4") {
		t.Errorf("%d: %s%s", code, out, errOut)
	}
	for _, want := range []string{":3: ", "shedule", ":4: ", "10 apples", "is not host:port", ":10: ", "minute step 90 is over 59"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

// TestConfigCheckInRussian takes the language from --language before the environment.
func TestConfigCheckInRussian(t *testing.T) {
	path := file(t, "opsbot.toml", "[web]\nlistn = \"127.0.0.1:8080\"\n")
	t.Setenv("OPSBOT_LANGUAGE", "ru")
	code, out, errOut := opsbotRun(t, "config", "check", path)
	if want := path + ":2: web: неизвестный ключ \"listn\": возможно, имелось в виду \"listen\"\n"; code != exitProblems || out != want || errOut != "ошибок: 1\n" {
		t.Errorf("%d: %s%s", code, out, errOut)
	}
	code, out, _ = opsbotRun(t, "--language", "en", "config", "check", path)
	if code != exitProblems || !strings.Contains(out, `unknown key "listn": did you mean "listen"?`) {
		t.Errorf("%d: %s", code, out)
	}
}

func fleetConfig(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "store") {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(srv.Close)
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "opsbot.toml", fmt.Sprintf(`
[[services]]
name = "reports"
port = %[1]s
path = "/reports.html"
[[services]]
name = "store"
port = %[1]s
path = "/store.html"
[[clients]]
name = "clientA"
hosts = ["127.0.0.1"]
services = ["reports", "store"]
`, port))
}

func TestWebtestExitCodes(t *testing.T) {
	config := fleetConfig(t)
	cases := []struct {
		name string
		args []string
		code int
		out  []string
		err  []string
	}{
		{"all well", []string{"webtest", "clientA", "reports"}, exitOK, []string{"all ok", "1 host", "1 ok"}, nil},
		{"problems", []string{"webtest", "clientA"}, exitProblems, []string{"clientA: down", "store", "HTTP 502"}, nil},
		{"in Russian", []string{"--language", "ru", "webtest", "clientA", "reports"}, exitOK, []string{"всё в порядке"}, nil},
		{"unknown client", []string{"webtest", "clientB"}, exitFailed, nil, []string{"Unknown name “clientB”", "clientA"}},
		{"bad threshold", []string{"webtest", "clientA", "--threshold", "200"}, exitFailed, nil, []string{"percentage from 1 to 100"}},
		{"nothing named", []string{"webtest"}, exitFailed, nil, []string{"selector"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := opsbotRun(t, append(c.args, "--config", config)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.out {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in the output:\n%s", want, out)
				}
			}
			for _, want := range c.err {
				if !strings.Contains(errOut, want) {
					t.Errorf("%q is missing in the errors:\n%s", want, errOut)
				}
			}
		})
	}
}

func TestWebtestJSON(t *testing.T) {
	code, out, errOut := opsbotRun(t, "webtest", "clientA", "--json", "--threshold", "10", "--config", fleetConfig(t))
	var v app.TestView
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != exitProblems {
		t.Fatalf("%d %v: %s%s", code, err, out, errOut)
	}
	if v.Hosts != 1 || v.Tests != 2 || v.OK != 1 || v.Failed != 1 || len(v.Findings) != 1 || len(v.Results) != 2 {
		t.Errorf("got %+v", v)
	}
	if f := v.Findings[0]; f.Kind != model.FindingServicesDown || f.Severity != model.SeverityCritical || f.Services[0] != "store" {
		t.Errorf("got %+v", f)
	}
}

func TestErrorsNameThePlaceAndTheFix(t *testing.T) {
	dir := t.TempDir()
	cases := []struct {
		name string
		args []string
		want []string
	}{
		{"no config", []string{"run", "--config", filepath.Join(dir, "none.toml")}, []string{"none.toml"}},
		{"nobody runs", []string{"status", "--socket", filepath.Join(dir, "opsbot.sock")}, []string{"opsbot.sock", "opsbot run"}},
		{"no duration", []string{"mute", "clientA", "--socket", filepath.Join(dir, "x")}, []string{"Duration is missing."}},
		{"nothing to mute", []string{"mute", "2h", "--socket", filepath.Join(dir, "x")}, []string{"opsbot mute 2h"}},
		{"unknown command", []string{"telepathy"}, []string{"telepathy", "--help"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, _, errOut := opsbotRun(t, c.args...)
			if code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			for _, want := range c.want {
				if !strings.Contains(errOut, want) {
					t.Errorf("%q is missing in: %s", want, errOut)
				}
			}
		})
	}
}

func TestRunRefusesWithWords(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	config := file(t, "opsbot.toml", fmt.Sprintf(`
[store]
path = %q
[control]
socket = %q
[web]
listen = %q
`, filepath.Join(dir, "opsbot.db"), filepath.Join(dir, "opsbot.sock"), taken.Addr()))
	code, _, errOut := opsbotRun(t, "run", "--config", config)
	if code != exitFailed || !strings.Contains(errOut, taken.Addr().String()+" is already in use") || !strings.Contains(errOut, "listen in [web]") {
		t.Errorf("%d: %s", code, errOut)
	}
}

func TestHelpAndVersion(t *testing.T) {
	code, out, _ := opsbotRun(t, "--help")
	if code != exitOK || !strings.Contains(out, "webtest") {
		t.Errorf("%d: %s", code, out)
	}
	if code, out, _ := opsbotRun(t, "--version"); code != exitOK || !strings.HasPrefix(out, "opsbot ") {
		t.Errorf("--version: %d: %s", code, out)
	}
	if code, out, _ := opsbotRun(t, "version"); code != exitOK || !strings.HasPrefix(out, "opsbot ") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestStoppedTestIsNoResult(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errOut bytes.Buffer
	if code := run(ctx, []string{"webtest", "clientA", "--config", fleetConfig(t)}, &out, &errOut); code != exitFailed || out.Len() > 0 {
		t.Errorf("%d: %s", code, &out)
	}
}

// On a terminal a bar moves, to the end; elsewhere nothing is written beside the result.
func TestTheBarMovesOnATerminalOnly(t *testing.T) {
	config := fleetConfig(t)
	for _, terminal := range []bool{true, false} {
		var out, errOut bytes.Buffer
		c := webtestCmd{configFlag: configFlag{Config: config}, Words: []string{"clientA"}}
		_ = c.Run(&console{ctx: t.Context(), out: &out, err: &errOut, language: "en", terminal: terminal}) // the findings are another test's
		full := "\r[" + strings.Repeat("#", barWidth) + "] 2/2, 1 ✗ \n"
		if got := strings.HasSuffix(errOut.String(), full); got != terminal {
			t.Errorf("terminal %t: %q", terminal, errOut.String())
		}
		if !terminal && errOut.Len() > 0 {
			t.Errorf("written where there is no terminal: %q", errOut.String())
		}
	}
}

// What a command line says of the language holds for the alerts on the console too.
func TestLanguageOfTheConsole(t *testing.T) {
	t.Setenv(languageEnv, "en")
	t.Setenv("OPSBOT_TEST_OTHER", "as it is")
	con := &console{language: "ru"}
	if got := con.getenv(languageEnv); got != "ru" {
		t.Errorf("language %q", got)
	}
	if got := con.getenv("OPSBOT_TEST_OTHER"); got != "as it is" {
		t.Errorf("other %q", got)
	}
}
