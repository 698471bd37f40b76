package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"opsbot/test/terminal"
)

// patience bounds every wait: far beyond what a slow machine takes.
const patience = time.Minute

// asOpsbot has this binary be opsbot, whole and in a process of its own: main is all that runs. asStranger has it give up all rights, and run the
// command lines that it reads.
const (
	asOpsbot   = "OPSBOT_TEST_MAIN"
	asStranger = "OPSBOT_TEST_STRANGER"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asOpsbot) != "":
		main()
	case os.Getenv(asStranger) != "":
		os.Exit(runAsStranger(os.Stdin, os.Stdout))
	default:
		os.Exit(m.Run())
	}
}

// stranger is the user that owns nothing.
const stranger = 65534

// becomeStranger gives up root's rights. Who has none is none.
func becomeStranger() error {
	if os.Geteuid() != 0 {
		return nil
	}
	return errors.Join(syscall.Setgroups(nil), syscall.Setgid(stranger), syscall.Setuid(stranger))
}

// outcome is how a command line ended, as one process tells it another.
type outcome struct {
	Code        int
	Out, ErrOut string
}

func runAsStranger(in io.Reader, out io.Writer) int {
	var lines [][]string
	if err := errors.Join(json.NewDecoder(in).Decode(&lines), becomeStranger()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	all := make([]outcome, len(lines))
	for i, line := range lines {
		var o, e strings.Builder
		all[i] = outcome{run(context.Background(), line, &o, &e), o.String(), e.String()}
	}
	if err := json.NewEncoder(out).Encode(all); err != nil {
		return 1
	}
	return 0
}

// asStrangerRuns runs command lines as somebody who owns nothing.
func asStrangerRuns(t *testing.T, lines [][]string) []outcome {
	t.Helper()
	asked, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	cmd := opsbot(t.Context(), nil)
	cmd.Env = append(slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, asOpsbot) }), asStranger+"=1")
	cmd.Stdin = bytes.NewReader(asked)
	answer, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []outcome
	if err := json.Unmarshal(answer, &all); err != nil || len(all) != len(lines) {
		t.Fatalf("%d answers: %v", len(all), err)
	}
	return all
}

// opsbot is a command line of the program, in English unless the environment says otherwise.
func opsbot(ctx context.Context, env []string, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "OPSBOT_") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG")
	})
	cmd.Env = append(append(cmd.Env, asOpsbot+"=1", "LC_ALL=C.UTF-8"), env...)
	return cmd
}

// ended is how a command line ended.
type ended struct {
	code        int
	out, errOut string
}

func (e ended) all() string { return e.out + e.errOut }

// finish runs a command line to its end; at a terminal it types the answer to its question.
func finish(t *testing.T, cmd *exec.Cmd, typed string) ended {
	t.Helper()
	if typed != "" {
		return typing(t, cmd, typed)
	}
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

func typing(t *testing.T, cmd *exec.Cmd, typed string) ended {
	t.Helper()
	at, err := terminal.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := at.Read(ctx, `\[y/N\] $`); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args[1:], err, at.Text())
	}
	if err := at.Type(typed); err != nil {
		t.Fatal(err)
	}
	code, err := at.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return ended{code, at.Text(), ""}
}

// screen is an output that a process writes and a test reads.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newScreen() *screen { return &screen{changed: make(chan struct{})} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// wait waits until the output has a text.
func (s *screen) wait(t *testing.T, want string) {
	t.Helper()
	for late := time.After(patience); ; {
		s.mu.Lock()
		changed, there := s.changed, strings.Contains(s.text.String(), want)
		s.mu.Unlock()
		if there {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("it never said %q:\n%s", want, s)
		}
	}
}

// running is opsbot that runs until it is ended.
type running struct {
	cmd  *exec.Cmd
	said *screen
}

// start starts a command line that goes on, and ends it with the test.
func start(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	r := &running{opsbot(context.WithoutCancel(t.Context()), env, args...), newScreen()}
	r.cmd.Stdout, r.cmd.Stderr = r.said, r.said
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			_ = r.cmd.Process.Kill() // it may have ended
			_ = r.cmd.Wait()
		}
	})
	return r
}

// stop ends it as a service manager does, and returns its exit code.
func (r *running) stop(t *testing.T) int {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("%v\n%s", err, r.said)
	}
	_ = r.cmd.Wait() // the exit code says it
	return r.cmd.ProcessState.ExitCode()
}
