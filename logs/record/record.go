// Package record turns a line of a log into what it says: its time, level, request and message. The stages are files: envelopes of others
// are opened (envelope.go), fields found (fields.go, json.go, logfmt.go), requests (access.go) and levels (level.go) recognized; each form
// is a row of a table. It knows lines alone: neither where they come from nor secrets, which whoever shows a line takes out.
package record

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"opsbot/logs/times"
)

// Level is how severe a line is by its own words.
type Level int

// The levels. Unknown is a line without a level.
const (
	Unknown Level = iota
	Debug
	Info
	Warning
	Error
)

// Record is a line that was understood.
type Record struct {
	At        time.Time // zero if the line has none
	Level     Level     // by the format's own field; Unknown if it has none
	Method    string
	Path      string // of a request, without its query
	Status    int    // of HTTP; 0 if the line has none
	Request   bool   // the line is a request; Text is not set
	Asked     string // path of the request that an error is about
	Text      string // the message, without time and host
	Shown     string // the line for people: envelopes opened, colours removed
	Inner     string // Shown without the time of an envelope: what a further line of a message adds
	Stream    string // of a container: stdout or stderr
	Continues bool   // it looks like a further line of the message before: a line of a stack trace
	decoded   bool   // Text was unescaped, so that Shown may not have it literally
}

// Decoded reports whether Text has what Shown has only escaped.
func (r *Record) Decoded() bool { return r.decoded }

// Parser parses the lines of one file, in their order. It is not safe for concurrent use.
type Parser struct {
	Times times.Reader
	Plain bool // lines are no requests

	statusAt int             // where the status of a request is, relative to it; 0 if that was not learned
	columns  []string        // of a W3C log
	parts    map[string]part // by stream
}

// part is the beginning of a line whose end did not come yet.
type part struct {
	text string
	at   time.Time
}

// maxJoined bounds a line that a container runtime wrote in parts, in bytes.
const maxJoined = 64 << 10

// Learn finds what only several lines say: the order of dates, where access lines have their status, the columns of a W3C log.
func (p *Parser) Learn(lines string) {
	p.Times.Learn(lines)
	p.learnColumns(lines)
	if !p.Plain {
		p.learnStatus(lines)
	}
}

// line is a line while it is parsed.
type line struct {
	Record
	text     string // what is left
	program  string
	severity Level // of an envelope: what is within knows better
	partial  bool  // the line goes on in the next of its stream
	syslog   bool  // the time is as syslog and the journal write it
	dressed  bool  // Shown must be made from At and text
	fields   fields
	stamp    times.Stamp // of text, if stamped
	stamped  bool
	cuts     int // times cut off
}

// Parse parses a line; false if it is a part of one that goes on, or says nothing.
func (p *Parser) Parse(raw string) (Record, bool) {
	l := line{text: bare(raw)}
	l.Shown = clip(l.text)
	p.open(&l)
	l.text = p.parts[l.Stream].text + l.text
	delete(p.parts, l.Stream)
	if l.partial && len(l.text) < maxJoined {
		if p.parts == nil {
			p.parts = map[string]part{}
		}
		p.parts[l.Stream] = part{l.text, l.At}
		return Record{}, false
	}
	if strings.TrimSpace(l.text) == "" || p.directive(l.text) {
		return Record{}, false
	}
	p.understand(&l)
	return l.Record, true
}

// Rest are the lines of which the last part did not come.
func (p *Parser) Rest() []Record {
	var all []Record
	for _, stream := range slices.Sorted(maps.Keys(p.parts)) {
		l := line{text: p.parts[stream].text, dressed: true}
		l.Stream, l.At = stream, p.parts[stream].at
		p.understand(&l)
		all = append(all, l.Record)
	}
	p.parts = nil
	return all
}

// maxText bounds a line after its envelopes were opened, in bytes; an object of JSON may be longer, since its end matters.
const maxText = 8 << 10

// clip bounds a text.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "")
}

// Time is the time of a line; false if it has none.
func (p *Parser) Time(raw string) (time.Time, bool) {
	l := line{text: bare(raw)}
	p.open(&l)
	if l.At.IsZero() {
		p.time(&l)
	}
	return l.At, !l.At.IsZero()
}

