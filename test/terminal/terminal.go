// Package terminal is a terminal for tests: a program runs at it as it does for a person, who reads what it asks and types an answer.
//
// It must not know what runs there.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// Terminal is a pseudo-terminal with a program at it. It is safe for concurrent use.
type Terminal struct {
	cmd    *exec.Cmd
	screen *os.File
	read   chan struct{} // closed when nothing more comes

	mu      sync.Mutex
	text    strings.Builder
	at      int // what was found so far ends here
	changed chan struct{}
}

// Start starts a program at a new terminal. Wait or Kill must follow.
func Start(cmd *exec.Cmd) (*Terminal, error) {
	screen, keyboard, err := open()
	if err != nil {
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = keyboard, keyboard, keyboard
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // so that Ctrl-C reaches it, and nobody else
	err = cmd.Start()
	if closed := keyboard.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, errors.Join(err, screen.Close())
	}
	t := &Terminal{cmd: cmd, screen: screen, read: make(chan struct{}), changed: make(chan struct{})}
	go t.follow()
	return t, nil
}

// The requests of ioctl_tty(2).
const (
	unlock = 0x40045431 // TIOCSPTLCK
	number = 0x80045430 // TIOCGPTN
)

func open() (screen, keyboard *os.File, err error) {
	screen, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	var n int32
	for _, request := range []uintptr{unlock, number} {
		raw, err := screen.SyscallConn()
		if err != nil {
			return nil, nil, errors.Join(err, screen.Close())
		}
		failed := syscall.Errno(0)
		err = raw.Control(func(fd uintptr) {
			_, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(&n)))
		})
		if err != nil || failed != 0 {
			return nil, nil, errors.Join(err, failed, screen.Close())
		}
	}
	keyboard, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, errors.Join(err, screen.Close())
	}
	return screen, keyboard, nil
}

// follow reads what is printed. The end of the program is an error of the read.
func (t *Terminal) follow() {
	defer close(t.read)
	for buf := make([]byte, 4096); ; {
		n, err := t.screen.Read(buf)
		t.mu.Lock()
		t.text.Write(buf[:n])
		close(t.changed)
		t.changed = make(chan struct{})
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Text is all that was printed so far, with what was typed, as the screen shows it.
func (t *Terminal) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ReplaceAll(t.text.String(), "\r\n", "\n")
}

// Read waits until something is printed that the pattern matches, after what was read before, and returns its groups.
func (t *Terminal) Read(ctx context.Context, pattern string) ([]string, error) {
	want := regexp.MustCompile(pattern)
	for over := false; ; {
		t.mu.Lock()
		rest, changed := t.text.String()[t.at:], t.changed
		if m := want.FindStringSubmatchIndex(rest); m != nil {
			t.at += m[1]
			t.mu.Unlock()
			return groups(rest, m), nil
		}
		t.mu.Unlock()
		if over {
			return nil, fmt.Errorf("it ended before it said %q", pattern)
		}
		select {
		case <-changed:
		case <-t.read:
			over = true
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for %q: %w", pattern, ctx.Err())
		}
	}
}

func groups(text string, m []int) []string {
	var all []string
	for i := 0; i < len(m); i += 2 {
		if m[i] < 0 {
			all = append(all, "")
			continue
		}
		all = append(all, text[m[i]:m[i+1]])
	}
	return all
}

// Type types a line and the return key.
func (t *Terminal) Type(line string) error { return t.keys(line + "\r") }

// Interrupt presses Ctrl-C.
func (t *Terminal) Interrupt() error { return t.keys("\x03") }

func (t *Terminal) keys(keys string) error {
	_, err := t.screen.WriteString(keys)
	return err
}

// Wait waits for the end of the program and returns its exit code.
func (t *Terminal) Wait() (int, error) {
	err := t.cmd.Wait()
	<-t.read
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		err = nil
	}
	return t.cmd.ProcessState.ExitCode(), errors.Join(err, t.screen.Close())
}

// Kill ends the program, if it still runs, and waits for it.
func (t *Terminal) Kill() {
	if t.cmd.ProcessState != nil {
		return
	}
	_ = t.cmd.Process.Kill() // it may have ended
	_, _ = t.Wait()
}
