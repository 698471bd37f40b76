package doctor_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/app"
	"opsbot/app/doctor"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/texts"
	"opsbot/web"
)

// bot is a running bot, or one that does not answer.
type bot struct {
	health web.Health
	paired []model.Chat
	away   error
}

func (b bot) Health(context.Context) (web.Health, error) { return b.health, b.away }

func (b bot) Paired(context.Context) ([]model.Chat, error) { return b.paired, b.away }

// patient is a world with everything that opsbot depends on, and its configuration.
type patient struct {
	t      *testing.T
	world  *sandbox.Sandbox
	dir    string
	config string
	bot    bot
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{t: t, dir: t.TempDir(), bot: bot{health: web.Health{OK: true, Ready: true, Version: "v1"}}}
	world, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Dir: p.dir, PageAddr: "127.0.0.1:0", FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	p.world, p.config = world, world.Config()
	return p
}

// examine returns the findings as "failure chats.removed ops".
func (p *patient) examine(change ...string) []string {
	p.t.Helper()
	path := filepath.Join(p.dir, "opsbot.toml")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(change...).Replace(p.config)), 0o600); err != nil {
		p.t.Fatal(err)
	}
	var all []string
	for _, f := range doctor.Examine(p.t.Context(), doctor.Options{
		Config: path, Source: app.AskSource, Wait: 5 * time.Second, Bot: func(string) doctor.Bot { return p.bot },
	}) {
		line := string(f.Level) + " " + f.Code
		if name, ok := f.Args["name"].(string); ok {
			line += " " + name
		}
		all = append(all, line)
	}
	return all
}

// finds reports what of some findings is missing.
func (p *patient) finds(got []string, want ...string) {
	p.t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			p.t.Errorf("%q is not found in\n%s", w, strings.Join(got, "\n"))
		}
	}
}

// TestExamine examines an installation in which everything works, then breaks one thing after the other.
func TestExamine(t *testing.T) {
	p := newPatient(t)
	healthy := p.examine()
	p.finds(healthy, "ok config.ok", "ok bot.ok", "ok telegram.ok", "skipped database.none")
	for _, f := range healthy {
		if strings.HasPrefix(f, "failure") {
			t.Errorf("in a whole installation: %s", f)
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(healthy), func(f string) bool { return !strings.HasPrefix(f, "ok chats.ok") })); n < 2 {
		t.Errorf("%d chats were examined:\n%s", n, strings.Join(healthy, "\n"))
	}

	if _, err := os.Stat(filepath.Join(p.dir, "opsbot.db")); err == nil || len(p.world.Bot.Calls("sendMessage")) > 0 {
		t.Errorf("it made a database or sent a message: %v", err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "opsbot.db"), []byte("my notes"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.finds(p.examine(), "failure database.fails")
	p.bot = bot{away: errors.New("nobody")}
	p.finds(p.examine(), "warning bot.away", "skipped chats.paired")
	p.bot = bot{health: web.Health{HealthIssues: []string{"x"}}, paired: []model.Chat{{ID: -4711, Name: "lost"}}}
	p.finds(p.examine(), "failure bot.fails", "warning bot.issue", "failure chats.unknown lost")
	p.bot = bot{health: web.Health{OK: true}}

	p.world.Bot.SetPins(sandbox.OpsChat, false)
	p.finds(p.examine(), "warning chats.pins ops")
	p.world.Bot.SetPins(sandbox.OpsChat, true)
	if err := p.world.Bot.SetBot(sandbox.Admin, sandbox.OpsChat, "kicked"); err != nil {
		t.Fatal(err)
	}
	if found := p.examine(); !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, "failure chats.removed") }) {
		t.Errorf("the bot was removed from a chat:\n%s", strings.Join(found, "\n"))
	}
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultForbidden, Method: "sendChatAction", Times: -1})
	if found := p.examine(); !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, "warning users.unknown") }) {
		t.Errorf("everybody has blocked the bot:\n%s", strings.Join(found, "\n"))
	}
	p.world.Bot.Heal()
	p.finds(p.examine(p.world.Bot.Token(), "1:wrong"), "failure telegram.token")
	p.finds(p.examine(p.world.Bot.URL(), "http://127.0.0.1:1"), "failure telegram.away")
	p.finds(p.examine("[control]", "[kontrol]"), "failure config.errors")
}

// TestExamineTheNetwork: mail servers, sources, hosts and names that do not answer are found, each by its name.
func TestExamineTheNetwork(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "known_hosts"), nil, 0o600), os.WriteFile(filepath.Join(dir, "key"), key, 0o600)); err != nil {
		t.Fatal(err)
	}
	p := &patient{t: t, dir: dir, bot: bot{away: errors.New("nobody")}, config: `
[store]
path = "` + filepath.Join(dir, "none", "opsbot.db") + `"
[[email]]
name = "oncall"
smtp = "127.0.0.1:1"
tls = "none"
from = "a@example.com"
to = ["b@example.com"]
[[routes]]
to = ["email:oncall"]
[[inbound]]
name = "prometheus"
kind = "alertmanager"
urls = ["http://127.0.0.1:1"]
[[hosts]]
name = "web1"
address = "127.0.0.1"
[ssh]
user = "opsbot"
key = "` + filepath.Join(dir, "key") + `"
known_hosts = "` + filepath.Join(dir, "known_hosts") + `"
[[logs]]
name = "syslog"
hosts = ["all"]
files = ["/var/log/syslog"]
[[services]]
name = "shop"
port = 80
[[clients]]
name = "clientA"
services = ["shop"]
domains = ["nobody.invalid"]
`}
	if err := os.Chmod(filepath.Join(dir, "key"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := p.examine()
	p.finds(got, "warning config.note", "failure mail.fails oncall", "failure sources.fails prometheus", "failure dns.fails nobody.invalid", "warning telegram.no_token", "failure disk.unknown")
	p.finds(got, "failure ssh.fails")
}

// TestEveryFindingHasWords: what was found, and what to do unless it is fine, in both languages.
func TestEveryFindingHasWords(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	codes := codesIn(source(t))
	if len(codes) < 40 {
		t.Fatalf("%d codes are found in the source: %v", len(codes), codes)
	}
	for _, language := range []string{texts.English, texts.Russian} {
		p := catalog.For(language)
		for _, code := range codes {
			fine := strings.HasSuffix(code, ".ok") || code == "config.note" || code == "bot.issue"
			if !p.Has("doctor."+code) || p.Has("doctor."+code+".fix") == fine {
				t.Errorf("%s: %s has no words, or no fix: %v %v", language, code, p.Has("doctor."+code), p.Has("doctor."+code+".fix"))
			}
		}
	}
}

// source is that of the package.
func source(t *testing.T) (all string) {
	t.Helper()
	for _, name := range []string{"doctor.go", "machine.go", "telegram.go", "network.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}