// First is the time of the first line that has one.
func (p *Parser) First(lines string) (time.Time, bool) {
	for text := range strings.Lines(lines) {
		if at, ok := p.Time(text); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// understand finds everything in an opened line.
func (p *Parser) understand(l *line) {
	enveloped := !l.At.IsZero()
	l.Continues = looksContinued(l.text)
	p.time(l)
	if l.fields == nil {
		l.text = clip(l.text)
	}
	whole := l.text // with its time, where formats of requests have it
	l.Inner = l.Shown
	if l.dressed {
		l.Shown = clip(l.text)
		l.Inner = l.Shown
		if l.fields == nil && enveloped && !l.ownTime(&p.Times) {
			l.Shown = l.At.UTC().Format(time.RFC3339Nano) + " " + l.sender() + clip(l.text)
		}
	}
	if l.fields == nil && !p.Plain && l.readRequest(p, whole) {
		return
	}
	l.cut(&p.Times)
	l.unsent()
	if !l.readFields() && !l.readNginxError() {
		l.readText()
	}
	if l.Level == Unknown {
		l.Level = l.severity
	}
	if p.Plain && l.Request { // of a JSON line
		l.Request, l.Status, l.Text = false, 0, l.text
	}
}

// time finds the time of a line that no envelope has told.
func (p *Parser) time(l *line) {
	if l.fields == nil && strings.HasPrefix(l.text, "{") {
		l.fields = parseJSON(l.text)
	}
	if l.fields == nil && strings.IndexByte(l.text, '\t') > 0 {
		l.fields = parseLTSV(l.text)
	}
	if !l.At.IsZero() {
		return
	}
	if l.fields != nil {
		l.At = l.fields.time(&p.Times)
		return
	}
	if s, ok := p.Times.Find(l.text); ok {
		l.At, l.stamp, l.stamped = s.At, s, len(l.text) <= maxText
		if p.isW3C(l.text) {
			utc := times.Reader{Now: p.Times.Now}
			if s, ok := utc.Find(l.text); ok {
				l.At = s.At
			}
		}
	}
}

func (l *line) ownTime(r *times.Reader) bool {
	_, ok := r.Find(l.text)
	return ok
}

// cut removes times from the text: that of the line, and one that another program put before it.
func (l *line) cut(r *times.Reader) {
	if l.fields != nil {
		return
	}
	s, ok := l.stamp, l.stamped
	if !ok {
		s, ok = r.Find(l.text)
	}
	for ok {
		l.syslog = l.syslog || isSyslogTime(l.text[s.Begin:s.End])
		if l.text = s.Cut(l.text); strings.Contains(l.text, "msg=audit(") {
			l.text = auditMark.ReplaceAllString(l.text, "")
		}
		if l.cuts++; l.cuts > 1 || l.text == "" || strings.IndexByte("0123456789[", l.text[0]) < 0 && !strings.Contains(l.text[:min(len(l.text), reach)], " [") {
			return
		}
		s, ok = r.Find(l.text)
	}
}

// reach is how far into a text a second time is looked for, in bytes.
const reach = 64

// auditMark is what is left of the time of auditd.
var auditMark = regexp.MustCompile(`msg=audit\( ?:?\d+\): ?`)

// isSyslogTime reports whether a time is of the forms that a host's name follows: with the name of a month or day first, or with an offset.
func isSyslogTime(text string) bool {
	n := len(text)
	return n > 6 && (text[0] > '9' || text[n-5] == '+' || text[n-5] == '-' || text[n-6] == '+' || text[n-6] == '-')
}

var (
	// colours are the sequences of terminals.
	colours = regexp.MustCompile("\x1b(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\^_])")
	holes   = strings.NewReplacer("\x00", "")
)

// bare is a line without its end, zero bytes and colours.
func bare(raw string) string {
	text := strings.TrimLeft(strings.TrimRight(raw, "\r\n"), "\x00")
	text = text[:min(len(text), maxJSON)]
	if strings.IndexByte(text, 0) >= 0 {
		text = holes.Replace(text)
	}
	if strings.IndexByte(text, 0x1b) >= 0 {
		text = colours.ReplaceAllString(text, "")
	}
	return text
}

// continued are beginnings of lines that go on with the one before.
var continued = regexp.MustCompile(`^(?:[ \t]|Caused by: |Suppressed: |\.\.\. \d+ |Stack trace:|#\d+[ :]|goroutine \d+ \[|created by |[})\]]|--- End of|thrown in )`)

func looksContinued(text string) bool { return continued.MatchString(text) }
