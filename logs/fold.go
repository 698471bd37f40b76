package logs

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// varying matches the variable parts of log messages: ids, addresses, numbers.
var varying = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}` + // a UUID
	`|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b` + // an address, and its port
	`|\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?(?::\d{1,5})?` + // the same of IPv6; a time of day
	`|\b0x[0-9a-f]+\b` +
	`|\b[0-9a-f]{6,}\b` + // an id
	`|\d+(?:[.,]\d+)*`)

// shape is a text split into fixed and variable parts.
type shape struct {
	fixed  []string // one more than values
	values []string
}

// shapeOf splits a text.
func shapeOf(text string) shape {
	var s shape
	from := 0
	for _, at := range varying.FindAllStringIndex(text, -1) {
		if isCode(text, at[0], at[1]) {
			continue
		}
		s.fixed = append(s.fixed, text[from:at[0]])
		s.values = append(s.values, text[at[0]:at[1]])
		from = at[1]
	}
	s.fixed = append(s.fixed, text[from:])
	return s
}

// codes are the words after which a number says what happened, instead of how often or to whom: it is never folded away.
var codes = []string{"status", "code", "returned", "answered", "responded", "completed", "response", "signal", "errno", "rc", "http", "http/1.1", "http/1.0", "http/2.0", "http/2", "http/3", "with", "was", "is"}

// isCode reports whether a number is an HTTP status, or another code of at most four digits, by the words before it.
func isCode(text string, begin, end int) bool {
	const digits, reach, signs = 4, 24, 3
	word := text[begin:end]
	if len(word) > digits || begin == 0 || strings.Trim(word, "0123456789") != "" {
		return false
	}
	head := text[max(0, begin-reach):begin]
	said := strings.TrimRight(head, " :=([\"'")
	if len(head)-len(said) > signs || len(said) == len(head) {
		return false
	}
	said = strings.ToLower(strings.TrimSuffix(said, ` of`))
	for i, c := range codes {
		if !strings.HasSuffix(said, c) || len(said) > len(c) && isLetter(said[len(said)-len(c)-1]) {
			continue
		}
		if i < len(codes)-3 { // "with", "was" and "is" need one of the others before them
			return true
		}
		said = strings.TrimRight(strings.TrimSuffix(said, c), " ")
		return slices.ContainsFunc(codes[:len(codes)-3], func(c string) bool { return strings.HasSuffix(said, c) })
	}
	return false
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// key is the same for texts that differ only in their variable parts.
func (s *shape) key() string { return strconv.Itoa(len(s.values)) + strings.Join(s.fixed, "\x00") }

// merge keeps the values that are the same in both.
func (s *shape) merge(other *shape) {
	for i := range s.values {
		if s.values[i] != other.values[i] {
			s.values[i] = folded
		}
	}
}

// folded replaces what differs.
const folded = "…"

// runs matches several replaced parts in a row.
var runs = regexp.MustCompile(`…(?:[ ,:/]*…)+`)

// String is the text, with what differs replaced.
func (s *shape) String() string {
	var b strings.Builder
	for i, fixed := range s.fixed {
		b.WriteString(fixed)
		if i < len(s.values) {
			b.WriteString(s.values[i])
		}
	}
	text := b.String()
	return runs.ReplaceAllString(text, folded)
}
