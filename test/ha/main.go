// Command ha tries high availability on one machine: a PostgreSQL server of its own, two opsbots, the sandbox's fleet and chat page, and
// switches there that end the leader. `make run-ha` builds opsbot and starts it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"opsbot/sandbox"
	"opsbot/test/postgres"
)

const help = `
Two opsbots share a database. The chat page: %s

Kill the leader there, or stop it, above the list of hosts (here: Enter, or s and Enter), and break a host meanwhile: its alert comes from
the other one. What was killed (kill -9) is started again after 15 s, as the standby, and what was stopped at once. Ctrl-C ends all.
`

// again is how long a killed opsbot stays away.
const again = 15 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "run-ha:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: ha PROGRAM")
	}
	return run(ctx, args[0], sandbox.Options{}, func(url string) { fmt.Printf(help, url) })
}

// run has two opsbots of a program run until ctx ends. ready is called with the address of the chat page.
func run(ctx context.Context, program string, o sandbox.Options, ready func(url string)) (err error) {
	server, err := postgres.Start(ctx)
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	dsn, err := server.Create(ctx, "opsbot")
	if err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	dir, err := os.MkdirTemp("", "opsbot-ha-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	bots := &pair{}
	o.Dir, o.Leader = dir, bots
	world, err := sandbox.Start(ctx, o)
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	defer world.Close()
	for _, name := range []string{"bot1", "bot2"} {
		b, err := newBot(ctx, &place{program: program, dir: dir, dsn: dsn, config: world.Config()}, name)
		if err != nil {
			return err
		}
		bots.all = append(bots.all, b)
	}
	ready(world.URL())
	return bots.serve(ctx)
}

// pair is the opsbots, and which of them leads as of a moment ago. It implements page.Leader.
type pair struct {
	all []*bot

	mu     sync.Mutex
	leader *bot // nil: nobody
}

// Name implements page.Leader.
func (p *pair) Name() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leader == nil {
		return ""
	}
	return p.leader.name
}

// End implements page.Leader.
func (p *pair) End(kill bool) error {
	p.mu.Lock()
	leader := p.leader
	p.mu.Unlock()
	if leader == nil {
		return errors.New("nobody leads at the moment")
	}
	if kill {
		fmt.Println(time.Now().Format(time.TimeOnly), "kill", leader.name)
		leader.end(syscall.SIGKILL, again)
		return nil
	}
	fmt.Println(time.Now().Format(time.TimeOnly), "stop", leader.name)
	leader.end(syscall.SIGTERM, 0)
	return nil
}

// look asks who leads, and says when that is another one.
func (p *pair) look(ctx context.Context, last string) string {
	var leader *bot
	for _, b := range p.all {
		if leader == nil && b.leads(ctx) {
			leader = b
		}
	}
	p.mu.Lock()
	p.leader = leader
	p.mu.Unlock()
	if leader == nil || leader.name == last {
		return last
	}
	fmt.Println(time.Now().Format(time.TimeOnly), leader.name, "leads")
	return leader.name
}

// place is what both bots have in common.
type place struct{ program, dir, dsn, config string }

// bot is one opsbot that is kept running.
type bot struct {
	name, listen, config string
	program              string

	mu   sync.Mutex
	cmd  *exec.Cmd
	wait time.Duration // before it is started again
}

func newBot(ctx context.Context, p *place, name string) (*bot, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &bot{name: name, listen: l.Addr().String(), config: filepath.Join(p.dir, name+".toml"), program: p.program}
	text := strings.NewReplacer(
		`name = "sandbox"`, fmt.Sprintf("name = %q", name),
		fmt.Sprintf("path = %q", filepath.Join(p.dir, "opsbot.db")), fmt.Sprintf("dsn = %q", p.dsn),
		fmt.Sprintf("socket = %q", filepath.Join(p.dir, "opsbot.sock")), fmt.Sprintf("socket = %q", filepath.Join(p.dir, name+".sock")),
	).Replace(p.config)
	text += fmt.Sprintf("\n[web]\nlisten = %q\n\n[cluster]\nsecret = %q\n", b.listen, strings.Repeat("not-a-secret-", 3))
	return b, errors.Join(l.Close(), os.WriteFile(b.config, []byte(text), 0o600))
}

// keep keeps it running until ctx ends.
func (b *bot) keep(ctx context.Context) {
	for ctx.Err() == nil {
		cmd := exec.CommandContext(context.WithoutCancel(ctx), b.program, "run", "--config", b.config, "--log-level", "warn") //nolint:gosec // the program of the command line
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
		if err := cmd.Start(); err != nil {
			fmt.Fprintln(os.Stderr, b.name, err)
			return
		}
		b.mu.Lock()
		b.cmd, b.wait = cmd, time.Second
		b.mu.Unlock()
		end := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
		_ = cmd.Wait() // how it ended is said by itself
		end()
		b.mu.Lock()
		wait := b.wait
		b.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// end ends the program that runs, which is started again after a while.
func (b *bot) end(s syscall.Signal, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd != nil {
		b.wait = wait
		_ = b.cmd.Process.Signal(s)
	}
}

// leads reports whether it is ready and leads.
func (b *bot) leads(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.listen+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	var health struct{ Role string }
	return json.NewDecoder(resp.Body).Decode(&health) == nil && health.Role == "leader" && resp.StatusCode == http.StatusOK
}

// serve keeps the bots running and does what is typed.
func (p *pair) serve(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	for _, b := range p.all {
		running.Go(func() { b.keep(ctx) })
	}
	typed := make(chan string)
	go read(typed)
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case line := <-typed:
			if err := p.End(line != "s"); err != nil {
				fmt.Println(err)
			}
		case <-tick.C:
			last = p.look(ctx, last)
		}
	}
}

// read hands on what is typed, line by line.
func read(typed chan<- string) {
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				fmt.Fprintln(os.Stderr, err)
			}
			return
		}
		typed <- strings.TrimSpace(line)
	}
}
