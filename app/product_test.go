package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/cli/control"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/store/storetest"
)

// patience bounds every wait of these tests: far beyond what a slow machine takes, so that only a real loss meets it.
const patience = 60 * time.Second

// buffer is an output that several goroutines write and a test reads.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// product is the whole program in this process, on the sandbox's world.
type product struct {
	t      *testing.T
	world  *sandbox.Sandbox
	dir    string
	config string
	out    *buffer // the terminal: log and console
	cancel context.CancelFunc
	ended  chan error

	damaged bool // the database: rows may be set aside
	pinned  bool // the groups have pinned messages

	now   func() time.Time   // nil is time.Now
	names inventory.Resolver // nil is the machine's
}

// newWorld starts the world without the product.
func newWorld(t *testing.T) *product {
	t.Helper()
	p := &product{t: t, dir: filepath.Dir(storetest.Empty(t)), out: &buffer{}}
	world, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Dir: p.dir, PageAddr: "127.0.0.1:0", FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	p.world, p.config = world, filepath.Join(p.dir, "opsbot.toml")
	p.write(world.Config())
	return p
}

// unpinned is a configuration without the pinned messages of the sandbox's groups, which name what is down as cards do, at any hour. They
// have a test of their own.
func (p *product) unpinned(config string) string {
	if p.pinned {
		return config
	}
	return strings.ReplaceAll(config, "pinned = true\n", "")
}

// write writes the configuration.
func (p *product) write(config string) {
	p.t.Helper()
	config = p.unpinned(config)
	if err := os.WriteFile(p.config, []byte(config), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// start runs the product until stop or the end of the test.
func (p *product) start() *product {
	p.t.Helper()
	log := logrus.New()
	log.SetOutput(p.out)
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.t.Context()))
	ready := make(chan struct{})
	a, err := app.New(ctx, app.Options{ConfigPath: p.config, Version: "test", Stdout: p.out, Log: log, Ready: func() { close(ready) }, Now: p.now, Resolver: p.names})
	if err != nil {
		cancel()
		p.t.Fatal(err)
	}
	p.cancel, p.ended = cancel, make(chan error, 1)
	go func() { p.ended <- a.Run(ctx) }()
	select {
	case <-ready:
	case err := <-p.ended:
		p.t.Fatalf("the product ended at once: %v", err)
	}
	p.t.Cleanup(p.stop)
	return p
}

// stop ends the product; it must end cleanly.
func (p *product) stop() {
	p.t.Helper()
	if p.cancel == nil {
		return
	}
	p.cancel()
	p.cancel = nil
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("stop: %v", err)
		}
	case <-time.After(patience):
		p.t.Error("the product did not stop")
	}
	if !p.damaged {
		p.rowsAreWhole()
	}
}

func (p *product) wait() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.t.Cleanup(cancel)
	return ctx
}

// message waits for a message of the bot in a chat that holds all words; skip leaves out those up to an id.
func (p *product) message(chat int64, after int, words ...string) botapi.Message {
	p.t.Helper()
	m, err := p.world.Bot.WaitMessage(p.wait(), chat, func(m botapi.Message) bool {
		return m.FromBot && m.ID > after && !m.Deleted && holds(m.Text, words)
	})
	if err != nil {
		p.t.Fatalf("no message with %q in chat %d: %v\nchat:\n%s\nlog:\n%s", words, chat, err, p.chat(chat), p.out)
	}
	return m
}

