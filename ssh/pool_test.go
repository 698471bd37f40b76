package ssh_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	crypto "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"opsbot/model"
	"opsbot/ssh"
	"opsbot/ssh/sshtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a machine, a key that it accepts, and the options to reach it.
type world struct {
	server *sshtest.Server
	o      ssh.Options
}

func newWorld(t *testing.T, s *sshtest.Server) *world {
	t.Helper()
	user, file := sshtest.NewKey(t, "")
	s.User = user.PublicKey()
	s.Start(t)
	port, err := strconv.Atoi(s.Port())
	if err != nil {
		t.Fatal(err)
	}
	return &world{s, ssh.Options{
		User: "watch", Key: file, Port: port, Connect: 5 * time.Second,
		KnownHosts: sshtest.KnownHosts(t, map[string]crypto.PublicKey{s.Address: s.Key.PublicKey()}),
	}}
}

func (w *world) pool(t *testing.T) *ssh.Pool {
	t.Helper()
	p, err := ssh.NewPool(w.o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

var here = ssh.Target{Name: "web1", Address: "127.0.0.1"}

func echo(text string) func(string, io.Writer, io.Writer) uint32 {
	return func(_ string, out, _ io.Writer) uint32 {
		_, _ = io.WriteString(out, text)
		return 0
	}
}

func TestRun(t *testing.T) {
	w := newWorld(t, &sshtest.Server{})
	p := w.pool(t)
	a, err := p.Run(t.Context(), here, []string{"sh", "-c", "echo out; echo err >&2; exit 3"}, 1000)
	if err != nil || string(a.Out) != "out\n" || a.Said != "err" || a.Code != 3 || a.Cut {
		t.Errorf("%+v %v", a, err)
	}
}

// TestNothingIsExecuted: whatever an argument is, the program gets it unchanged.
func TestNothingIsExecuted(t *testing.T) {
	w := newWorld(t, &sshtest.Server{})
	p := w.pool(t)
	dir := t.TempDir()
	for _, hostile := range []string{
		"$(touch " + dir + "/a)", "`touch " + dir + "/b`", "'; touch " + dir + "/c; '", "a\ntouch " + dir + "/d\n", "| touch " + dir + "/e", "-rf", "~", "*", "\\'",
	} {
		a, err := p.Run(t.Context(), here, []string{"printf", "%s", hostile}, 1000)
		if err != nil || string(a.Out) != hostile {
			t.Errorf("%q became %q (%v)", hostile, a.Out, err)
		}
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("something ran: %v %v", made, err)
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	w := newWorld(t, &sshtest.Server{})
	p := w.pool(t)
	a, err := p.Run(t.Context(), here, []string{"sh", "-c", "yes | head -c 50000000"}, 10_000)
	if err != nil || len(a.Out) != 10_000 || !a.Cut {
		t.Errorf("%d bytes, cut %v, %v", len(a.Out), a.Cut, err)
	}
}

// TestConnectionsAreUsedAgain: and there are no more concurrent commands on a host than allowed.
func TestConnectionsAreUsedAgain(t *testing.T) {
	var now, most atomic.Int32
	semaphore, begun := make(chan struct{}), make(chan struct{}, 20)
	w := newWorld(t, &sshtest.Server{Answer: func(_ string, _, _ io.Writer) uint32 {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		begun <- struct{}{}
		<-semaphore
		now.Add(-1)
		return 0
	}})
	w.o.PerHost = 2
	p := w.pool(t)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := p.Run(t.Context(), here, []string{"x"}, 10); err != nil {
				t.Error(err)
			}
		})
	}
	<-begun
	<-begun
	for range 10 {
		semaphore <- struct{}{}
	}
	all.Wait()
	if n := w.server.Accepted(); n != 1 || most.Load() != 2 {
		t.Errorf("%d connections, %d commands at a time", n, most.Load())
	}
	w.server.Cut()
	go func() { semaphore <- struct{}{} }()
	if _, err := p.Run(t.Context(), here, []string{"x"}, 10); err != nil {
		t.Errorf("after the connection was lost: %v", err)
	}
}

func reason(t *testing.T, err error) model.Reason {
	t.Helper()
	e, ok := errors.AsType[*ssh.Error](err)
	if !ok {
		t.Fatalf("got %T %v", err, err)
	}
	return e.Reason
}

