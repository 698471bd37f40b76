// Package times reads the times of log lines, in whatever form a program writes them. It knows lines and nothing else: neither files, nor
// what the rest of a line means. The forms are rows of a table (forms.go).
package times

import (
	"strings"
	"time"
)

// Reader reads times. It is immutable, but for Learn, and then safe for concurrent use.
type Reader struct {
	Zone *time.Location // of times without a zone; nil is UTC
	Now  time.Time      // missing years and the order of ambiguous dates are derived from it

	order order // of dates such as 11/10/2026
}

// Stamp is a time and where it is in a line: in line[Begin:End].
type Stamp struct {
	At         time.Time
	Begin, End int
}

// Cut is the line without its time, the brackets around that, and the signs after it.
func (s Stamp) Cut(line string) string {
	before, after := strings.TrimRight(line[:s.Begin], "*"), line[s.End:]
	if n := len(before); n > 0 && closes(before[n-1]) != 0 && strings.HasPrefix(after, string(closes(before[n-1]))) {
		before, after = before[:n-1], after[1:]
	}
	after = strings.TrimLeft(after, " \t:,-|")
	switch before = strings.TrimLeft(before, " \t"); {
	case before == "" || after == "":
		return before + after
	case closes(before[len(before)-1]) != 0:
		return before + after
	default:
		return strings.TrimRight(before, " \t") + " " + after
	}
}

// closes is the bracket or quote that ends what b begins; 0 if b begins nothing.
func closes(b byte) byte {
	switch b {
	case '[':
		return ']'
	case '(':
		return ')'
	case '<':
		return '>'
	case '"', '\'':
		return b
	}
	return 0
}

// reach is how far into a line its time is searched for, in bytes.
const reach = 512

// Find finds the time of a line: at its beginning, after a level, a process or an address, in brackets, or as the value of a key that says
// so. A line that begins with words has none, even if they mention a time.
func (r *Reader) Find(line string) (Stamp, bool) {
	head := line[:min(len(line), reach)]
	start := skipPriority(head)
	if s, ok := r.at(head, skipOpening(head, start)); ok {
		return s, true
	}
	if at, n := tai64(head[start:]); n > 0 {
		return Stamp{at, start, start + n}, true
	}
	for _, way := range []func(string, int) (Stamp, bool){r.audit, r.afterPrefix, r.bracketed, r.keyed, r.atEnd} {
		if s, ok := way(head, start); ok {
			return s, true
		}
	}
	return Stamp{}, false
}

// at reads the time that begins at i.
func (r *Reader) at(head string, i int) (Stamp, bool) {
	at, n := r.Leading(head[i:])
	return Stamp{at, i, i + n}, n > 0
}

// skipPriority is where a line begins after blanks, a byte order mark and the priority of syslog, with the version of RFC 5424: "<34>1 ".
func skipPriority(head string) int {
	start := len(head) - len(strings.TrimLeft(head, " \t\ufeff"))
	if !strings.HasPrefix(head[start:], "<") {
		return start
	}
	end := strings.IndexByte(head[start:min(len(head), start+5)], '>')
	if end < 2 || !isDigit(head[start+1]) {
		return start
	}
	start += end + 1
	if strings.HasPrefix(head[start:], "1 ") {
		start += 2
	}
	return start
}

// skipOpening skips brackets, quotes and the signs that routers put before a time.
func skipOpening(head string, i int) int {
	for i < len(head) && strings.IndexByte(`[("'<*.# `, head[i]) >= 0 {
		i++
	}
	return i
}

// continues reports whether a line is indented: it goes on with the line before.
func continues(head string, start int) bool {
	return start > 0 && (head[0] == ' ' || head[0] == '\t')
}

// maxTokens is how many words may stand before a time.
const maxTokens = 6

// afterPrefix finds a time after words that are no sentence: a level, a number, an address, something in brackets.
func (r *Reader) afterPrefix(head string, i int) (Stamp, bool) {
	if continues(head, i) {
		return Stamp{}, false
	}
	for token := range maxTokens {
		begin := i
		for i < len(head) && !isSeparator(head[i]) {
			if end := closes(head[i]); end != 0 && i == begin {
				if n := strings.IndexByte(head[i+1:], end); n >= 0 && n < 64 {
					i += n + 1
				}
			}
			i++
		}
		if !isPrefix(head[begin:i], token) {
			return Stamp{}, false
		}
		for i < len(head) && isSeparator(head[i]) {
			i++
		}
		if s, ok := r.at(head, skipOpening(head, i)); ok {
			return s, true
		}
		if s, ok := r.afterColon(head, begin, i); ok {
			return s, true
		}
	}
	return Stamp{}, false
}

// afterColon finds a time within a word: 1234:20261130:072922.123 of Zabbix, INFO:root:2026-….
func (r *Reader) afterColon(head string, begin, end int) (Stamp, bool) {
	for i := begin; i < end-1; i++ {
		if head[i] == ':' && isDigit(head[i+1]) {
			if s, ok := r.at(head, i+1); ok {
				return s, true
			}
		}
	}
	return Stamp{}, false
}

func isSeparator(b byte) bool { return b == ' ' || b == '\t' || b == '|' || b == ';' || b == ',' }

// isPrefix reports whether a word may stand before a time. The first may be any, the others must not read like a sentence.
func isPrefix(word string, token int) bool {
	if word == "" {
		return true
	}
	for i := range len(word) {
		if b := word[i]; b < 'a' || b > 'z' { // a capital, a digit, a sign
			return true
		}
	}
	return token == 0 || levels[word]
}

