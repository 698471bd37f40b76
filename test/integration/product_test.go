//go:build integration

package integration_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/test/ports"
)

// mostly bounds the wait for a message: an event group accepts events for a minute, and absence at an Alertmanager counts after
// two.
const mostly = 3 * time.Minute

// product is the whole program in this process, with chats of the sandbox and hosts that can be broken.
type product struct {
	t      *testing.T
	fleet  []tenant
	pace   pace
	rack   map[string]string // the label rack of hosts
	world  *sandbox.Sandbox  // its chats; its own fleet is not used
	hosts  *fleet.Fleet
	config string // path
	hook   string // address of [web], to which the name of a source is appended
	said   locked

	cancel context.CancelFunc
	ended  chan error
}

// tenant is a client, its hosts, and how many endpoints it needs.
type tenant struct {
	name  string
	need  int
	hosts []string
}

// pace is when opsbot checks by itself.
type pace struct{ every, splay string }

// homes are the clients of a product that is not told otherwise.
func homes() []tenant {
	return []tenant{
		{"clientA", 2, []string{"web1", "web2", "web3", "web4"}},
		{"clientB", 1, []string{"web5", "web6", "web7", "web8", "web9", "web10", "spare1", "spare2"}},
		{"clientC", 1, []string{"other1", "other2"}},
	}
}

// newProduct starts the world of a product, which is not started yet.
func newProduct(t *testing.T) *product {
	t.Helper()
	return newProductOf(t, homes())
}

func newProductOf(t *testing.T, clients []tenant) *product {
	t.Helper()
	p := &product{t: t, fleet: clients, pace: pace{"2s", "1s"}, config: filepath.Join(t.TempDir(), "opsbot.toml")}
	var err error
	p.world, err = sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Dir: filepath.Dir(p.config), PageAddr: "127.0.0.1:0", FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.world.Close)
	plan := fleet.Plan{Services: []fleet.Service{{Name: "site", Port: 8805, Path: "/site.html"}}}
	for _, client := range clients {
		for _, name := range client.hosts {
			plan.Hosts = append(plan.Hosts, fleet.Host{Name: name, Address: fmt.Sprintf("127.0.89.%d", len(plan.Hosts)+1)})
		}
	}
	p.hosts = fleet.New(fleet.Options{Plan: plan, Free: true})
	if err := p.hosts.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.hosts.Close)
	p.hook = "127.0.0.1:" + ports.Free(t)
	return p
}

// configure writes the configuration: the chats, the hosts and their clients, and the sources of events.
func (p *product) configure(inbound string) {
	p.t.Helper()
	var b strings.Builder
	chats, _, _ := strings.Cut(p.world.Config(), "\n[[services]]")
	// The pinned messages, which name what is down as cards do, have a test of their own: messages are counted here.
	chats = strings.NewReplacer("pinned = true\n", "", `"@every 2s"`, `"@every `+p.pace.every+`"`, `splay = "1s"`, `splay = "`+p.pace.splay+`"`).Replace(chats)
	fmt.Fprintf(&b, "%s\n[web]\nlisten = %q\n", chats, p.hook)
	site := p.hosts.Services()[0]
	fmt.Fprintf(&b, "\n[[services]]\nname = %q\nport = %d\npath = %q\n", site.Name, site.Port, site.Path)
	for _, client := range p.fleet {
		fmt.Fprintf(&b, "\n[[clients]]\nname = %q\nmin_up = %d\nservices = [\"site\"]\nhosts = [\"%s\"]\n", client.name, client.need, strings.Join(client.hosts, `", "`))
	}
	for _, host := range p.hosts.State() {
		fmt.Fprintf(&b, "\n[[hosts]]\nname = %q\naddress = %q\n", host.Name, host.Address)
		if rack := p.rack[host.Name]; rack != "" {
			fmt.Fprintf(&b, "labels = { rack = %q }\n", rack)
		}
	}
	if err := os.WriteFile(p.config, []byte(b.String()+inbound), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// start runs the product until stop or the end of the test.
func (p *product) start() {
	p.t.Helper()
	log := logrus.New()
	log.SetOutput(&p.said)
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.t.Context()))
	ready := make(chan struct{})
	a, err := app.New(ctx, app.Options{ConfigPath: p.config, Version: "test", Stdout: &p.said, Log: log, Ready: func() { close(ready) }})
	if err != nil {
		cancel()
		p.t.Fatal(err)
	}
	p.cancel, p.ended = cancel, make(chan error, 1)
	go func() { p.ended <- a.Run(ctx) }()
	select {
	case <-ready:
	case err := <-p.ended:
		p.cancel = nil // so that nobody waits for its end again
		cancel()
		p.t.Fatalf("the product ended at once: %v", err)
	}
	p.t.Cleanup(p.stop)
}

// leaveToSources starts the product and, once all that it checks is known, starts it again to check hardly anything by itself: what
// fails, a source finds.
func (p *product) leaveToSources(inbound string, words ...string) {
	p.t.Helper()
	p.configure(inbound)
	p.start()
	p.answered(p.t, "/status", append(words, "All clear")...)
	p.stop()
	p.pace.every = "1h"
	p.configure(inbound)
	p.start()
	p.answered(p.t, "/status sources", "last contact")
	pass(p.t, 4*time.Second) // a start checks what was due meanwhile
}

// stop ends the product, which must end cleanly. It may be called again.
func (p *product) stop() {
	p.t.Helper()
	if p.cancel == nil {
		return
	}
	p.cancel()
	p.cancel = nil
	if err := <-p.ended; err != nil {
		p.t.Errorf("stop: %v", err)
	}
}

