package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// TestWrongCommandLines are refused in the language of the reader, with what is wrong and where help is.
func TestWrongCommandLines(t *testing.T) {
	cyrillic := regexp.MustCompile(`\p{Cyrillic}`)
	for line, want := range map[string]struct{ en, hint string }{
		"telepathy":                       {`unexpected argument telepathy`, "opsbot --help"},
		"webtst":                          {`unexpected argument webtst; did you mean "webtest"?`, "opsbot --help"},
		"--nope":                          {`unknown flag --nope`, "opsbot --help"},
		"status --lang":                   {`unknown flag --lang; did you mean "--language"?`, "opsbot status --help"},
		"":                                {`a command is missing: "sandbox", "webtest"`, "opsbot --help"},
		"outbox":                          {`a command is missing: "list", "retry", "drop"`, "opsbot outbox --help"},
		"webtest":                         {`missing: <selector> ...`, "opsbot webtest --help"},
		"mute":                            {"missing: <duration> [<selector> ...] [-- <reason>]\n", "opsbot mute --help"},
		"status --socket":                 {`--socket: the value is missing`, "opsbot status --help"},
		"sandbox mars":                    {`[<example>]: "mars" is not one of "site-monitor","web-fleet"`, "opsbot sandbox --help"},
		"logs web1 --last many":           {`--last: "many" is not a number`, "opsbot logs --help"},
		"logs web1 --since soon":          {`--since: duration "soon" is not a duration`, "opsbot logs --help"},
		"import csv f --map x":            {`--map: "x" is not of the form KEY=VALUE`, "opsbot import csv --help"},
		"status --json=x":                 {`--json: "x" is neither true nor false`, "opsbot status --help"},
		"route test clientA loud":         {`severity "loud" is not allowed; allowed: info, warning, critical`, "opsbot route test --help"},
		"webtest clientA --threshold 200": {`--threshold=200: a percentage from 1 to 100`, "opsbot webtest --help"},
		"webtest clientA --report x":      {`--report needs --mail`, "opsbot webtest --help"},
	} {
		args := strings.Fields(line)
		code, _, errOut := opsbotRun(t, args...)
		if code != ExitFailed || !strings.HasPrefix(errOut, "opsbot: "+want.en) || !strings.HasSuffix(errOut, "\nUsage: "+want.hint+"\n") {
			t.Errorf("%q: %d %s", line, code, errOut)
		}
		var out, russian bytes.Buffer
		t.Setenv("OPSBOT_LANGUAGE", "ru")
		if code := run(t.Context(), args, &out, &russian); code != ExitFailed {
			t.Errorf("%q: %d", line, code)
		}
		t.Setenv("OPSBOT_LANGUAGE", "")
		what, hint, _ := strings.Cut(russian.String(), "\n")
		if !cyrillic.MatchString(what) || hint != "Справка: "+want.hint+"\n" {
			t.Errorf("%q: %s", line, &russian)
		}
	}
}

// TestLanguageOf a command line: the flag, then the variable of opsbot, then the locale, then English.
func TestLanguageOf(t *testing.T) {
	for _, c := range []struct{ line, own, all, messages, lang, want string }{
		{"status", "", "", "", "", "en"},
		{"status", "", "", "", "ru_RU.UTF-8", "ru"},
		{"status", "", "", "C.UTF-8", "ru_RU.UTF-8", "en"},
		{"status", "", "ru_RU.UTF-8", "C.UTF-8", "C.UTF-8", "ru"},
		{"status", "en", "ru_RU.UTF-8", "", "", "en"},
		{"status", "ru", "C.UTF-8", "", "", "ru"},
		{"--language ru status", "en", "C.UTF-8", "", "", "ru"},
		{"status --language=en", "ru", "", "", "", "en"},
		{"mute 2h x -- --language ru", "en", "", "", "", "en"},
		{"--language", "ru", "", "", "", "ru"},
	} {
		for name, value := range map[string]string{"OPSBOT_LANGUAGE": c.own, "LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang} {
			t.Setenv(name, value)
		}
		if got := languageOf(strings.Fields(c.line)); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
