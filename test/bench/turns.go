package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// The pairs of a comparison: the product runs for a while, then stands still while the lean client sweeps once. What else the machine does
// meanwhile meets both.
const (
	leastPairs = 7
	pairEvery  = 3 * time.Second // standing still for over 10 s would be noticed by the schedule
)

// takeTurns is the lean client, which sweeps once for each line that it reads, and prints the figures.
func takeTurns(s script, in io.Reader, out io.Writer) error {
	all := make([]netip.AddrPort, s.N)
	for i, a := range addresses(s.N, s.Port) {
		all[i] = netip.MustParseAddrPort(a)
	}
	workers := newLeanWorkers(s)
	if err := leanSweep(workers, all); err != nil { // the servers make their certificates
		return err
	}
	report := json.NewEncoder(out)
	if err := report.Encode(figures{}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		end := watch(os.Getpid())
		if err := leanSweep(workers, all); err != nil {
			return err
		}
		f, err := end(s.N)
		if err != nil {
			return err
		}
		if err := report.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// leanClient is such a child.
type leanClient struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	figures *json.Decoder
}

func startLean(ctx context.Context, s script) (*leanClient, error) {
	l := &leanClient{cmd: self(ctx, "turns "+s.words())}
	var err error
	if l.in, err = l.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	l.figures = json.NewDecoder(out)
	if err := l.figures.Decode(&figures{}); err != nil {
		l.close()
		return nil, fmt.Errorf("start the lean client: %w", err)
	}
	return l, nil
}

func (l *leanClient) close() {
	_ = l.in.Close()
	_ = l.cmd.Wait()
}

// sweep has it sweep once.
func (l *leanClient) sweep() (f figures, err error) {
	if _, err := io.WriteString(l.in, "\n"); err != nil {
		return f, err
	}
	return f, l.figures.Decode(&f)
}

// pairs are the figures of a product beside those of the lean client.
type pairs struct {
	ratios []float64 // of the processor time for each check
	own    figures   // of the product, in all its turns
}

// comparePairs runs product and lean client turn by turn, until the product has swept for all rounds of the script.
func comparePairs(ctx context.Context, s script, roots string) (all pairs, err error) {
	lean, err := startLean(ctx, s)
	if err != nil {
		return all, err
	}
	defer lean.close()
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return all, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p := &product{dir: dir, contains: true, roots: roots, service: patient}
	if err := p.start(ctx, s, "@every 1s"); err != nil {
		return all, err
	}
	err = p.firstRound(ctx, 2*s.N) // by then each has run, and its chain is known
	for begun := time.Now(); err == nil && (len(all.ratios) < leastPairs || all.own.Checks < s.N*s.Rounds && time.Since(begun) < sweepBound); {
		err = p.pair(ctx, lean, &all)
	}
	if stopped := p.stop(); err == nil {
		err = stopped
	}
	return all, err
}

// patient has a check wait while the product stands still.
const patient = "timeout = \"10m\"\n"

// pair is one turn of each.
func (p *product) pair(ctx context.Context, lean *leanClient, all *pairs) error {
	f, err := p.measure(ctx, visit{every: pairEvery, enough: func(int, time.Duration) bool { return true }})
	if err != nil {
		return err
	}
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	beside, err := lean.sweep()
	if goesOn := p.cmd.Process.Signal(syscall.SIGCONT); err == nil {
		err = goesOn
	}
	if err != nil {
		return err
	}
	all.ratios = append(all.ratios, f.cpuPerCheck()/beside.cpuPerCheck())
	all.own.Checks, all.own.CPU, all.own.Wall, all.own.Peak = all.own.Checks+f.Checks, all.own.CPU+f.CPU, all.own.Wall+f.Wall, f.Peak
	return nil
}

// absolute is the product's own time, and how far the pairs differ.
func (p *pairs) absolute() string {
	return fmt.Sprintf("%s; %d pairs, %.2f to %.2f", p.own.absolute(), len(p.ratios), slices.Min(p.ratios), slices.Max(p.ratios))
}
