package main

import (
	"strings"
	"testing"
)

const routesConfig = `[telegram]
token = "1:abc"
[[telegram.chats]]
name = "ops"
id = -100
[[telegram.chats]]
name = "other"
id = -200
clients = ["clientB"]
[[email]]
name = "oncall"
smtp = "127.0.0.1:25"
from = "ops@example.com"
to = ["oncall@example.com"]
[alerts]
timezone = "UTC"
fallback = ["email:oncall"]
[[services]]
name = "reports"
port = 1
[[services]]
name = "store"
port = 2
[[clients]]
name = "clientA"
domains = ["customer1.test.invalid"]
services = ["reports", "store"]
tier = "gold"
labels = { region = "eu" }
[[clients]]
name = "clientB"
hosts = ["127.0.0.1"]
services = ["reports"]
[[checks]]
name = "main-db"
kind = "tcp"
address = "127.0.0.1:1"
hours = "00:00-00:01"
[[routes]]
clients = ["clientA"]
services = ["store"]
labels = { dc = ["fra1"] }
to = ["email:oncall"]
[[routes]]
min_severity = "warning"
tiers = ["gold"]
to = ["chat:ops", "chat:other", "email:oncall"]
silent = ["warning"]
continue = true
[[routes]]
labels = { region = ["eu"] }
to = ["chat:ops"]
[[routes]]
min_severity = "critical"
to = ["console"]
`

func TestRouteTest(t *testing.T) {
	config := file(t, "opsbot.toml", routesConfig)
	tests := []struct {
		args string
		code int
		want string // of the output, or of the error output
	}{
		{"clientA", exitOK, `clientA reports, clientA store, critical:
  route 2, opsbot.toml:44:
    chat:ops: sent now, with sound
    email:oncall: sent now, with sound
  route 3, opsbot.toml:50:
    no further destination that may see it
  fallback, if one of these fails for 5 min: email:oncall
`},
		{"clientA warning --service store --label dc=fra1", exitOK, `clientA store, warning:
  route 1, opsbot.toml:39:
    email:oncall: sent now, with sound
`},
		{"clientA warning --label dc=fra1", exitOK, `clientA reports, warning:
  route 2, opsbot.toml:44:
    chat:ops: sent now, without sound
    email:oncall: sent now, without sound
  route 3, opsbot.toml:50:
    no further destination that may see it
clientA store, warning:
  route 1, opsbot.toml:39:
    email:oncall: sent now, with sound
`},
		{"clientB warning", exitOK, "clientB reports, warning:\n  not sent: no route matches\n"},
		{"main-db critical", exitOK, "main-db, critical:\n  route 4, opsbot.toml:53:\n    console: sent now, with sound\n  fallback, if one of these fails for 5 min: email:oncall\n"},
		{"main-db warning --label region=eu", exitOK, "main-db, warning:\n  route 3, opsbot.toml:50:\n    chat:ops: deferred until "},
		{"clientC", exitFailed, "Unknown name “clientC”"},
		{"clientC", exitFailed, "clientA, clientB"},
		{"clientA --service stroe", exitFailed, "store"},
		{"clientA loud", exitFailed, `severity "loud" is not allowed; allowed: info, warning, critical`},
	}
	for _, tt := range tests {
		code, out, errOut := opsbotRun(t, append([]string{"route", "test", "--config", config}, strings.Fields(tt.args)...)...)
		if tt.code == exitFailed {
			out = errOut
		}
		if code != tt.code || !strings.Contains(out, tt.want) || (tt.code == exitOK && !strings.HasPrefix(out, tt.want)) {
			t.Errorf("%s: %d\n%s\nwant\n%s", tt.args, code, out, tt.want)
		}
	}
	code, out, _ := opsbotRun(t, "--language", "ru", "route", "test", "clientB", "warning", "--config", config)
	if code != exitOK || !strings.Contains(out, "не отправляется") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestRouteTestWithoutRoutes(t *testing.T) {
	config := file(t, "opsbot.toml", "[telegram]\ntoken = \"1:abc\"\n[[telegram.chats]]\nname = \"ops\"\nid = -100\n[alerts]\nconsole = true\n[[checks]]\nname = \"a\"\nkind = \"tcp\"\naddress = \"127.0.0.1:1\"\n")
	code, out, errOut := opsbotRun(t, "route", "test", "a", "info", "--config", config)
	want := "a, info:\n  no routes configured, all known chats:\n    chat:ops: sent now, without sound\n  alerts.console:\n    console: sent now, without sound\n" +
		"Chats paired with /start are notified too; only the running bot knows them.\n"
	if code != exitOK || out != want {
		t.Errorf("%d: %s%s", code, out, errOut)
	}
}
