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
	pieces []piece
	cut    bool // a limit stopped the reading
	notes  []model.Reason
}

// piece is what was read of a log and its rotated files, decoded.
type piece struct {
	text  string
	begun bool // it begins within a file: the lines above were not read
}

// file is one that matches a pattern.
type file struct {
	name    string
	size    int64
	changed time.Time
}

// place is where files are and commands run. Its errors are failures, or *ssh.Error. All of its calls end with ctx.
type place interface {
	list(ctx context.Context, patterns []string) ([]file, error)
	// read returns up to n bytes from an offset on; with an error those read before it.
	read(ctx context.Context, name string, from int64, n int) ([]byte, error)
	// unpack returns the last n decompressed bytes of a file; with an error those before it.
	unpack(ctx context.Context, f *file, p *packing, n int) ([]byte, error)
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
		return text{pieces: []piece{{w.decode(data), len(data) >= w.bytes}}, cut: len(data) >= w.bytes}, err
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
	return text{pieces: []piece{{w.decode(data), true}}, cut: len(data) >= w.bytes || bytes.Count(data, []byte("\n")) >= maxJournal}, err
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
		r := &familyReading{where: where, w: w, room: room}
		err := r.read(ctx, family)
		t.pieces, t.cut, t.notes = append(t.pieces, r.pieces...), t.cut || r.cut, append(t.notes, r.notes...)
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

// familyReading is the reading of one log and its rotated files.
type familyReading struct {
	where  place
	w      *want
	room   int // bytes left
	pieces []piece
	cut    bool
	notes  []model.Reason
	lines  int
}

// read reads files, newest first, until everything requested is read.
func (r *familyReading) read(ctx context.Context, family []file) error {
	for i := range family {
		f := &family[i]
		if !r.w.from.IsZero() && f.changed.Before(r.w.from.Add(-clockSlack)) {
			r.cut = false // everything in it is too old
			return nil
		}
		if r.room < leastRoom || i == maxRotated {
			r.cut = true
			return nil
		}
		more, err := r.file(ctx, f)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// file reads one, and reports whether older ones are wanted.
func (r *familyReading) file(ctx context.Context, f *file) (more bool, err error) {
	if p := packingOf(f.name); p != nil && p.open == nil {
		r.notes = append(r.notes, model.NewReason(model.ReasonLogsPacked, "path", f.name))
		return true, nil
	}
	b := &backward{where: r.where, w: r.w, f: f, room: r.room}
	reached, err := b.read(ctx)
	raw := b.raw()
	if strange := strangeIn(raw, b.charset, b.whole()); strange != "" && err == nil {
		r.notes = append(r.notes, model.NewReason(strange, "path", f.name))
		return true, nil
	}
	r.put(piece{r.w.decodeAs(raw, b.charset), !b.whole()})
	if err != nil {
		return false, err
	}
	r.room -= len(raw)
	r.lines += bytes.Count(raw, []byte("\n"))
	r.cut = !reached
	switch {
	case !reached:
		return false, nil
	case !r.w.from.IsZero():
		return !b.before(raw), nil
	default:
		return r.w.grep != "" || r.lines < r.w.last, nil
	}
}

// put adds what was read of an older file before the others: where the newer one was read from its beginning, they are one text, since a
// message may go on from one to the other.
func (r *familyReading) put(older piece) {
	if len(r.pieces) > 0 && !r.pieces[0].begun && (older.text == "" || strings.HasSuffix(older.text, "\n")) {
		r.pieces[0] = piece{older.text + r.pieces[0].text, older.begun}
		return
	}
	r.pieces = append([]piece{older}, r.pieces...)
}