func holds(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
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

// say writes as a person and returns the id of the message.
func (p *product) say(who, chat int64, text string) int {
	p.t.Helper()
	topic := 0
	if chat == sandbox.OpsChat {
		topic = sandbox.OpsTopic
	}
	m, err := p.world.Bot.Post(botapi.Post{From: who, Chat: chat, Topic: topic, Text: text})
	if err != nil {
		p.t.Fatal(err)
	}
	return m.ID
}

func (p *product) set(name string, mode fleet.Mode) {
	p.t.Helper()
	if err := p.world.Fleet.Set(name, mode); err != nil {
		p.t.Fatal(err)
	}
}

// settled waits until everything was checked once and the chat says that all is well.
func (p *product) settled() {
	p.t.Helper()
	p.answered("/status", "All clear", "30 checks")
	for strings.Contains(p.last(sandbox.Admin).Text, "not run yet") {
		p.answered("/status", "All clear")
	}
}

func (p *product) last(chat int64) botapi.Message {
	all := p.world.Bot.Messages(chat)
	return all[len(all)-1]
}

func TestTheMainJob(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()

	broken := time.Now()
	p.set("web1", fleet.Killed)
	card := p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
	if took := time.Since(broken); took > 10*time.Second {
		t.Errorf("the card took %v", took)
	}
	if card.Topic != sandbox.OpsTopic || len(card.Buttons) == 0 {
		t.Errorf("the card is in topic %d with %d rows of buttons", card.Topic, len(card.Buttons))
	}
	russian := p.message(sandbox.OpsChatRu, 0, "web1", "отклоняет")

	p.set("web1", fleet.OK)
	end := p.message(sandbox.OpsChat, card.ID, "web1", "works again")
	if end.ReplyTo != card.ID {
		t.Errorf("the end answers message %d, the card is %d", end.ReplyTo, card.ID)
	}
	p.message(sandbox.OpsChatRu, russian.ID, "web1", "снова работает")
	edited := p.message(sandbox.OpsChat, card.ID-1, "web1", "works again")
	if edited.ID != card.ID || edited.Edits == 0 {
		t.Errorf("the card was not edited:\n%s", p.chat(sandbox.OpsChat))
	}
	p.notified("web1", 2)
}

// told counts the messages about something: one-shot means its beginning and its end, never more.
func (p *product) notified(name string, want int) {
	p.t.Helper()
	n := 0
	for _, m := range p.world.Bot.Messages(sandbox.OpsChat) {
		if m.FromBot && strings.Contains(m.Text, name) {
			n++
		}
	}
	if n != want {
		p.t.Errorf("%d messages about %s, want %d:\n%s", n, name, want, p.chat(sandbox.OpsChat))
	}
}

func TestStandaloneCheckAndService(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	p.set(fleet.MainDB, fleet.Killed)
	p.message(sandbox.OpsChat, 0, "main-db", "is down", "refused", "call the DBA on duty")
	p.set("web9", fleet.Sick)
	p.message(sandbox.OpsChat, 0, "web9")
	p.set(fleet.MainDB, fleet.OK)
	p.message(sandbox.OpsChat, 0, "main-db", "works again")
}

func TestWebTestAnswersWithWhatItFound(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	p.set("web2", fleet.Sick)
	id := p.say(sandbox.Viewer, sandbox.OpsChat, "/webtest clientA")
	m := p.message(sandbox.OpsChat, id, "clientA", "1 host", "web2", "503")
	if m.Topic != sandbox.OpsTopic || m.ReplyTo != id {
		t.Errorf("the answer is in topic %d, answers %d", m.Topic, m.ReplyTo)
	}
}

func TestOutsidersGetNothing(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	for _, text := range []string{"/status", "/webtest clientA", "/mute 2h all", "/start ABCDEFGH", "hello"} {
		p.say(sandbox.Outsider, sandbox.OutsidersChat, text)
	}
	p.say(sandbox.Outsider, sandbox.Outsider, "/status")
	p.say(sandbox.Outsider, sandbox.Outsider, "/status")
	line := p.message(sandbox.Outsider, 0, "1003")
	p.settled() // what was said before has been handled by then
	for _, m := range p.world.Bot.Messages(sandbox.OutsidersChat) {
		if m.FromBot {
			t.Errorf("a stranger's group was answered: %s", m.Text)
		}
	}
	for _, m := range p.world.Bot.Messages(sandbox.Outsider) {
		if m.FromBot && m.ID != line.ID {
			t.Errorf("a stranger was answered more than once: %s", m.Text)
		}
	}
}

// open waits until so many incidents are open, by the control socket.
func (p *product) open(client *control.Client, want int) {
	p.t.Helper()
	for ctx := p.wait(); ; {
		st, err := client.Status(ctx, nil)
		if err != nil {
			p.t.Fatalf("wait for %d incidents: %v", want, err)
		}
		if strings.Count(st.Text, "· #") == want {
			return
		}
	}
}

func (p *product) secretIsAbsent() {
	p.t.Helper()
	_, secret, _ := strings.Cut(p.world.Bot.Token(), ":")
	if secret == "" {
		p.t.Fatal("the token has no secret half")
	}
	if strings.Contains(p.out.String(), secret) {
		p.t.Error("the secret is in the log or on the console")
	}
	if onServer() {
		return // its rows are those of a file
	}
	names, err := filepath.Glob(filepath.Join(p.dir, "opsbot.db*"))
	if err != nil || len(names) == 0 {
		p.t.Fatalf("no database: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			p.t.Fatal(err)
		}
		if bytes.Contains(data, []byte(secret)) {
			p.t.Errorf("the secret is in %s", filepath.Base(name))
		}
	}
}

// output waits until the terminal shows all words.
func (p *product) output(words ...string) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds(p.out.String(), words) {
		select {
		case <-tick.C:
		case <-deadline:
			p.t.Fatalf("the terminal never showed %q:\n%s", words, p.out)
		}
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")

	good := p.world.Config()
	p.write(good + "\n[[checks]]\nname = \"broken\"\nkind = \"tpc\"\n")
	if _, err := client.Reload(p.wait()); err == nil || !strings.Contains(err.Error(), "tpc") {
		t.Fatalf("a config with a mistake was taken: %v", err)
	}
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/status"), "has errors")

	p.write(good + "\n[[checks]]\nname = \"extra\"\nkind = \"tcp\"\naddress = \"127.0.0.1:1\"\nschedule = \"@every 1s\"\n")
	if _, err := client.Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	card := p.message(sandbox.OpsChat, 0, "extra", "is down")
	p.write(good)
	if _, err := client.Reload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.message(sandbox.OpsChat, card.ID, "extra", "was removed from the inventory")
}

// TestAReloadThatEmptiesIsRefused: an empty file in place of the configuration stops no alerts, unless somebody insists.
func TestAReloadThatEmptiesIsRefused(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	good := p.world.Config()
	bare := good[:strings.Index(good, "[[")] // neither checks nor clients nor chats
	p.write(bare)
	_, err := client.Reload(p.wait())
	problems, _ := errors.AsType[model.Problems](err)
	if len(problems) != 2 || problems[0].What.ID != "config.reload.no_checks" || problems[1].What.ID != "config.reload.no_destination" {
		t.Fatalf("an empty configuration: %v", err)
	}
	st, err := client.Status(p.wait(), nil)
	if err != nil || !strings.Contains(st.Text, "the previous one is in use") {
		t.Errorf("the status does not say so: %v\n%s", err, st.Text)
	}
	if _, err := client.ForceReload(p.wait()); err != nil {
		t.Fatal(err)
	}
	p.write(good)
	if notes, err := client.Reload(p.wait()); err != nil || len(notes) != 0 {
		t.Fatal(notes, err)
	}
	p.write(bare + "[[checks]]\nname = \"alone\"\nkind = \"tcp\"\naddress = \"127.0.0.1:1\"\n[[telegram.chats]]\nname = \"ops\"\nid = -1001000000001\n")
	if notes, err := client.Reload(p.wait()); err != nil || len(notes) != 1 || notes[0].What.ID != "config.reload.no_clients" {
		t.Errorf("the clients vanish: %v, %v", notes, err)
	}
	p.output("no clients are left")
}

func TestControlSocket(t *testing.T) {
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	st, err := client.Status(p.wait(), nil)
	if err != nil || st.Down() || !strings.Contains(st.Text, "All clear") {
		t.Fatalf("%v, %+v", err, st)
	}
	said, err := client.Mute(p.wait(), "2h clientA -- deploy")
	if err != nil || !strings.Contains(said.Text, "clientA") {
		t.Fatalf("%q, %v", said.Text, err)
	}
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/mutes"), "clientA", "deploy")
	if said, err = client.Unmute(p.wait(), []string{"all"}); err != nil || !strings.Contains(said.Text, "clientA") {
		t.Fatalf("%q, %v", said.Text, err)
	}
	if _, err := client.Mute(p.wait(), "2h clientZ"); err == nil {
		t.Error("an unknown client was muted")
	}
}

func TestASecondOneIsRefused(t *testing.T) {
	inAFile(t)
	t.Parallel()
	p := newWorld(t).start()
	log := logrus.New()
	log.SetOutput(io.Discard)
	_, err := app.New(t.Context(), app.Options{ConfigPath: p.config, Stdout: io.Discard, Log: log})
	if err == nil || !strings.Contains(err.Error(), "another opsbot") {
		t.Errorf("got %v", err)
	}
}

// The size that product.md names: loaded, started and answered, on a phone's screen.
func TestThousandsOfClients(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	var csv strings.Builder
	csv.WriteString("client,domain,host,address,services,tier,labels\n")
	for c := range 2000 {
		for h := range 3 {
			fmt.Fprintf(&csv, "client%d,,h%d-%d,127.%d.%d.%d,reports;support;analytics;store,normal,dc=fra%d\n", c, c, h, 10+h, c/250, 1+c%250, c%4)
		}
	}
	if err := os.WriteFile(filepath.Join(p.dir, "clients.csv"), []byte(csv.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	config := strings.ReplaceAll(p.world.Config(), `"@every 2s"`, `"0 0 1 1 *"`) // it is not the checks that are tried here
	p.write(config + "\n[[inventory]]\nkind = \"csv\"\npath = \"clients.csv\"\n")
	p.start()
	m := p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/status"), "24030 checks")
	if lines := strings.Count(m.Text, "\n") + 1; lines > 10 {
		t.Errorf("%d lines do not fit a phone:\n%s", lines, m.Text)
	}
	picker := p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/webtest"), "of 2003")
	if n := len(picker.Buttons); n > 7 {
		t.Errorf("%d rows of buttons", n)
	}
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/status client1999 store"), "client1999/store")
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/mute 2h dc=fra1"), "502 clients", "6018 checks")
}
