package logs

import (
	"regexp"
	"strconv"
	"strings"
)

// varying is what differs among lines that say the same: ids, addresses, numbers.
var varying = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}` + // a UUID
	`|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b` + // an address, and its port
	`|\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?(?::\d{1,5})?` + // the same of IPv6; a time of day
	`|\b0x[0-9a-f]+\b` +
	`|\b[0-9a-f]{6,}\b` + // an id
	`|\d+(?:[.,]\d+)*`)

// shape is a text with what varies apart.
type shape struct {
	fixed  []string // one more than values
	values []string
}

// shapeOf folds a text.
func shapeOf(text string) shape {
	var s shape
	from := 0
	for _, at := range varying.FindAllStringIndex(text, -1) {
		s.fixed = append(s.fixed, text[from:at[0]])
		s.values = append(s.values, text[at[0]:at[1]])
		from = at[1]
	}
	s.fixed = append(s.fixed, text[from:])
	return s
}

// key is the same for texts that differ in what varies alone: as much varies in both.
func (s *shape) key() string { return strconv.Itoa(len(s.values)) + strings.Join(s.fixed, "\x00") }

// merge keeps of the values those that are the same in both.
func (s *shape) merge(other *shape) {
	for i := range s.values {
		if s.values[i] != other.values[i] {
			s.values[i] = folded
		}
	}
}

// folded stands for what differs.
const folded = "…"

// runs are several folded things in a row.
var runs = regexp.MustCompile(`…(?:[ ,:/]*…)+`)

// String is the text, what differs folded.
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
