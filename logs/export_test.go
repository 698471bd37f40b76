package logs

import (
	"regexp"
	"time"

	"opsbot/model"
)

// Redact redacts a line.
func Redact(line string, own ...*regexp.Regexp) string { return newRedactor(own).line(line) }

// RedactBlocks redacts secrets that span several lines.
func RedactBlocks(piece string) string { return newRedactor(nil).blocks(piece) }

// Stamp is the time of a line.
func Stamp(line string, zone *time.Location, now time.Time) (time.Time, bool) {
	return clock{zone: zone, now: now}.stamp(line)
}

// Fold is the common form of lines that differ only in their variable parts.
func Fold(lines ...string) string {
	s := shapeOf(lines[0])
	for _, line := range lines[1:] {
		other := shapeOf(line)
		if other.key() != s.key() {
			return ""
		}
		s.merge(&other)
	}
	return s.String()
}

// GroupLines groups lines.
func GroupLines(pages []string, now time.Time, lines ...string) []model.LogGroup {
	w := &want{pages: pages, clock: clock{now: now}}
	g := newGroups(w, false)
	for _, line := range lines {
		at, _ := w.clock.stamp(line)
		g.add(&entry{at: at, text: line})
	}
	return g.list()
}

// ParseList parses the output of the script that lists files.
func ParseList(out []byte) (names []string) {
	for _, f := range parseList(out) {
		names = append(names, f.name)
	}
	return names
}
