package bot

import (
	"fmt"
	"slices"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// The limits of logs in a message; a document has the rest.
const (
	mostGroups     = 5  // of one log
	mostLogLines   = 12 // of one log
	mostLogLine    = 300
	mostLogNotes   = 3
	mostGroupWidth = 160
	mostCardGroups = 3
	leastQuote     = 150
	longestSign    = 6 // of an escaped character
)

// logs renders a message: a summary, then the newest lines of each log, equal shares of the room. whole reports whether all
// lines are shown.
func (s *renderer) logs(a *ops.LogsAnswer) (text string, whole bool) {
	head := s.logHead(a)
	room := telegram.MaxText - spare - 64 - size(head.join())
	heads, withLines := make(blocks, len(a.Excerpts)), 0
	for i := range a.Excerpts {
		heads[i] = s.excerptHead(&a.Excerpts[i])
		room -= size(string(heads[i])) + 1
		if len(a.Excerpts[i].Lines) > 0 {
			withLines++
		}
	}
	var rows blocks
	whole = true
	for i := range a.Excerpts {
		rows = append(rows, heads[i])
		lines, all := logLines(a.Excerpts[i].Lines, room/max(1, withLines))
		if lines != "" {
			rows = append(rows, lines)
		}
		whole = whole && all
	}
	return message{head: head, rows: rows}.fit(len(rows), s.more), whole && room > 0
}

func (s *renderer) logHead(a *ops.LogsAnswer) blocks {
	var hosts []string
	matched := 0
	silent := true
	for i := range a.Excerpts {
		e := &a.Excerpts[i]
		if !slices.Contains(hosts, e.Host) {
			hosts = append(hosts, e.Host)
		}
		matched += e.Matched
		silent = silent && e.Why.IsZero()
	}
	to := a.To
	if to.IsZero() {
		to = a.At
	}
	args := texts.Args{"hosts": model.Clip(s.p.Names(hosts, mostNamed), 200), "from": s.moment(a.From), "to": s.moment(to), "id": int64(a.Incident)}
	id := "logs.head"
	switch {
	case a.Incident != 0:
		id = "logs.incident"
	case a.From.IsZero():
		id = "logs.head.open"
	}
	head := blocks{block(s.p.HTML(id, args))}
	if a.Kept {
		head = append(head, block(s.p.HTML("logs.kept", texts.Args{"at": s.moment(a.At)})))
	}
	if len(a.Anew) > 0 {
		head = append(head, block(s.p.HTML("logs.anew", texts.Args{"hosts": model.Clip(s.p.Names(a.Anew, mostNamed), 200)})))
	}
	if req, err := ops.ParseLogs(a.Line, a.At); err == nil && req.Grep != "" {
		head = append(head, block(s.p.HTML("logs.grep", texts.Args{"word": model.Clip(req.Grep, 100)})))
	}
	if a.Left > 0 {
		head = append(head, block(s.p.HTMLN("logs.left", a.Left)))
	}
	if matched == 0 && silent && !a.From.IsZero() {
		head = append(head, block(s.p.HTML("logs.nothing")))
	}
	return head
}

// excerptHead summarizes one log: the number of lines, then its groups.
func (s *renderer) excerptHead(e *model.LogExcerpt) block {
	args := texts.Args{"host": model.Clip(e.Host, 64), "source": model.Clip(e.Source, 64)}
	lines := blocks{block(s.p.HTMLN("logs.source", e.Matched, args))}
	switch {
	case e.Source == "":
		lines[0] = block(s.p.HTML("logs.source.silent", args))
	case e.Matched == 0:
		lines[0] = block(s.p.HTML("logs.source.none", args))
	}
	if shown := len(e.Lines); shown > 0 && shown < e.Matched {
		lines = append(lines, block(s.p.HTMLN("logs.newest", shown)))
	}
	if !e.Why.IsZero() {
		lines = append(lines, "⚠️ "+escaped(model.Clip(s.p.Reason(e.Why), 300)))
	}
	for i := range e.Notes[:min(len(e.Notes), mostLogNotes)] {
		lines = append(lines, "⚠️ "+escaped(model.Clip(s.p.Reason(e.Notes[i]), 300)))
	}
	if e.Cut {
		lines = append(lines, "✂️ "+block(s.p.HTML("logs.cut")))
	}
	lines = append(lines, s.first(rowsOf(e.Groups, s.logGroup), limit{mostGroups, len(e.Groups), "logs.more_groups"})...)
	return block(lines.join())
}

// logGroup is "🔴 412 × 502 GET /reports.html".
func (s *renderer) logGroup(g *model.LogGroup) block {
	return block(s.p.HTML("logs.group", texts.Args{"mark": markOfGroup(g), "n": g.Count, "text": model.Clip(g.Said(), mostGroupWidth)}))
}

func markOfGroup(g *model.LogGroup) string {
	switch {
	case g.Status >= 500, g.Page && g.Status >= 400, g.Error:
		return texts.LevelCritical.Mark()
	case g.Status >= 400:
		return texts.LevelWarning.Mark()
	case g.Page && g.Status != 0:
		return texts.LevelOK.Mark()
	default:
		return "▫️"
	}
}

// cardLogs renders the logs on the card of an incident.
func (s *renderer) cardLogs(in *model.Incident) blocks {
	if len(in.Logs) == 0 || in.Condition().Works() {
		return nil
	}
	lines := blocks{block(s.p.HTML("logs.card", texts.Args{"at": s.moment(in.Began())}))}
	for i := range in.Logs[:min(len(in.Logs), mostCardGroups)] {
		lines = append(lines, s.logGroup(&in.Logs[i]))
	}
	return lines
}

// logLines are the newest lines that fit, expandable with a tap; all reports whether none is left out.
func logLines(lines []string, room int) (quote block, all bool) {
	const begin, end = "<blockquote expandable>", "</blockquote>"
	room -= len(begin) + len(end) + 1
	var shown []string
	all = true
	for i := len(lines) - 1; i >= 0 && len(shown) < mostLogLines; i-- {
		line := model.Clip(lines[i], mostLogLine)
		one := string(escaped(line))
		if len(shown) == 0 && size(one) >= room && room > leastQuote { // the newest line is shown at least in part
			line = model.Clip(line, room/longestSign)
			one = string(escaped(line))
		}
		if room -= size(one) + 1; room < 0 {
			break
		}
		shown, all = append(shown, one), all && len(line) >= len(lines[i])
	}
	all = all && len(shown) == len(lines)
	if len(shown) == 0 {
		return "", all
	}
	slices.Reverse(shown)
	return block(begin + strings.Join(shown, "\n") + end), all
}

// logText renders a document: a summary of each log, then all its lines.
func (s *renderer) logText(a *ops.LogsAnswer) string {
	var b strings.Builder
	b.WriteString(plain(s.logHead(a).join()) + "\n")
	for i := range a.Excerpts {
		e := &a.Excerpts[i]
		fmt.Fprintf(&b, "\n=== %s\n", plain(string(s.excerptHead(e))))
		for j := texts.AtMost(len(e.Groups), mostGroups); j < len(e.Groups); j++ {
			b.WriteString(plain(string(s.logGroup(&e.Groups[j]))) + "\n")
		}
		if len(e.Lines) > 0 {
			b.WriteString("\n" + strings.Join(e.Lines, "\n") + "\n")
		}
	}
	return b.String()
}

// documentOf is the id of the caption of a document with logs.
func documentOf(a *ops.LogsAnswer) string {
	if slices.ContainsFunc(a.Excerpts, func(e model.LogExcerpt) bool { return e.Matched > len(e.Lines) }) {
		return "logs.document.newest"
	}
	return "logs.document"
}