// TestEveryPhaseEnds: a machine that hangs blocks nobody, in any phase.
func TestEveryPhaseEnds(t *testing.T) {
	for at, phase := range map[string]string{
		sshtest.HangBanner: "handshake", sshtest.HangKex: "handshake", sshtest.HangAuth: "login",
		sshtest.HangOpen: "command", sshtest.HangExec: "command", sshtest.HangOutput: "command",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, &sshtest.Server{Hang: at})
			p := w.pool(t)
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			begun := time.Now()
			_, err := p.Run(ctx, here, []string{"x"}, 100)
			if r := reason(t, err); r.Code != model.ReasonTimeout || r.Args["phase"] != phase || time.Since(begun) > 30*time.Second { // else it hangs for ever
				t.Errorf("%+v after %v", r, time.Since(begun))
			}
		})
	}
}

// TestAHungCommandLeavesOthersAlone: its connection ends when they are done.
func TestAHungCommandLeavesOthersAlone(t *testing.T) {
	hung, finish := make(chan struct{}), make(chan struct{})
	w := newWorld(t, &sshtest.Server{Answer: func(command string, out, _ io.Writer) uint32 {
		if strings.Contains(command, "hang") {
			close(hung)
			<-finish
			return 0
		}
		<-hung
		_, _ = io.WriteString(out, "fine")
		return 0
	}})
	p := w.pool(t)
	ctx, cancel := context.WithCancel(t.Context())
	var other sync.WaitGroup
	other.Go(func() { <-hung; cancel() })
	if _, err := p.Run(ctx, here, []string{"hang"}, 10); reason(t, err).Code != model.ReasonCancelled {
		t.Error(err)
	}
	other.Wait()
	if a, err := p.Run(t.Context(), here, []string{"other"}, 10); err != nil || string(a.Out) != "fine" {
		t.Errorf("%q %v", a.Out, err)
	}
	close(finish)
	if n := w.server.Accepted(); n != 2 {
		t.Errorf("%d connections: one that hangs was trusted again", n)
	}
}

