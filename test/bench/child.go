package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// figures are a child's measurements of itself.
type figures struct {
	Checks  int           // runs while it was measured
	CPU     time.Duration // user and system
	Wall    time.Duration
	Peak    int // KiB of peak memory, since the start of the process
	Written int // bytes written to the disk

	Latest, Fullest float64 // of a schedule: the last start of a slot, and the share of its fullest tenth, as parts of its splay and starts
}

func (f figures) cpuPerCheck() float64 { return float64(f.CPU) / float64(f.Checks) }
func (f figures) rate() float64        { return float64(f.Checks) / f.Wall.Seconds() }
func (f figures) absolute() string {
	return fmt.Sprintf("%.0f µs a check, %.0f checks/s", f.cpuPerCheck()/1e3, f.rate())
}

// watch begins to measure a process; its result ends it. checks is how many were run meanwhile.
func watch(pid int) func(checks int) (figures, error) {
	begun, cpu, disk := time.Now(), used(pid), written(pid)
	return func(checks int) (figures, error) {
		f := figures{Checks: checks, CPU: used(pid) - cpu, Wall: time.Since(begun), Written: written(pid) - disk}
		var err error
		f.Peak, err = procField(pid, "status", "VmHWM:")
		return f, err
	}
}

// hz is the unit of times in /proc, on every Linux.
const hz = 100

// used is the processor time of a process: this one's to the microsecond, another's to 10 ms.
func used(pid int) time.Duration {
	if pid == os.Getpid() {
		var u syscall.Rusage
		if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
			return 0
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ") // after the name, which may contain anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / hz
}

func written(pid int) int {
	n, _ := procField(pid, "io", "write_bytes:") // 0 if the kernel does not count
	return n
}

// procField reads the number after a name.
func procField(pid int, file, name string) (int, error) {
	path := fmt.Sprintf("/proc/%d/%s", pid, file)
	data, err := os.ReadFile(path) //nolint:gosec // of a process that we measure
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, name)
}

// play runs a child: in the role of the first word; it prints its figures. The servers print their addresses and run
// until in ends.
func play(ctx context.Context, words []string, in io.Reader, out io.Writer) error {
	if words[0] == "serve" {
		return serve(in, out)
	}
	if words[0] == "turns" {
		s, err := readScript(words[1:])
		if err != nil {
			return err
		}
		return takeTurns(s, in, out)
	}
	parts := map[string]func(context.Context, script) (figures, error){
		"engine": playEngine, "bare": playBare, "paced": playEvenly, "hung": playHung, "logs": playLogs,
		"schedule": playSchedule, "storm": playStorm,
	}
	part := parts[words[0]]
	s, err := readScript(words[1:])
	if part == nil || err != nil {
		return fmt.Errorf("play %v: %w", words, err)
	}
	if path := os.Getenv(profile); path != "" {
		stop, err := profiled(path + "." + words[0])
		if err != nil {
			return err
		}
		defer stop()
	}
	f, err := part(ctx, s)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(f)
}

// profile is the environment variable that makes each child write a CPU profile, to this path and its role.
const profile = "OPSBOT_BENCH_PROFILE"

func profiled(path string) (stop func(), err error) {
	f, err := os.Create(path) //nolint:gosec // named by the user
	if err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, pprof.StartCPUProfile(f)
}

// script is the parameters of a child.
type script struct {
	N      int    // checks
	Rounds int    // of all of them, or seconds at a fixed pace
	Shape  string // of the servers: "plain", or the shape of their chains; of logs the file
	Port   string // of a server that answers
	Hang   string // port of one that does not
}

func (s script) words() string {
	return fmt.Sprintf("%d %d %s %s %s", s.N, s.Rounds, s.Shape, s.Port, s.Hang)
}

func readScript(words []string) (s script, err error) {
	_, err = fmt.Sscan(strings.Join(words, " "), &s.N, &s.Rounds, &s.Shape, &s.Port, &s.Hang)
	return s, err
}

func (s script) secure() bool { return s.Shape != plain }

// plain is the shape of servers without TLS.
const plain = "plain"

// child runs this program in a role and returns what it measured.
func child(ctx context.Context, part string, s script) (f figures, err error) {
	cmd := self(ctx, part+" "+s.words())
	data, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		return f, fmt.Errorf("measure %s %+v: %w", part, s, err)
	}
	return f, nil
}

func self(ctx context.Context, as string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), role+"="+as)
	cmd.Stderr = os.Stderr
	return cmd
}

// world is the target servers.
type world struct {
	served
	cmd *exec.Cmd
	in  io.Closer
}

func newWorld(ctx context.Context) (*world, error) {
	w := &world{cmd: self(ctx, "serve")}
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.in = in
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	if err := json.NewDecoder(out).Decode(&w.served); err != nil {
		w.close()
		return nil, fmt.Errorf("start the servers: %w", err)
	}
	return w, nil
}

func (w *world) script(n, rounds int) script { return w.over(plain, n, rounds) }

// over is a script against servers of a shape.
func (w *world) over(shape string, n, rounds int) script {
	return script{N: n, Rounds: rounds, Shape: shape, Port: w.Ports[shape], Hang: w.Ports["hang"]}
}

func (w *world) close() {
	_ = w.in.Close() // that ends it
	_ = w.cmd.Wait()
	_ = os.Remove(w.Roots)
}
