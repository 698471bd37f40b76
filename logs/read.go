package logs

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ssh"
)

// text is what was read of a source: pieces, each in the order of its lines, the newest of a file last.
type text struct {
	pieces []string
	cut    bool // a limit stopped the reading
}

// file is one that matches a pattern.
type file struct {
	name    string
	size    int64
	changed time.Time
}

func (f *file) packed() bool { return strings.HasSuffix(f.name, ".gz") }

// place is where files are and commands run. Its errors are failures, or *ssh.Error. All of its calls end with ctx.
type place interface {
	list(ctx context.Context, patterns []string) ([]file, error)
	// read returns up to n bytes from an offset on; with an error those read before it.
	read(ctx context.Context, name string, from int64, n int) ([]byte, error)
	// unpack returns the last n decompressed bytes of a .gz; with an error those before it.
	unpack(ctx context.Context, name string, n int) ([]byte, error)
	// run returns the last n bytes of a command's stdout and stderr; with an error too.
	run(ctx context.Context, args []string, n int) ([]byte, error)
}

func reasonOf(err error) model.Reason {
	if f, ok := errors.AsType[failure](err); ok {
		return f.reason
	}
	if e, ok := errors.AsType[*ssh.Error](err); ok {
		return e.Reason
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return model.NewReason(model.ReasonCancelled)
	}
	return model.Reason{}
}

// read reads what is requested of a source. With an error it returns what was read before it.
func (r *Reader) read(ctx context.Context, host model.Host, s *Source, w *want) (text, error) {
	var where place = r.here
	patterns := s.Files
	if s.Local {
		patterns = withHost(s.Files, host.Name)
	} else {
		if r.o.Remote == nil {
			return text{}, failed(model.ReasonLogsUnread, "path", s.path(), "said", "no SSH is configured")
		}
		where = &remote{runner: r.o.Remote, host: ssh.Target{Name: host.Name, Address: host.Address}}
	}
	switch {
	case s.Unit != "":
		return journal(ctx, where, s.Unit, w)
	case len(s.Command) > 0:
		data, err := where.run(ctx, s.Command, w.bytes)
		return text{pieces: []string{string(data)}, cut: len(data) >= w.bytes}, err
	default:
		return readFiles(ctx, where, patterns, w)
	}
}

// withHost inserts a host's name into patterns. Pattern characters in it are literal; a name that leads elsewhere matches
// nothing.
func withHost(patterns []string, host string) []string {
	if host == "." || host == ".." || strings.ContainsAny(host, "/\x00") {
		host = "_"
	}
	host = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(host)
	out := make([]string, len(patterns))
	for i, p := range patterns {
		out[i] = strings.ReplaceAll(p, "{host}", host)
	}
	return out
}

// maxJournal bounds the lines read of the journal.
const maxJournal = 5000

// journal reads a unit's lines of a span.
func journal(ctx context.Context, where place, unit string, w *want) (text, error) {
	most := maxJournal
	if w.from.IsZero() && w.grep == "" {
		most = w.last
	}
	args := []string{"journalctl", "--no-pager", "--output=short-iso-precise", "--unit=" + unit, "--lines=" + strconv.Itoa(most)}
	if !w.from.IsZero() {
		args = append(args, "--since=@"+strconv.FormatInt(w.from.Unix(), 10))
	}
	if w.past {
		args = append(args, "--until=@"+strconv.FormatInt(w.to.Unix()+1, 10))
	}
	data, err := where.run(ctx, args, w.bytes)
	return text{pieces: []string{string(data)}, cut: len(data) >= w.bytes || bytes.Count(data, []byte("\n")) >= maxJournal}, err
}

// maxFamilies bounds how many logs a pattern may match: each with its rotated files.
const maxFamilies = 16

// readFiles reads the files that match patterns: of each log, the file and its rotated files, from the newest end back.
func readFiles(ctx context.Context, where place, patterns []string, w *want) (text, error) {
	files, err := where.list(ctx, patterns)
	if err != nil {
		return text{}, err
	}
	if len(files) == 0 {
		return text{}, failed(model.ReasonLogsNoFile, "path", strings.Join(patterns, ", "))
	}
	families := familiesOf(files)
	var t text
	if most := max(1, min(maxFamilies, w.bytes/leastRoom)); len(families) > most {
		families, t.cut = families[:most], true
	}
	room := w.bytes / len(families)
	var first error
	for _, family := range families {
		pieces, cut, err := readFamily(ctx, where, family, w, room)
		t.pieces, t.cut = append(t.pieces, pieces...), t.cut || cut
		if err != nil && first == nil {
			first = err
		}
	}
	return t, first
}

