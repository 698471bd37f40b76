//go:build integration

// Package cluster_test tries several built opsbots that share a PostgreSQL database: it kills, freezes and cuts them off, and compares what
// people were sent with what was so.
package cluster_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
	"opsbot/test/clock"
	"opsbot/test/ports"
	"opsbot/test/postgres"
	"opsbot/test/proxy"
)

// patience is how long anything may take on a busy machine before a test gives up.
const patience = time.Minute

const (
	group  int64 = -1001
	person int64 = 42
)

// place is where the bots of a trial run: their database, Telegram, and what they check.
type place struct {
	t       *testing.T
	dir     string
	program string
	pg      *postgres.Server
	socket  string // of what stands before the database; "": its own
	chats   *botapi.Server
	targets []*target
	bots    []*bot
	extra   string   // more of the configuration
	wrapper []string // what starts the program: words before its own
}

var built struct {
	sync.Once
	dir string // TestMain makes and removes it
	err error
}

func TestMain(m *testing.M) { os.Exit(inFolder(m)) }

func inFolder(m *testing.M) int {
	dir, err := os.MkdirTemp("", "opsbot-cluster-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built.dir = dir
	return m.Run()
}

// program is the built opsbot.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(built.dir, "opsbot")
	built.Do(func() {
		if out, err := exec.Command("go", "build", "-o", path, "opsbot/cmd/opsbot").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	ok(t, built.err)
	return path
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newPlace starts a database, Telegram and targets.
func newPlace(t *testing.T, targets int) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir(), program: program(t)}
	var err error
	p.pg, err = postgres.Start(t.Context())
	ok(t, err)
	t.Cleanup(func() { ok(t, p.pg.Stop()) })
	_, err = p.pg.Create(t.Context(), "opsbot")
	ok(t, err)
	p.chats, err = botapi.Start(botapi.Options{})
	ok(t, err)
	t.Cleanup(p.chats.Close)
	p.chats.AddUser(botapi.User{ID: person, FirstName: "Ann"})
	p.chats.AddChat(botapi.Chat{ID: group, Type: "supergroup", Title: "Ops"})
	for i := range targets {
		p.targets = append(p.targets, newTarget(t, fmt.Sprintf("target%d", i)))
	}
	t.Cleanup(func() {
		for _, b := range p.bots {
			b.end()
		}
	})
	return p
}

// target is a server that is up or refuses, with the times at which that changed.
type target struct {
	t       *testing.T
	name    string
	address string

	mu       sync.Mutex
	listener net.Listener
	spells   []spell
	seen     []time.Time // connections
}

func newTarget(t *testing.T, name string) *target {
	t.Helper()
	x := &target{t: t, name: name, address: ports.Address(t)}
	x.up()
	t.Cleanup(func() { x.listen(false) })
	return x
}

func (x *target) listen(on bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !on {
		if x.listener != nil {
			_ = x.listener.Close()
		}
		x.listener = nil
		return
	}
	l, err := net.Listen("tcp", x.address)
	if err != nil {
		x.t.Errorf("listen again: %v", err)
		return
	}
	x.listener = l
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
			x.mu.Lock()
			x.seen = append(x.seen, time.Now())
			x.mu.Unlock()
		}
	}()
}

func (x *target) up() {
	x.listen(true)
	x.mu.Lock()
	defer x.mu.Unlock()
	if n := len(x.spells); n > 0 {
		x.spells[n-1].to = time.Now()
	}
}

func (x *target) down() time.Time {
	x.listen(false)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.spells = append(x.spells, spell{from: time.Now()})
	return x.spells[len(x.spells)-1].from
}

// bot is one built opsbot, with proxies between it and all that it talks to.
type bot struct {
	p       *place
	name    string
	config  string
	program string // of another version; "": the place's
	socket  string
	listen  string
	db      *proxy.Proxy
	chats   *proxy.Proxy
	inward  *proxy.Proxy // to its listener, for the others

	cmd   *exec.Cmd
	ended chan struct{}
	log   string
	clock *clock.Clock // nil: the program has no other than the real one
}

// bot makes an opsbot; start starts it.
func (p *place) bot(name string) *bot {
	p.t.Helper()
	b := &bot{p: p, name: name, config: filepath.Join(p.dir, name+".toml"), socket: filepath.Join(p.dir, name+".sock"), listen: ports.Address(p.t), log: filepath.Join(p.dir, name+".log")}
	var err error
	b.db, err = proxy.Start(p.t.Context(), "unix", cmp.Or(p.socket, p.pg.Socket()))
	ok(p.t, err)
	b.chats, err = proxy.Start(p.t.Context(), "tcp", strings.TrimPrefix(p.chats.URL(), "http://"))
	ok(p.t, err)
	b.inward, err = proxy.Start(p.t.Context(), "tcp", b.listen)
	ok(p.t, err)
	p.t.Cleanup(func() {
		_ = b.db.Close()
		_ = b.chats.Close()
		_ = b.inward.Close()
	})
	ok(p.t, os.WriteFile(b.config, []byte(b.text()), 0o600))
	p.bots = append(p.bots, b)
	return b
}

