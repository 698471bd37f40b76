package logs

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// lines are the entries of all pieces of a source.
type lines struct {
	all            []entry
	total, without int // lines, and those without a time
	timeless       bool
	ahead          time.Duration
}

// gather parses the pieces.
func (r *Reader) gather(t text, w *want) *lines {
	l := &lines{}
	for _, p := range t.pieces {
		got := w.entries(r.redact.Blocks(p.text), p.begun)
		found := got.found
		if !got.timed && len(found) > 0 {
			l.timeless = true
			if !w.from.IsZero() && w.grep == "" {
				found = found[max(0, len(found)-timeless):]
			}
		} else {
			l.total, l.without = l.total+got.lines, l.without+got.without
		}
		l.all, l.ahead = append(l.all, found...), max(l.ahead, w.ahead(got.newest))
	}
	if len(t.pieces) > 1 && !l.timeless {
		slices.SortStableFunc(l.all, func(a, b entry) int { return a.At.Compare(b.At) })
	}
	return l
}

// digest turns what was read into an excerpt: the matching lines of the span, redacted.
func (r *Reader) digest(e *model.LogExcerpt, t text, w *want) {
	l := r.gather(t, w)
	if len(l.all) > maxEntries {
		l.all, e.Cut = l.all[len(l.all)-maxEntries:], true
	}
	kept := l.all[:0]
	for i := range l.all {
		r.redactEntry(&l.all[i])
		if w.grep == "" || strings.Contains(strings.ToLower(l.all[i].Shown), w.grep) {
			kept = append(kept, l.all[i])
		}
	}
	if l.timeless && !w.from.IsZero() && w.grep != "" {
		kept = kept[max(0, len(kept)-timeless):]
	}
	g := newGroups(w)
	for i := range kept {
		g.add(&kept[i])
	}
	e.Matched, e.Groups = len(kept), g.list()
	e.Lines = newest(kept, w.last)
	l.explain(e, w)
}

// redactEntry takes secrets out of an entry, before anything looks at it. Its message is a part of the line, unless it was unescaped.
func (r *Reader) redactEntry(e *entry) {
	shown := r.redact.Line(e.Shown)
	if shown == e.Shown && !e.Decoded() {
		return
	}
	e.Shown, e.Text = shown, r.redact.Line(e.Text)
	if e.Path != "" {
		e.Path = strings.TrimPrefix(r.redact.Line("GET "+e.Path), "GET ")
	}
}

// leastSparse is the share of lines without a time that is worth a word, in percent.
const leastSparse = 5

// explain says what is to be known about the times.
func (l *lines) explain(e *model.LogExcerpt, w *want) {
	if w.from.IsZero() {
		return
	}
	if l.without*100 >= leastSparse*l.total && l.without > 0 {
		e.Notes = append(e.Notes, model.NewReason(model.ReasonLogsSparse, "share", strconv.Itoa(max(1, l.without*100/l.total))))
	}
	switch {
	case !e.Why.IsZero():
	case l.ahead > 0:
		e.Why = model.NewReason(model.ReasonLogsAhead, "by", model.Duration(l.ahead.Round(time.Minute)).String())
	case l.timeless:
		e.Why = model.NewReason(model.ReasonLogsNoTime)
	}
}
