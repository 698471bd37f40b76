package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/sandbox/botapi"
	"opsbot/test/ports"
	"opsbot/test/terminal"
)

// anna is who sets opsbot up in these tests.
const anna = 4242

// newTelegram starts a Telegram with Anna in it.
func newTelegram(t *testing.T) *botapi.Server {
	t.Helper()
	chats, err := botapi.Start(botapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chats.Close)
	chats.AddUser(botapi.User{ID: anna, FirstName: "Anna"})
	return chats
}

// atTerminal starts a command line of opsbot at a terminal.
func atTerminal(t *testing.T, dir string, env []string, args ...string) *person {
	t.Helper()
	cmd := opsbot(context.WithoutCancel(t.Context()), env, args...)
	cmd.Dir = dir
	at, err := terminal.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(at.Kill)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return &person{t, ctx, at}
}

// person reads what a program asks, and types.
type person struct {
	t   *testing.T
	ctx context.Context
	at  *terminal.Terminal
}

// reads waits for a text, and returns the groups of the pattern.
func (p *person) reads(pattern string) []string {
	p.t.Helper()
	found, err := p.at.Read(p.ctx, pattern)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.at.Text())
	}
	return found
}

// answers waits for a question and types.
func (p *person) answers(question, answer string) {
	p.t.Helper()
	p.reads(question)
	if err := p.at.Type(answer); err != nil {
		p.t.Fatal(err)
	}
}

// interrupts presses Ctrl-C and returns the exit code.
func (p *person) interrupts() int {
	p.t.Helper()
	if err := p.at.Interrupt(); err != nil {
		p.t.Fatal(err)
	}
	code, err := p.at.Wait()
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.at.Text())
	}
	return code
}

// says writes to the bot as Anna and waits for its answer that has all words.
func says(t *testing.T, chats *botapi.Server, text string, words ...string) botapi.Message {
	t.Helper()
	sent, err := chats.Post(botapi.Post{Chat: anna, From: anna, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return hears(t, chats, sent.ID, words...)
}

// hears waits for a message to Anna after another.
func hears(t *testing.T, chats *botapi.Server, after int, words ...string) botapi.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	m, err := chats.WaitMessage(ctx, anna, func(m botapi.Message) bool {
		for _, w := range words {
			if !strings.Contains(m.Text, w) {
				return false
			}
		}
		return m.FromBot && m.ID > after
	})
	if err != nil {
		t.Fatalf("no message with %q: %v\n%+v", words, err, chats.Messages(anna))
	}
	return m
}

// TestFromNothingToTheFirstAlert is the whole way of a newcomer, as one types it: the questions of init with a mistyped answer each, the configuration
// checked, opsbot run, the chat paired by its code, the first alert, its end, and another start that has forgotten nothing.
func TestFromNothingToTheFirstAlert(t *testing.T) {
	t.Parallel()
	chats, dir, target := newTelegram(t), t.TempDir(), ports.Address(t)
	env := []string{"OPSBOT_SOCKET=" + filepath.Join(dir, "opsbot.sock")}

	setUp := atTerminal(t, dir, env, "init", "--api-url", chats.URL())
	setUp.answers(`Language, en or ru \[en\]: $`, "de")
	setUp.answers(`(?s)en or ru\..*Language, en or ru \[en\]: $`, "en")
	setUp.answers(`no Telegram for now: $`, "not a token")
	setUp.answers(`(?s)A token looks like.*no Telegram for now: $`, "123456:of-somebody-else")
	setUp.answers(`(?s)does not accept this token.*no Telegram for now: $`, botapi.DefaultToken)
	setUp.reads(`The bot is @opsbot_sandbox_bot\.`)
	setUp.answers(`send the bot a code after the start: $`, "")
	setUp.answers(`nothing yet: $`, "a page")
	setUp.answers(`(?s)a host and a port.*nothing yet: $`, target)
	setUp.reads(`Written: opsbot\.toml`)
	config := filepath.Join(dir, "opsbot.toml")
	setUp.answers(`Start it here now\? .*: $`, "n")
	if code, err := setUp.at.Wait(); code != 0 || err != nil {
		t.Fatalf("init: exit code %d, %v\n%s", code, err, setUp.at.Text())
	}
	if strings.Contains(readFile(t, config), botapi.DefaultToken) {
		t.Error("the token is in the configuration")
	}
	if info, err := os.Stat(filepath.Join(dir, "token")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of the token: %v, %v", info, err)
	}
	checked := opsbot(t.Context(), env, "config", "check")
	checked.Env, checked.Dir = append(checked.Env, "OPSBOT_CONFIG="+config), dir
	if e := finish(t, checked, ""); e.code != 0 || !strings.Contains(e.out, "no errors") {
		t.Fatalf("config check: %+v", e)
	}

	// Checks start when they can, not spread over a minute.
	if err := os.MkdirAll(filepath.Join(dir, "conf.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "conf.d", "pace.toml"), []byte("[schedule]\nsplay = \"0s\"\ntick = \"100ms\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bot := atTerminal(t, dir, env, "run", "--config", config)
	code := bot.reads(`/start (\w+)`)[1]
	says(t, chats, "/start WRONGCODE")
	says(t, chats, "/start "+code, "admin")
	alert := hears(t, chats, 0, "🔴 127.0.0.1 is down", target)
	says(t, chats, "/status", "1 check down")
	listen(t, target)
	says(t, chats, "/recheck 1")
	if end := hears(t, chats, alert.ID, "127.0.0.1 works again"); end.ReplyTo != alert.ID {
		t.Errorf("the end answers message %d, the alert is %d", end.ReplyTo, alert.ID)
	}
	if code := bot.interrupts(); code != 0 {
		t.Errorf("Ctrl-C: exit code %d\n%s", code, bot.at.Text())
	}

	again := atTerminal(t, dir, env, "run", "--config", config)
	again.reads(`opsbot runs`)
	says(t, chats, "/history", "127.0.0.1")
	if code := again.interrupts(); code != 0 || strings.Contains(again.at.Text(), "/start ") {
		t.Errorf("the second start: exit code %d\n%s", code, again.at.Text())
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// listen opens the port that is watched.
func listen(t *testing.T, address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // nothing was read from it
	go knocked(l)
}