// levels are the words of levels in lower case; others contain something that is no small letter.
var levels = map[string]bool{
	"trace": true, "debug": true, "info": true, "notice": true, "warn": true, "warning": true, "error": true, "err": true, "crit": true, "critical": true, "fatal": true, "panic": true,
	"alert": true, "emerg": true, "none": true,
}

// bracketed finds a time with its year in brackets, anywhere, as access logs have it.
func (r *Reader) bracketed(head string, i int) (Stamp, bool) {
	if continues(head, i) {
		return Stamp{}, false
	}
	for {
		n := strings.IndexByte(head[i:], '[')
		if n < 0 {
			return Stamp{}, false
		}
		i += n + 1
		s, ok := r.at(head, i)
		if ok && strings.HasPrefix(head[s.End:], "]") && r.hasYear(head[s.Begin:s.End]) {
			return s, true
		}
	}
}

// hasYear tells times with a year from those that any two numbers may be.
func (r *Reader) hasYear(text string) bool {
	digits := 0
	for i := range len(text) {
		if isDigit(text[i]) {
			digits++
		}
	}
	return digits >= 12 && strings.ContainsAny(text, ":-/. ")
}

// keys are the names of the time in lines of KEY=VALUE, in the order of their worth.
var keys = []string{"time", "ts", "timestamp", "@timestamp", "datetime", "date_time", "eventtime", "event_time", "asctime", "dt", "_time", "t", "@t", "date", "at"}

// keyed finds the value of such a key. "date=2026-11-30 time=07:29:22" is one time.
func (r *Reader) keyed(head string, start int) (Stamp, bool) {
	if strings.IndexByte(head, '=') < 0 || continues(head, start) {
		return Stamp{}, false
	}
	if s, ok := r.dateAndTime(head); ok {
		return s, true
	}
	for _, key := range keys {
		for i := 0; ; {
			n := strings.Index(head[i:], key+"=")
			if n < 0 {
				break
			}
			i += n + len(key) + 1
			if begin := i - len(key) - 1; begin > 0 && !isSeparator(head[begin-1]) && head[begin-1] != '[' && head[begin-1] != '{' {
				continue
			}
			value := i
			if value < len(head) && (head[value] == '"' || head[value] == '\'') {
				value++
			}
			if s, ok := r.value(head, value); ok {
				return s, true
			}
		}
	}
	return Stamp{}, false
}

// value reads a time that is a value: an epoch may end with it.
func (r *Reader) value(head string, i int) (Stamp, bool) {
	if at, n := epoch(head[i:] + " "); n > 0 && i+n <= len(head) {
		return Stamp{at, i, i + n}, true
	}
	return r.at(head, i)
}

func (r *Reader) dateAndTime(head string) (Stamp, bool) {
	i := strings.Index(head, "date=")
	if i < 0 || i > 0 && !isSeparator(head[i-1]) {
		return Stamp{}, false
	}
	date, rest, found := strings.Cut(head[i+len("date="):], " time=")
	if !found || len(date) != len("2026-11-30") && len(date) != len(`"2026-11-30"`) {
		return Stamp{}, false
	}
	clock := strings.TrimPrefix(rest, `"`)
	joined := strings.Trim(date, `"`) + " " + clock
	at, n := r.Leading(joined)
	if n <= len("2026-11-30 ") {
		return Stamp{}, false
	}
	return Stamp{at, i, len(head) - len(clock) + n - len("2026-11-30 ")}, true
}

// audit finds the time of a line of auditd: msg=audit(1764487762.123:456).
func (r *Reader) audit(head string, _ int) (Stamp, bool) {
	const mark = "audit("
	i := strings.Index(head, mark)
	if i < 0 || i > 64 {
		return Stamp{}, false
	}
	i += len(mark)
	text, _, found := strings.Cut(head[i:], ":")
	if !found {
		return Stamp{}, false
	}
	at, n := epoch(text + " ")
	if n == 0 { // ausearch -i writes it for people
		return r.at(head, i)
	}
	return Stamp{at, i, i + n}, true
}

// atEnd finds the time of the one program that writes it last: Rails, "Started GET "/x" for 10.0.0.1 at 2026-11-30 07:29:22 +0000".
func (r *Reader) atEnd(head string, start int) (Stamp, bool) {
	const begin, before = "Started ", " at "
	i := strings.LastIndex(head, before)
	if i < 0 || !strings.HasPrefix(head[start:], begin) {
		return Stamp{}, false
	}
	return r.at(head, i+len(before))
}

// Value reads a time that stands alone, such as a value of JSON: text, or a number since 1970 in seconds or smaller units.
func (r *Reader) Value(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if at, n := epoch(text + " "); n > 0 {
		return at, true
	}
	if strings.HasPrefix(text, "/Date(") { // of .NET
		at, n := epoch(strings.TrimSuffix(strings.TrimPrefix(text, "/Date("), ")/") + " ")
		return at, n > 0
	}
	at, n := r.Leading(text)
	return at, n > 0
}

// First is the time of the first line that has one.
func (r *Reader) First(lines string) (time.Time, bool) {
	for line := range strings.Lines(lines) {
		if s, ok := r.Find(line); ok {
			return s.At, true
		}
	}
	return time.Time{}, false
}

func (r *Reader) place() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
