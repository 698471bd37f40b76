package checks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"opsbot/model"
)

// The maximum size of a file of addresses, or of another program's settings.
const (
	maxTargetFile = 1 << 20 // bytes
	maxMembers    = 10_000
)

// source returns the current members in a file: a file of this size is read faster than a change could be detected
// reliably. It is safe for concurrent use.
type source struct {
	load      func() ([]string, *finding)
	path      string
	semaphore chan struct{} // held by the current reader

	mu   sync.Mutex
	last []string // last members read without an error
}

func newSource(load func() ([]string, *finding), path string) *source {
	return &source{load: load, path: path, semaphore: make(chan struct{}, 1)}
}

type loaded struct {
	members []string
	failed  *finding
}

// read returns the members; if that fails, the last good ones beside the reason. A read from a hung file system is
// abandoned, as in kind disk.
func (s *source) read(ctx context.Context) ([]string, *finding) {
	hangs := unknown(model.ReasonTargetsFile, "file", s.path, "said", "the file system does not answer")
	select {
	case s.semaphore <- struct{}{}:
	case <-ctx.Done():
		return s.kept(), hangs
	}
	answer := make(chan loaded, 1)
	go func() {
		defer func() { <-s.semaphore }()
		answer <- s.loadSafely()
	}()
	select {
	case l := <-answer:
		return s.keep(l)
	case <-ctx.Done():
		return s.kept(), hangs
	}
}

// members is read for a group.
func (s *source) members(ctx context.Context) ([]member, *finding) {
	addresses, failed := s.read(ctx)
	return named(addresses), failed
}

// loadSafely survives a parser that panics: the engine's recover is in another goroutine.
func (s *source) loadSafely() (l loaded) {
	defer func() {
		if p := recover(); p != nil {
			l = loaded{failed: unknown(model.ReasonTargetsFile, "file", s.path, "said", "the parser gave up")}
		}
	}()
	l.members, l.failed = s.load()
	return l
}

func (s *source) keep(l loaded) ([]string, *finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.failed == nil {
		s.last = l.members
	}
	return s.last, l.failed
}

func (s *source) kept() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// readTarget reads a whole file. Pipes and devices, which may never end, are refused.
func readTarget(path string) ([]byte, *finding) {
	data, err := readRegular(path)
	if err == nil {
		return data, nil
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return nil, unknown(model.ReasonTargetsFile, "file", path, "said", err.Error())
}

func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path) //nolint:gosec // reading the file that was asked for is the point
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxTargetFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxTargetFile {
		return nil, errors.New("larger than 1 MiB")
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// readList reads the addresses of a file, one per line.
func readList(path string, t *Targets) ([]string, *finding) {
	data, failed := readTarget(path)
	if failed != nil {
		return nil, failed
	}
	return parseList(data, path, t)
}

// parseList parses one address per line; duplicates count once.
func parseList(data []byte, path string, t *Targets) ([]string, *finding) {
	var members []string
	seen := map[string]bool{}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		text, _, _ := strings.Cut(string(line), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		m, why := t.member(text)
		if why != nil || len(members) == maxMembers {
			return nil, unknown(model.ReasonTargetsLine, "file", path, "line", strconv.Itoa(n))
		}
		if !seen[m] {
			seen[m] = true
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return nil, unknown(model.ReasonTargetsEmpty, "file", path)
	}
	return slices.Clip(members), nil
}
