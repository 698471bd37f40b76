package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The production pace is 20,000 checks in 300 s, started on this tick. The same pace is used with a fifth of both.
const (
	evenChecks = 4000
	period     = 60 * time.Second
	tick       = 250 * time.Millisecond
)

// settled is when the first round after a start, which is spread over 30 s, has long ended and the second one runs.
const settled = period + 5*time.Second

// sweepBound ends rounds that take too long on a busy machine: the completed runs count.
const sweepBound = 150 * time.Second

// visit is how the product is measured.
type visit struct {
	schedule string        // of all checks
	wait     time.Duration // before the first measurement
	every    time.Duration // between two measurements, which cost the product something
	enough   func(done int, took time.Duration) bool
}

// sweepProduct runs the product with rounds back to back: each check is due again before its round is over.
func sweepProduct(ctx context.Context, s script) (figures, error) {
	return measureRun(ctx, s, visit{
		schedule: "@every 1s", wait: time.Second, every: time.Second,
		enough: func(done int, took time.Duration) bool { return done >= s.N*s.Rounds || took > sweepBound },
	})
}

// paceProduct runs the product at the production pace, once the first round is over.
func paceProduct(ctx context.Context, s script) (figures, error) {
	return measureRun(ctx, s, visit{
		schedule: "@every " + period.String(), wait: settled, every: time.Duration(s.Rounds) * time.Second,
		enough: func(int, time.Duration) bool { return true },
	})
}

// product is the built program, running.
type product struct {
	dir      string
	clients  int    // over which the hosts are spread; 0: each has hostsOfClient
	contains bool   // each check looks for a text
	service  string // more of the configuration of each service
	more     string // of the configuration
	roots    string // file of the machine's authorities; "": its own
	url      string // of its web listener
	cmd      *exec.Cmd
	log      bytes.Buffer // read after its end
}

// binary is the release binary; `make bench` builds it.
const binary = "bin/opsbot"

// measureRun starts the product, measures it and stops it.
func measureRun(ctx context.Context, s script, v visit) (f figures, err error) {
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &product{dir: dir}
	if err := p.start(ctx, s, v.schedule); err != nil {
		return f, err
	}
	f, err = p.measure(ctx, v)
	return f, errors.Join(err, p.stop())
}

// readyBound is how long a start may take: of 100,000 checks on a busy machine, too.
const readyBound = 2 * time.Minute

func (p *product) start(ctx context.Context, s script, schedule string) error {
	listen, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	p.url = "http://" + listen
	if err := p.configure(s, listen, schedule); err != nil {
		return err
	}
	return p.launch(ctx)
}

// launch starts the configured program and waits until it is ready.
func (p *product) launch(ctx context.Context) error {
	p.cmd = exec.CommandContext(ctx, binary, "run", "--config", filepath.Join(p.dir, "opsbot.toml")) //nolint:gosec // a constant, and our own file
	p.cmd.Stderr = &p.log
	if p.roots != "" {
		p.cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+p.roots)
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	for begun := time.Now(); ; {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		if time.Since(begun) > readyBound {
			return errors.Join(err, p.stop())
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return errors.Join(err, p.stop())
		}
	}
}

// ready is an error until the start is complete.
func (p *product) ready(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", resp.Status)
	}
	return nil
}

// stop ends the product as systemd does; it must end cleanly.
func (p *product) stop() error {
	err := errors.Join(p.cmd.Process.Signal(syscall.SIGTERM), p.cmd.Wait())
	if err != nil {
		err = fmt.Errorf("%w; it says: %s", err, p.log.String())
	}
	return err
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// The shape of the fleet: hosts per client, services per host.
const (
	hostsOfClient  = 4
	servicesOfHost = 4
)

// configure writes a fleet of s.N endpoints as its owner would: services in the configuration, clients in a CSV file.
func (p *product) configure(s script, listen, schedule string) error {
	var toml, csv strings.Builder
	fmt.Fprintf(&toml, "[store]\npath = %q\n[control]\nsocket = %q\n[web]\nlisten = %q\n[webtest]\nschedule = %q\n", filepath.Join(p.dir, "opsbot.db"), filepath.Join(p.dir, "opsbot.sock"), listen, schedule)
	fmt.Fprintf(&toml, "[[inventory]]\nkind = \"csv\"\npath = %q\n", filepath.Join(p.dir, "clients.csv"))
	var services []string
	for i := range servicesOfHost {
		services = append(services, fmt.Sprintf("service%d", i))
		fmt.Fprintf(&toml, "[[services]]\nname = \"service%d\"\nport = %s\npath = \"/service%d.html\"\n", i, s.Port, i)
		if s.secure() {
			fmt.Fprintf(&toml, "url = \"https://%s:{port}{path}\"\n", site) // one server stands for all
		}
		if p.contains {
			fmt.Fprintf(&toml, "contains = %q\n", wanted)
		}
		toml.WriteString(p.service)
	}
	toml.WriteString(p.more)
	csv.WriteString("client,host,address,services\n")
	for i := range s.N / servicesOfHost {
		client := i / hostsOfClient
		if p.clients > 0 {
			client = i % p.clients
		}
		fmt.Fprintf(&csv, "client%d,host%d,%s,%s\n", client, i, address(i), strings.Join(services, ";"))
	}
	return errors.Join(
		os.WriteFile(filepath.Join(p.dir, "opsbot.toml"), []byte(toml.String()), 0o600),
		os.WriteFile(filepath.Join(p.dir, "clients.csv"), []byte(csv.String()), 0o600),
	)
}

// measure waits, then measures until it is enough. Every result must be ok.
func (p *product) measure(ctx context.Context, v visit) (figures, error) {
	if err := pause(ctx, v.wait); err != nil {
		return figures{}, err
	}
	before, err := p.results(ctx)
	if err != nil {
		return figures{}, err
	}
	end, begun := watch(p.cmd.Process.Pid), time.Now()
	for {
		if err := pause(ctx, v.every); err != nil {
			return figures{}, err
		}
		now, err := p.results(ctx)
		if err != nil {
			return figures{}, err
		}
		if v.enough(now-before, time.Since(begun)) {
			return end(now - before)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// results is the number of ok results of scheduled checks; any other is an error.
func (p *product) results(ctx context.Context) (good int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), "opsbot_results_total{status=")
		if !ok {
			continue
		}
		status, number, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseFloat(number, 64)
		switch {
		case err != nil:
			return 0, err
		case status == `"ok"}`:
			good = int(n)
		case n > 0:
			return 0, fmt.Errorf("%v results are %s: %s", n, status, p.incidents(ctx))
		}
	}
	return good, lines.Err()
}

// incidents is what the product says is wrong, for an error.
func (p *product) incidents(ctx context.Context) string {
	cmd := exec.CommandContext(ctx, binary, "status", "--socket", filepath.Join(p.dir, "opsbot.sock")) //nolint:gosec // a constant, and our own file
	out, _ := cmd.CombinedOutput()
	return string(out[:min(len(out), 2000)])
}
