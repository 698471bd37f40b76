package logs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"opsbot/model"
)

// local is this machine. It is safe for concurrent use.
type local struct{ hands chan struct{} } // reads in progress; a file system that hangs keeps its slot

// maxHands bounds concurrent reads, and so how many may hang.
const maxHands = 16

func newLocal() *local { return &local{hands: make(chan struct{}, maxHands)} }

// apart calls something that may hang for ever, as on a dead network file system, and abandons it when ctx ends.
func apart[T any](ctx context.Context, l *local, path string, do func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	var none T
	select {
	case l.hands <- struct{}{}:
	default:
		select {
		case l.hands <- struct{}{}:
		case <-ctx.Done():
			return none, failed(model.ReasonLogsBusy, "path", path)
		}
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-l.hands }()
		value, err := do()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, said(path, o.err)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// said turns an error of a file into a failure.
func said(path string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return failed(model.ReasonLogsUnread, "path", path, "said", err.Error())
}

// list implements place.
func (l *local) list(ctx context.Context, patterns []string) ([]file, error) {
	return apart(ctx, l, strings.Join(patterns, ", "), func() ([]file, error) {
		var found []file
		for _, pattern := range patterns {
			names, err := filepath.Glob(pattern)
			if err != nil {
				return nil, err
			}
			for _, name := range names[:min(len(names), maxListed)] {
				info, err := os.Stat(name)
				if err == nil && info.Mode().IsRegular() {
					found = append(found, file{name, info.Size(), info.ModTime()})
				}
			}
		}
		return found, nil
	})
}

// maxListed bounds the files that match a pattern.
const maxListed = 1000

// read implements place.
func (l *local) read(ctx context.Context, name string, from int64, n int) ([]byte, error) {
	return apart(ctx, l, name, func() (data []byte, err error) {
		f, err := os.Open(name) //nolint:gosec // what the configuration names is what is read
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		return io.ReadAll(io.NewSectionReader(f, from, int64(n)))
	})
}

// unpack implements place.
func (l *local) unpack(ctx context.Context, f *file, p *packing, n int) ([]byte, error) {
	return apart(ctx, l, f.name, func() (data []byte, err error) {
		in, err := os.Open(f.name)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, in.Close()) }()
		return unpackHere(ctx, p, in, n)
	})
}

// whileOf reads until ctx ends.
type whileOf struct {
	ctx context.Context //nolint:containedctx // it lives as long as one read
	r   io.Reader
}

// Read implements io.Reader.
func (w whileOf) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(b)
}

// waitPipes is how long to wait for the pipes of a killed command: a child of it may hold them.
const waitPipes = time.Second

// run implements place.
func (l *local) run(ctx context.Context, args []string, n int) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // what the configuration names is what is run
	out := &tail{room: n}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, out, waitPipes // one writer: they are written one after the other
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}       // its children are killed with it
	// As in checks/plugin.go: the two rooms share no package that starts commands on this machine, and these are two lines.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return out.last(), ctx.Err()
	case err != nil:
		return out.last(), failed(model.ReasonLogsUnread, "path", args[0], "said", firstOf(out.last(), err.Error()))
	}
	return out.last(), nil
}

// firstOf is the first line of a text, or otherwise.
func firstOf(text []byte, otherwise string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if line == "" {
		return otherwise
	}
	return line
}

// tail keeps the end of what is written, in at most twice its limit.
type tail struct {
	room int
	kept []byte
}

// Write implements io.Writer.
func (t *tail) Write(data []byte) (int, error) {
	n := len(data)
	if len(data) > t.room {
		data = data[len(data)-t.room:]
	}
	if len(t.kept)+len(data) > 2*t.room {
		t.kept = append(t.kept[:0], t.last()...)
	}
	t.kept = append(t.kept, data...)
	return n, nil
}

func (t *tail) last() []byte {
	return bytes.Clone(t.kept[max(0, len(t.kept)-t.room):])
}