func (b *bot) text() string {
	host, port, _ := net.SplitHostPort(b.db.Address())
	text := &strings.Builder{}
	fmt.Fprintf(text, `[instance]
name = %q
[store]
dsn = "host=%s port=%s user=opsbot dbname=opsbot sslmode=disable"
[control]
socket = %q
[web]
listen = %q
[[web.tokens]]
name = "script"
token = "0123456789abcdef0123456789abcdef"
role = "operator"
[cluster]
advertise = "http://%s"
secret = "0123456789abcdef0123456789abcdef"
[telegram]
token = %q
api_urls = ["http://%s"]
[telegram.limits]
all_per_second = 1000
chat_per_second = 1000
group_per_minute = 10000
[[telegram.chats]]
name = "ops"
id = %d
role = "operator"
[[telegram.users]]
id = %d
role = "admin"
[alerts]
daily = "never"
[alerts.storm]
incidents = 1000
[connectivity]
probes = []
`, b.name, host, port, b.socket, b.listen, b.inward.Address(), b.p.chats.Token(), b.chats.Address(), group, person)
	for _, x := range b.p.targets {
		fmt.Fprintf(text, "[[checks]]\nname = %q\nkind = \"tcp\"\naddress = %q\nschedule = \"@every 1s\"\nfailures = 1\ntimeout = \"2s\"\nseverity = \"critical\"\n", x.name, x.address)
	}
	return text.String() + b.p.extra
}

// start starts the program.
func (b *bot) start() *bot {
	b.p.t.Helper()
	log, err := os.OpenFile(b.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ok(b.p.t, err)
	defer log.Close()
	words := slices.Concat(b.p.wrapper, []string{cmp.Or(b.program, b.p.program), "run", "--config", b.config})
	b.cmd = exec.Command(words[0], words[1:]...)
	b.cmd.Stdout, b.cmd.Stderr = log, log
	if b.clock != nil {
		b.cmd.Env = append(os.Environ(), b.clock.Env())
	}
	ok(b.p.t, b.cmd.Start())
	ended := make(chan struct{})
	b.ended = ended
	cmd := b.cmd
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	return b
}

// signal sends a signal; of SIGKILL and SIGTERM, exited waits for the end.
func (b *bot) signal(s syscall.Signal) time.Time {
	b.p.t.Helper()
	at := time.Now()
	ok(b.p.t, b.cmd.Process.Signal(s))
	return at
}

func (b *bot) exited() int {
	b.p.t.Helper()
	select {
	case <-b.ended:
		return b.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		b.p.t.Fatalf("%s does not end", b.name)
		return -1
	}
}

func (b *bot) running() bool {
	if b.cmd == nil {
		return false
	}
	select {
	case <-b.ended:
		return false
	default:
		return true
	}
}

// end kills it, if it runs.
func (b *bot) end() {
	if b.running() {
		if b.p.t.Failed() { // what hangs is in the log
			_ = b.cmd.Process.Signal(syscall.SIGCONT)
			if os.Getenv("CLUSTER_STACKS") != "" {
				_ = b.cmd.Process.Signal(syscall.SIGQUIT)
			}
			select {
			case <-b.ended:
			case <-time.After(5 * time.Second):
			}
		}
		_ = b.cmd.Process.Kill()
		<-b.ended
	}
	if b.p.t.Failed() {
		text, _ := os.ReadFile(b.log)
		b.p.t.Logf("%s:\n%s", b.name, text[max(0, len(text)-60000):])
	}
}

// cut cuts the cable of its machine, or mends it.
func (b *bot) cut(off bool) {
	mode := proxy.Pass
	if off {
		mode = proxy.BlackHole
	}
	for _, p := range []*proxy.Proxy{b.db, b.chats, b.inward} {
		p.Set(mode)
	}
}

// health is what a bot says of itself.
type health struct {
	OK     bool     `json:"ok"`
	Ready  bool     `json:"ready"`
	Role   string   `json:"role"`
	Leader string   `json:"leader"`
	Issues []string `json:"health_issues"`
}

func (b *bot) health(ctx context.Context) (h health, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.listen+"/healthz", http.NoBody)
	if err != nil {
		return h, err
	}
	resp, err := (&http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		return h, err
	}
	defer resp.Body.Close()
	return h, json.NewDecoder(resp.Body).Decode(&h)
}

// until waits until something is so.
func (p *place) until(what string, so func() bool) {
	p.t.Helper()
	p.within(patience, what, so)
}

// within is until with more patience.
func (p *place) within(d time.Duration, what string, so func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("not so: %s", what)
		}
	}
}

// role waits until a bot has a role and is ready.
func (b *bot) role(want string) {
	b.p.t.Helper()
	b.p.until(b.name+" is the "+want, func() bool {
		h, err := b.health(b.p.t.Context())
		return err == nil && h.Ready && h.Role == want
	})
}

// pair starts two bots, the first of which leads.
func (p *place) pair() (leader, standby *bot) {
	p.t.Helper()
	leader = p.bot("a").start()
	leader.role("leader")
	standby = p.bot("b").start()
	standby.role("standby")
	return leader, standby
}

// notified waits for a message in the group after a moment that holds a text, and returns when it came.
func (p *place) notified(after time.Time, text string) time.Time {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	m, err := p.chats.WaitMessage(ctx, group, func(m botapi.Message) bool {
		return m.FromBot && !m.Date.Before(after) && strings.Contains(m.Text, text)
	})
	if err != nil {
		p.t.Fatalf("no message with %q", text)
	}
	return m.Date
}

// run runs a program and returns what it prints.
func run(program string, args ...string) (string, error) {
	out, err := exec.Command(program, args...).CombinedOutput()
	return string(out), err
}
