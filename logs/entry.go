package logs

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"opsbot/logs/record"
	"opsbot/logs/times"
	"opsbot/model"
)

// The limits of an excerpt.
const (
	maxShown   = 600      // runes of a line in an excerpt
	maxFollow  = 20       // further lines of a message that are kept; the others are counted
	maxEntries = 20_000   // the newest that match
	maxText    = 64 << 10 // bytes of an excerpt's lines, and as many more if more lines are requested:
	perLine    = 512
	timeless   = 50 // lines of a log without any time
)

// entry is a line with its continuation lines.
type entry struct {
	record.Record
	more      int  // continuation lines
	traceback bool // the next line that is not indented ends it
}

// follow adds a continuation line.
func (e *entry) follow(text string) {
	e.traceback = e.traceback && strings.HasPrefix(text, " ") || strings.HasPrefix(text, tracebackMark)
	if e.more++; e.more <= maxFollow {
		e.Shown += "\n" + text
	}
}

// tracebackMark begins a stack trace of Python, which ends with a line that is not indented.
const tracebackMark = "Traceback (most recent call last)"

// thrown is the line that ends a stack trace of Python: the exception, and what it says.
var thrown = regexp.MustCompile(`^[A-Za-z_][\w.]*(?:: |$)`)

// reading are the entries of one file while its lines are read.
type reading struct {
	w     *want
	found []entry
	last  *entry    // the line above; nil if there is none
	above time.Time // of the line above

	lines, without int       // lines, and those of them that have no time and are no continuation
	early          int       // of found: before the first time
	first, newest  time.Time // of the first and the last line with a time
	timed          bool
}

// parser returns a parser for the lines of a file.
func (w *want) parser(piece string) *record.Parser {
	p := &record.Parser{Times: times.Reader{Zone: w.zone, Now: w.now}, Plain: w.plain}
	p.Learn(piece)
	return p
}

// entries returns the lines of a piece within the span, oldest first. A line without a time has that of the line above; further lines of a
// message belong to it. begun: the piece begins within a file, so that lines before its first time belong to what was not read.
func (w *want) entries(piece string, begun bool) *reading {
	r := &reading{w: w}
	p := w.parser(piece)
	for line := range strings.Lines(piece) {
		if isNote(line) {
			continue
		}
		if rec, ok := p.Parse(line); ok {
			r.add(&rec)
		}
	}
	for _, rec := range p.Rest() {
		r.add(&rec)
	}
	r.finish(begun)
	return r
}

// add adds a line.
func (r *reading) add(rec *record.Record) {
	r.lines++
	timed := !rec.At.IsZero()
	if r.last != nil && r.last.belongs(rec, timed) {
		r.last.follow(rec.Inner)
		return
	}
	switch {
	case timed:
		if !r.timed {
			r.timed, r.first = true, rec.At
		}
		r.above, r.newest = rec.At, rec.At
	default:
		r.without++
		rec.At = r.above
	}
	if r.timed && (rec.At.Before(r.w.from) || r.w.isAfter(rec.At)) {
		r.last = &entry{Record: record.Record{Level: rec.Level, Stream: rec.Stream}} // what continues it is left out with it
		return
	}
	if !r.timed {
		r.early++
	}
	r.found = append(r.found, entry{Record: *rec, traceback: strings.HasPrefix(rec.Text, tracebackMark)})
	r.last = &r.found[len(r.found)-1]
}

// belongs reports whether a line goes on with the message of an entry: it looks so, or has no time and follows an error, whose details come
// after it. What is a request, or says its own level, is a line of its own.
func (e *entry) belongs(rec *record.Record, timed bool) bool {
	switch {
	case e.Stream != rec.Stream:
		return false
	case rec.Continues, e.traceback && !strings.HasPrefix(rec.Text, tracebackMark) && (!timed || thrown.MatchString(rec.Text)):
		return true
	case timed || rec.Request:
		return false
	default:
		return e.Level == record.Error && rec.Level != record.Warning && e.more < maxFollow
	}
}

// finish decides on lines before the first time: those of a file's beginning have the time of the next line.
func (r *reading) finish(begun bool) {
	if !r.timed || r.early == 0 {
		return
	}
	if begun {
		r.found, r.without = r.found[r.early:], r.without-r.early
		return
	}
	first := r.first
	if first.Before(r.w.from) || r.w.isAfter(first) {
		r.found = r.found[r.early:]
		return
	}
	for i := range r.early {
		r.found[i].At = first
	}
}

// isAfter reports whether a time is after the span.
func (w *want) isAfter(at time.Time) bool { return !w.to.IsZero() && at.After(w.to) }

// ahead is by how much a log's time is ahead of our clock, if that puts its lines out of the span; else 0.
func (w *want) ahead(newest time.Time) time.Duration {
	if by := newest.Sub(w.now); by > clockSlack && w.isAfter(newest) {
		return by
	}
	return 0
}

// isNote reports whether a line is journalctl's own: "-- No entries --", "-- Boot 1a2b… --".
func isNote(line string) bool {
	return strings.HasPrefix(line, "-- ") && strings.HasSuffix(strings.TrimRight(line, "\r\n"), " --")
}

// shown is an entry's text, with how many of its lines were left out.
func (e *entry) shown() string {
	if e.more > maxFollow {
		return e.Shown + "\n… (+" + strconv.Itoa(e.more-maxFollow) + ")"
	}
	return e.Shown
}

// newest returns the last lines that fit.
func newest(all []entry, most int) []string {
	var lines []string
	room := max(maxText, most*perLine)
	for i := len(all) - 1; i >= 0 && len(lines) < most; i-- {
		line := model.ClipLines(clean(all[i].shown()), maxShown)
		if room -= len(line) + 1; room < 0 {
			break
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	return lines
}

// clean makes a machine's output safe to show: valid text, without direction changes and control characters except line ends.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069', unicode.IsControl(r), r == '\ufeff', r == '\u2028', r == '\u2029':
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(s, "\ufffd"))
}