// TestHostKeysArePinned: no unknown key is trusted, and nothing is ever added to the file.
func TestHostKeysArePinned(t *testing.T) {
	w := newWorld(t, &sshtest.Server{Answer: echo("x")})
	other, _ := sshtest.NewKey(t, "")
	mine := w.server.Key.PublicKey()
	byName := "web1:" + w.server.Port()
	for name, c := range map[string]struct {
		known map[string]crypto.PublicKey
		want  model.ReasonCode
	}{
		"by its address":              {map[string]crypto.PublicKey{w.server.Address: mine}, ""},
		"by its name":                 {map[string]crypto.PublicKey{byName: mine}, ""},
		"by both":                     {map[string]crypto.PublicKey{byName: mine, w.server.Address: mine}, ""},
		"not at all":                  {nil, model.ReasonSSHKeyUnknown},
		"of another host":             {map[string]crypto.PublicKey{"10.0.0.1:22": mine}, model.ReasonSSHKeyUnknown},
		"changed":                     {map[string]crypto.PublicKey{w.server.Address: other.PublicKey()}, model.ReasonSSHKeyChanged},
		"changed by one of two names": {map[string]crypto.PublicKey{byName: other.PublicKey(), w.server.Address: mine}, model.ReasonSSHKeyChanged},
	} {
		w.o.KnownHosts = sshtest.KnownHosts(t, c.known)
		before, err := os.ReadFile(w.o.KnownHosts)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.pool(t).Run(t.Context(), here, []string{"x"}, 10)
		switch {
		case c.want == "" && err != nil, c.want != "" && err == nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "":
			r := reason(t, err)
			if r.Code != c.want || r.Args["got"] != ssh.Fingerprint(mine) || r.Args["addr"] != w.server.Address {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if after, err := os.ReadFile(w.o.KnownHosts); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: known_hosts was changed: %v", name, err)
		}
	}
	if ran := len(w.server.Ran()); ran != 3 {
		t.Errorf("%d commands ran on what is trusted, wanted 3", ran)
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	w := newWorld(t, &sshtest.Server{})
	_, w.o.Key = sshtest.NewKey(t, "")
	_, err := w.pool(t).Run(t.Context(), here, []string{"x"}, 10)
	if r := reason(t, err); r.Code != model.ReasonSSHLogin || r.Args["user"] != "watch" {
		t.Errorf("%+v", r)
	}
}

func TestNobodyListens(t *testing.T) {
	w := newWorld(t, &sshtest.Server{})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	w.o.Port, _ = strconv.Atoi(port)
	_, err = w.pool(t).Run(t.Context(), here, []string{"x"}, 10)
	if r := reason(t, err); r.Code != model.ReasonRefused {
		t.Errorf("%+v", r)
	}
}

func TestJumpHost(t *testing.T) {
	w := newWorld(t, &sshtest.Server{Answer: echo("inner")})
	bastion := &sshtest.Server{User: w.server.User, Answer: echo("bastion")}
	bastion.Start(t)
	w.o.Jump = "hop@" + bastion.Address
	w.o.KnownHosts = sshtest.KnownHosts(t, map[string]crypto.PublicKey{w.server.Address: w.server.Key.PublicKey(), bastion.Address: bastion.Key.PublicKey()})
	p := w.pool(t)
	for range 2 {
		a, err := p.Run(t.Context(), here, []string{"x"}, 10)
		if err != nil || string(a.Out) != "inner" {
			t.Fatalf("%q %v", a.Out, err)
		}
	}
	if bastion.Accepted() != 1 || w.server.Accepted() != 1 {
		t.Errorf("%d and %d connections", bastion.Accepted(), w.server.Accepted())
	}
	w.o.KnownHosts = sshtest.KnownHosts(t, map[string]crypto.PublicKey{w.server.Address: w.server.Key.PublicKey()})
	_, err := w.pool(t).Run(t.Context(), here, []string{"x"}, 10)
	if r := reason(t, err); r.Code != model.ReasonSSHKeyUnknown || r.Args["addr"] != bastion.Address {
		t.Errorf("an unknown jump host: %+v", r)
	}
}

func TestAJumpHostThatHangs(t *testing.T) {
	for _, at := range []string{sshtest.HangBanner, sshtest.HangAuth, sshtest.HangOpen} {
		w := newWorld(t, &sshtest.Server{})
		bastion := &sshtest.Server{User: w.server.User, Hang: at}
		bastion.Start(t)
		w.o.Jump = bastion.Address
		w.o.KnownHosts = sshtest.KnownHosts(t, map[string]crypto.PublicKey{w.server.Address: w.server.Key.PublicKey(), bastion.Address: bastion.Key.PublicKey()})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := w.pool(t).Run(ctx, here, []string{"x"}, 10)
		cancel()
		if r := reason(t, err); r.Code != model.ReasonTimeout {
			t.Errorf("%s: %+v", at, r)
		}
	}
}

func TestConfigFile(t *testing.T) {
	w := newWorld(t, &sshtest.Server{Answer: echo("x")})
	dir := t.TempDir()
	text := fmt.Sprintf("Host web1\n  HostName 127.0.0.1\n  Port %s\n  User other\n  IdentityFile /nowhere/key\n  IdentityFile %s\n  UserKnownHostsFile %s\n", w.server.Port(), w.o.Key, w.o.KnownHosts)
	path := filepath.Join(dir, "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w.o = ssh.Options{Config: path}
	if wrong := w.o.Check(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	if a, err := w.pool(t).Run(t.Context(), ssh.Target{Name: "web1", Address: "192.0.2.1"}, []string{"x"}, 10); err != nil || string(a.Out) != "x" {
		t.Errorf("%q %v", a.Out, err)
	}
	_, err := w.pool(t).Run(t.Context(), ssh.Target{Name: "web2", Address: "127.0.0.1"}, []string{"x"}, 10)
	if r := reason(t, err); r.Code != model.ReasonSSHKeyFile || !strings.Contains(r.Args["said"], "user is missing") {
		t.Errorf("a host of which the file says nothing: %+v", r)
	}
}

// FuzzConfigFile: any ssh_config file is parsed or refused.
func FuzzConfigFile(f *testing.F) {
	f.Add("Host web*\n HostName %h.example.com\n Port 99999\nMatch all\n ProxyJump a,b\n", "web1")
	f.Add("Host \"\nInclude /nowhere/*\nUserKnownHostsFile ~/x\n", "$(id)")
	f.Fuzz(func(t *testing.T, text, host string) {
		if strings.Contains(strings.ToLower(text), "include") { // it would read files of this machine
			return
		}
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := ssh.NewPool(ssh.Options{Config: path, User: "x", KnownHosts: "/nowhere", Key: "/nowhere"})
		if err != nil {
			return
		}
		defer p.Close()
		if _, err := p.Run(t.Context(), ssh.Target{Name: host, Address: "127.0.0.1"}, []string{"x"}, 1); err == nil {
			t.Error("without known_hosts a key was trusted")
		}
	})
}

func TestAgent(t *testing.T) {
	w := newWorld(t, &sshtest.Server{Answer: echo("x")})
	ring := agent.NewKeyring()
	text, err := os.ReadFile(w.o.Key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := crypto.ParseRawPrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	w.o.Key, w.o.Agent = "", serveAgent(t, func(conn net.Conn) { _ = agent.ServeAgent(ring, conn) })
	if a, err := w.pool(t).Run(t.Context(), here, []string{"x"}, 10); err != nil || string(a.Out) != "x" {
		t.Errorf("%q %v", a.Out, err)
	}
	w.o.Agent = serveAgent(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	w.o.Connect = 200 * time.Millisecond
	_, err = w.pool(t).Run(t.Context(), here, []string{"x"}, 10)
	if r := reason(t, err); r.Code != model.ReasonSSHKeyFile {
		t.Errorf("an agent that hangs: %+v", r)
	}
	w.o.Agent = "/nowhere"
	_, err = w.pool(t).Run(t.Context(), here, []string{"x"}, 10)
	if r := reason(t, err); r.Code != model.ReasonSSHKeyFile || r.Args["file"] != "/nowhere" {
		t.Errorf("no agent: %+v", r)
	}
}

func serveAgent(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "agent")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				serve(conn)
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return path
}

// TestNoSecretInAnError: neither keys nor passphrases are revealed, whatever is wrong with them.
func TestNoSecretInAnError(t *testing.T) {
	const passphrase = "open-sesame-hunter2"
	_, locked := sshtest.NewKey(t, passphrase)
	text, err := os.ReadFile(locked)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, what string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(what), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := write("broken", strings.Replace(string(text), "\n", "\nAAAA", 1))
	for name, c := range map[string]struct {
		o    ssh.Options
		want string
	}{
		"locked":        {ssh.Options{Key: locked}, "config.missing.passphrase"},
		"wrong":         {ssh.Options{Key: locked, PassphraseFile: write("wrong", "another-hunter2")}, "config.file.no_key"},
		"broken":        {ssh.Options{Key: broken, PassphraseFile: write("right", passphrase)}, "config.file.no_key"},
		"gone":          {ssh.Options{Key: "/nowhere"}, "no such file"},
		"empty":         {ssh.Options{Key: write("empty", "")}, "config.file.no_secret"},
		"no passphrase": {ssh.Options{Key: locked, PassphraseFile: "/nowhere"}, "no such file"},
		"known_hosts":   {ssh.Options{KnownHosts: write("known", "nonsense hunter2\n")}, "known_hosts"},
		"config":        {ssh.Options{Config: "/nowhere"}, "no such file"},
		"jump":          {ssh.Options{Jump: "a b"}, `config.like example="user@bastion.example.com:22" got="a b" key="jump"`},
	} {
		wrong := c.o.Check()
		if len(wrong) != 1 || !strings.Contains(wrong[0].String(), c.want) {
			t.Errorf("%s: %v", name, wrong)
		}
		for _, line := range append(strings.Split(string(text), "\n"), passphrase, "another-hunter2") {
			if len(line) > 8 && !strings.HasPrefix(line, "---") && strings.Contains(fmt.Sprint(wrong), line) {
				t.Errorf("%s: it shows %q: %v", name, line, wrong)
			}
		}
	}
	right := ssh.Options{Key: locked, PassphraseFile: write("right2", passphrase+"\n")}
	if wrong := right.Check(); len(wrong) > 0 {
		t.Error(wrong)
	}
}

func TestACommandWithAZeroByte(t *testing.T) {
	w := newWorld(t, &sshtest.Server{})
	_, err := w.pool(t).Run(t.Context(), here, []string{"a\x00b"}, 10)
	if r := reason(t, err); r.Code != model.ReasonSSHBroken {
		t.Errorf("%+v", r)
	}
}

func TestAClosedPool(t *testing.T) {
	w := newWorld(t, &sshtest.Server{Answer: echo("x")})
	p := w.pool(t)
	if _, err := p.Run(t.Context(), here, []string{"x"}, 10); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if _, err := p.Run(t.Context(), here, []string{"x"}, 10); err == nil {
		t.Error("it still runs commands")
	}
}
