package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/cli"
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
			if code != cli.ExitFailed {
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
	if code != cli.ExitFailed || !strings.Contains(errOut, taken.Addr().String()+" is already in use") || !strings.Contains(errOut, "listen in [web]") {
		t.Errorf("%d: %s", code, errOut)
	}
}

func TestHelpAndVersion(t *testing.T) {
	code, out, _ := opsbotRun(t, "--help")
	if code != cli.ExitOK || !strings.Contains(out, "webtest") {
		t.Errorf("%d: %s", code, out)
	}
	if code, out, _ := opsbotRun(t, "--version"); code != cli.ExitOK || !strings.HasPrefix(out, "opsbot ") {
		t.Errorf("--version: %d: %s", code, out)
	}
	if code, out, _ := opsbotRun(t, "version"); code != cli.ExitOK || !strings.HasPrefix(out, "opsbot ") {
		t.Errorf("%d: %s", code, out)
	}
}

// TestHelpIsInBothLanguages: a flag, argument or command without a text in a language fails each call in it.
func TestHelpIsInBothLanguages(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--help", "List open incidents."},
		{"--language ru --help", "Показать открытые инциденты."},
		{"config check --help", "Validate a configuration file and list all errors. Exit code 0: valid; 1: errors."},
		{"config check --help --language=ru", "Проверить файл конфигурации и показать все ошибки."},
		{"run --help", "Log format: text or json."},
		{"run --help --language ru", "Формат журнала: text или json."},
	} {
		code, out, errOut := opsbotRun(t, strings.Fields(c.args)...)
		if words := strings.Join(strings.Fields(out), " "); code != cli.ExitOK || !strings.Contains(words, c.want) || errOut != "" {
			t.Errorf("%s: %d %s%s", c.args, code, out, errOut)
		}
		russian := strings.Contains(c.args, "--language")
		for _, heading := range []string{"Usage:", "Flags:", "Show help."} {
			if russian == strings.Contains(out, heading) {
				t.Errorf("%s: %q in\n%s", c.args, heading, out)
			}
		}
	}
}
