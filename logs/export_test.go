package logs

import (
	"strings"
	"time"

	"opsbot/model"
)

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
	w := &want{pages: pages, now: now}
	var e model.LogExcerpt
	New(Options{}).digest(&e, text{pieces: []piece{{text: strings.Join(lines, "\n")}}}, w)
	return e.Groups
}

// ParseList parses the output of the script that lists files.
func ParseList(out []byte) (names []string) {
	for _, f := range parseList(out) {
		names = append(names, f.name)
	}
	return names
}

// Stamp is the time of a line.
func Stamp(line string, zone *time.Location, now time.Time) (time.Time, bool) {
	return (&want{zone: zone, now: now}).parser(line).Time(line)
}
