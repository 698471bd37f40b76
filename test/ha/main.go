// Command ha tries high availability on one machine: a PostgreSQL server of its own, two opsbots, the sandbox's fleet and chat page, and a
// switch that kills the leader. `make run-ha` builds opsbot and starts it.
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

  Enter   kill the leader (kill -9). It is started again after 15 s, as the standby
  s       stop the leader (SIGTERM). It is started again at once
  Ctrl-C  end

Break a host on the page meanwhile: its alert comes from the other one.
`

// again is how long a killed opsbot stays away.
const again = 15 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "run-ha:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("usage: ha PROGRAM")
	}
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
	world, err := sandbox.Start(ctx, sandbox.Options{Dir: dir})
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	defer world.Close()
	var bots []*bot
	for _, name := range []string{"bot1", "bot2"} {
		b, err := newBot(ctx, &place{program: args[0], dir: dir, dsn: dsn, config: world.Config()}, name)
		if err != nil {
			return err
		}
		bots = append(bots, b)
	}
	fmt.Printf(help, world.URL())
	return serve(ctx, bots)
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

// serve keeps the bots running, says who leads, and does what is typed.
func serve(ctx context.Context, bots []*bot) error {
	var running sync.WaitGroup
	defer running.Wait()
	for _, b := range bots {
		running.Go(func() { b.keep(ctx) })
	}
	typed := make(chan string)
	go func() {
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
	}()
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case line := <-typed:
			act(ctx, bots, line)
		case <-tick.C:
			if name := leader(ctx, bots); name != "" && name != last {
				last = name
				fmt.Println(time.Now().Format(time.TimeOnly), name, "leads")
			}
		}
	}
}

func leader(ctx context.Context, bots []*bot) string {
	for _, b := range bots {
		if b.leads(ctx) {
			return b.name
		}
	}
	return ""
}

func act(ctx context.Context, bots []*bot, line string) {
	for _, b := range bots {
		if !b.leads(ctx) {
			continue
		}
		if line == "s" {
			fmt.Println(time.Now().Format(time.TimeOnly), "stop", b.name)
			b.end(syscall.SIGTERM, 0)
		} else {
			fmt.Println(time.Now().Format(time.TimeOnly), "kill", b.name)
			b.end(syscall.SIGKILL, again)
		}
		return
	}
	fmt.Println("there is no leader right now")
}