// part runs a part of the story; the next ones need it.
func (p *product) part(name string, try func(t *testing.T)) {
	p.t.Helper()
	if !p.t.Run(name, try) {
		p.t.FailNow()
	}
}

// set breaks hosts, or heals them.
func (p *product) set(mode fleet.Mode, hosts ...string) {
	p.t.Helper()
	for _, host := range hosts {
		if err := p.hosts.Set(host, mode); err != nil {
			p.t.Fatal(err)
		}
	}
}

// message waits for a message of the bot in a chat, after one with this id, that contains all words.
func (p *product) message(t *testing.T, chat int64, after int, words ...string) botapi.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mostly)
	defer cancel()
	return p.messageBy(ctx, t, botapi.Message{Chat: chat, ID: after}, words...)
}

// messageBy waits for a message after another one until ctx ends.
func (p *product) messageBy(ctx context.Context, t *testing.T, after botapi.Message, words ...string) botapi.Message {
	t.Helper()
	begun, chat := time.Now(), after.Chat
	m, err := p.world.Bot.WaitMessage(ctx, chat, func(m botapi.Message) bool {
		return m.FromBot && m.ID > after.ID && !m.Deleted && holdsAll(m.Text, words)
	})
	if err != nil {
		t.Fatalf("no message with %q: %v\nchat:\n%s\nlog:\n%s", words, err, p.chat(chat), p.said.String())
	}
	t.Logf("%v: %q\n%s", time.Since(begun).Round(time.Millisecond), words, m.Text)
	return m
}

// edited waits until a card contains all words.
func (p *product) edited(t *testing.T, card botapi.Message, words ...string) botapi.Message {
	t.Helper()
	m := p.message(t, card.Chat, card.ID-1, words...)
	if m.ID != card.ID {
		t.Errorf("%q is in message %d, the card is %d:\n%s", words, m.ID, card.ID, p.chat(card.Chat))
	}
	return m
}

// holdsAll reports whether a text contains all words; "this|that" is one of the two.
func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(strings.Split(w, "|"), func(either string) bool { return strings.Contains(text, either) }) {
			return false
		}
	}
	return true
}

func (p *product) chat(chat int64) string {
	var b strings.Builder
	for _, m := range p.world.Bot.Messages(chat) {
		fmt.Fprintf(&b, "%d from %d (reply to %d, %d edits): %s\n", m.ID, m.From, m.ReplyTo, m.Edits, m.Text)
	}
	return b.String()
}

// sent compares the number of the bot's own messages in a chat.
func (p *product) sent(t *testing.T, chat int64, want int) {
	t.Helper()
	n := 0
	people := map[int]bool{}
	for _, m := range p.world.Bot.Messages(chat) {
		people[m.ID] = !m.FromBot
		if m.FromBot && !m.Deleted && !people[m.ReplyTo] {
			n++
		}
	}
	if n != want {
		t.Errorf("%d messages, want %d:\n%s", n, want, p.chat(chat))
	}
}

// sentApart is sent without cards that became part of another one: what a verification finds on a host may come before the source reports
// that host.
func (p *product) sentApart(t *testing.T, chat int64, want int) {
	t.Helper()
	for _, m := range p.world.Bot.Messages(chat) {
		if m.FromBot && !m.Deleted && strings.Contains(m.Text, "↳") {
			want++
		}
	}
	p.sent(t, chat, want)
}

// answered sends a command in private, in the requester's language, until the answer contains all words.
func (p *product) answered(t *testing.T, question string, words ...string) {
	t.Helper()
	var last botapi.Message
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		asked, err := p.world.Bot.Post(botapi.Post{From: sandbox.Admin, Chat: sandbox.Admin, Text: question})
		if err != nil {
			t.Fatal(err)
		}
		m, err := p.world.Bot.WaitMessage(ctx, sandbox.Admin, func(m botapi.Message) bool { return m.FromBot && m.ID > asked.ID && m.Text != "" })
		if err != nil {
			t.Fatalf("%s is answered %q, want %q\nlog:\n%s", question, last.Text, words, p.said.String())
		}
		if last = m; holdsAll(m.Text, words) {
			t.Logf("%s\n%s", question, m.Text)
			return
		}
	}
}

// asked sends a command in the Russian chat, and waits for an answer that contains all words.
func (p *product) asked(t *testing.T, question string, words ...string) {
	t.Helper()
	m, err := p.world.Bot.Post(botapi.Post{From: sandbox.Admin, Chat: sandbox.OpsChatRu, Topic: sandbox.OpsTopicRu, Text: question})
	if err != nil {
		t.Fatal(err)
	}
	p.message(t, sandbox.OpsChatRu, m.ID, words...)
}

// press presses a button under a message.
func (p *product) press(t *testing.T, m botapi.Message, label string) {
	t.Helper()
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Text != label {
				continue
			}
			if _, err := p.world.Bot.Press(sandbox.Admin, m.Chat, m.ID, b.Data); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no button %q under %q", label, m.Text)
}

// numberOf is the number of the incident that a card shows.
func numberOf(t *testing.T, card botapi.Message) string {
	t.Helper()
	_, number, found := strings.Cut(card.Text, "· #")
	if !found {
		t.Fatalf("no number in %q", card.Text)
	}
	return strings.Fields(number)[0]
}

// until waits until try returns no error.
func (p *product) until(t *testing.T, what string, try func() error) {
	t.Helper()
	if err := eventually(t, patience, try); err != nil {
		t.Fatalf("until %s: %v\nchat:\n%s\nlog:\n%s", what, err, p.chat(sandbox.OpsChat), p.said.String())
	}
}
