package logs

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"opsbot/model"
)

// The limits of an excerpt.
const (
	maxLine    = 8 << 10  // bytes of a line that are parsed
	maxShown   = 600      // runes of a line in an excerpt
	maxFollow  = 20       // lines without a time after one that has one
	maxEntries = 20_000   // the newest that match
	maxText    = 64 << 10 // bytes of an excerpt's lines, and as many more if more lines are requested:
	perLine    = 512
)

// entry is a line with its continuation lines.
type entry struct {
	at   time.Time // zero if no earlier line has one
	text string
	more int // continuation lines
}

// entries returns the lines of a piece within the span, oldest first. A line without a time belongs to the previous one;
// timeless reports that none has one, so that the span cannot be applied; newest is the time of the last line that has one.
func (w *want) entries(piece string) (found []entry, newest time.Time, timeless bool) {
	var last *entry
	seen := false
	for line := range strings.Lines(piece) {
		line = strings.TrimRight(line, "\r\n")
		if line = line[:min(len(line), maxLine)]; strings.TrimSpace(line) == "" || isNote(line) {
			continue
		}
		at, ok := w.clock.stamp(line)
		if ok {
			seen, newest = true, at
		}
		switch {
		case ok && (at.Before(w.from) || w.isAfter(at)):
			last = &entry{} // its continuation lines are dropped with it
		case ok || !seen:
			found = append(found, entry{at: at, text: line})
			last = &found[len(found)-1]
		case last != nil && last.text != "" && last.more < maxFollow:
			last.text += "\n" + line
			last.more++
		}
	}
	if seen { // lines before the first time belong to a line that was not read
		found = slices.DeleteFunc(found, func(e entry) bool { return e.at.IsZero() })
	}
	return found, newest, !seen && len(found) > 0
}

// isAfter reports whether a time is after the span.
func (w *want) isAfter(at time.Time) bool { return !w.to.IsZero() && at.After(w.to) }

// ahead is by how much a log's time is ahead of our clock, if that puts its lines out of the span; else 0.
func (w *want) ahead(newest time.Time) time.Duration {
	if by := newest.Sub(w.clock.now); by > clockSlack && w.isAfter(newest) {
		return by
	}
	return 0
}

// isNote reports whether a line is journalctl's own: "-- No entries --", "-- Boot 1a2b… --".
func isNote(line string) bool {
	return strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --")
}

// digest turns what was read into an excerpt: the matching lines of the span, redacted.
func (r *Reader) digest(e *model.LogExcerpt, s *Source, t text, w *want) {
	var all []entry
	timeless := false
	var ahead time.Duration
	for _, piece := range t.pieces {
		found, newest, none := w.entries(r.redact.blocks(piece))
		all, timeless, ahead = append(all, found...), timeless || none, max(ahead, w.ahead(newest))
	}
	if len(t.pieces) > 1 && !timeless {
		slices.SortStableFunc(all, func(a, b entry) int { return a.at.Compare(b.at) })
	}
	if len(all) > maxEntries {
		all, e.Cut = all[len(all)-maxEntries:], true
	}
	g := newGroups(w, s.Plain)
	kept := all[:0]
	for i := range all {
		all[i].text = r.redact.line(all[i].text)
		if w.grep != "" && !strings.Contains(strings.ToLower(all[i].text), w.grep) {
			continue
		}
		g.add(&all[i])
		kept = append(kept, all[i])
	}
	e.Matched, e.Groups = len(kept), g.list()
	e.Lines = newest(kept, w.last)
	switch {
	case !e.Why.IsZero():
	case ahead > 0:
		e.Why = model.NewReason(model.ReasonLogsAhead, "by", model.Duration(ahead.Round(time.Minute)).String())
	case timeless && !w.from.IsZero():
		e.Why = model.NewReason(model.ReasonLogsNoTime)
	}
}

// newest returns the last lines that fit.
func newest(all []entry, most int) []string {
	var lines []string
	room := max(maxText, most*perLine)
	for i := len(all) - 1; i >= 0 && len(lines) < most; i-- {
		line := model.ClipLines(clean(all[i].text), maxShown)
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