// clockSlack is how far the clock of a host may be off: its files are not treated as older than they are, nor its lines as
// later than now.
const clockSlack = time.Minute

// maxRotated bounds how many files of one log are opened.
const maxRotated = 10

// readFamily reads files of one log, newest first, until everything requested is read.
func readFamily(ctx context.Context, where place, family []file, w *want, room int) (pieces []string, cut bool, err error) {
	lines := 0
	for i := range family {
		f := &family[i]
		if !w.from.IsZero() && f.changed.Before(w.from.Add(-clockSlack)) {
			return pieces, false, nil // everything in it is too old
		}
		if room < leastRoom || i == maxRotated {
			return pieces, true, nil
		}
		piece, reached, err := readFile(ctx, where, f, w, room)
		pieces = append([]string{piece}, pieces...)
		if err != nil {
			return pieces, cut, err
		}
		room -= len(piece)
		lines += strings.Count(piece, "\n")
		cut = !reached
		if reached && !w.from.IsZero() && before(piece, w) || !reached {
			return pieces, cut, nil
		}
		if w.from.IsZero() && w.grep == "" && lines >= w.last {
			return pieces, false, nil
		}
	}
	return pieces, cut, nil
}

// The sizes of reading, in bytes.
const (
	firstChunk = 256 << 10
	nextChunk  = 1 << 20
	leastRoom  = 16 << 10
	probeChunk = 32 << 10
)

// readFile reads a file from its end back, until a line before the span, or its beginning, or the limit: then reached is
// false.
func readFile(ctx context.Context, where place, f *file, w *want, room int) (piece string, reached bool, err error) {
	if f.packed() {
		if f.size > maxPacked {
			return "", false, nil
		}
		data, err := where.unpack(ctx, f.name, room)
		return string(data), len(data) < room, err
	}
	chunk := min(firstChunk, room)
	enough := func(piece string) bool {
		if w.from.IsZero() {
			return w.grep == "" && strings.Count(piece, "\n") > w.last
		}
		return before(piece, w)
	}
	var all []byte
	sought := !w.past
	for start := f.size; start > 0 && room > 0; chunk = min(nextChunk, room) {
		n := int(min(int64(chunk), start))
		data, err := where.read(ctx, f.name, start-int64(n), n)
		if err != nil { // what was read before the error ends anywhere, not where the rest begins
			data = data[:bytes.LastIndexByte(data, '\n')+1]
			return whole(data, start > int64(n)) + whole(all, start > 0), false, err
		}
		if i := w.later(data); !sought && start > int64(n) && i >= 0 { // all of it is later than the span
			sought = true
			if start, err = seek(ctx, where, f, w, start-int64(n), i, int64(room)); err != nil {
				return "", false, err
			}
			continue
		}
		sought = true
		all = append(data, all...)
		room -= n
		if start -= int64(n); start == 0 || enough(whole(all, true)) {
			return whole(all, start > 0), true, nil
		}
	}
	return whole(all, true), f.size == 0, nil
}

// maxPacked bounds a .gz that is opened, in bytes: all of it must be decompressed to see its end.
const maxPacked = 64 << 20

// whole returns the complete lines of what was read; begun: it may begin within one.
func whole(data []byte, begun bool) string {
	if begun {
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			data = data[i+1:]
		}
	}
	return string(data)
}

// before reports whether lines reach back before the span.
func before(piece string, w *want) bool {
	at, ok := w.clock.first(piece)
	return ok && at.Before(w.from)
}

// later is where the first line with a time begins in what was read, if it is later than the span; else -1. A possibly partial
// line does not count.
func (w *want) later(data []byte) int {
	at := bytes.IndexByte(data, '\n') + 1
	for line := range bytes.Lines(data[at:]) {
		if when, ok := w.clock.stamp(string(line[:min(len(line), maxLine)])); ok {
			if w.isAfter(when) {
				return at
			}
			return -1
		}
		at += len(line)
	}
	return -1
}

// seek finds by bisection an offset a little after which all lines are later than the span: near enough that the lines before
// it are within the limit. At high, and lead bytes on, is a line that is later.
func seek(ctx context.Context, where place, f *file, w *want, high int64, lead int, room int64) (int64, error) {
	low, end := int64(0), high+int64(lead)
	for high-low > min(firstChunk, room/4) {
		middle := low + (high-low)/2
		data, err := where.read(ctx, f.name, middle, probeChunk)
		if err != nil {
			return 0, err
		}
		if i := w.later(data); i >= 0 {
			high, end = middle, middle+int64(i)
		} else {
			low = middle
		}
	}
	return end, nil
}
