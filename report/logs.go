package report

import (
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// The limits of logs in a report; the attachment has all lines of the excerpts.
const (
	mostExcerpts = 10
	mostGroups   = 8
	mostLines    = 12
	maxLine      = 300
	maxLogFile   = 4 << 20 // bytes: mail servers accept little more than twice of it
)

// excerpt is the lines of one log of one host.
type excerpt struct {
	Head       string
	Why        string // why there is nothing, or not everything
	Groups     []group
	MoreGroups string
	Lines      string // separated by newlines
	MoreLines  string
}

type group struct {
	Count int
	Text  string
}

func (p *renderer) excerpts(all []model.LogExcerpt) (shown []excerpt, more string) {
	for i := range all[:texts.AtMost(len(all), mostExcerpts)] {
		shown = append(shown, p.excerpt(&all[i]))
	}
	if left := len(all) - len(shown); left > 0 {
		more = p.p.N("report.logs.more", left)
	}
	return shown, more
}

func (p *renderer) excerpt(e *model.LogExcerpt) excerpt {
	x := excerpt{Head: p.excerptHead(e), Why: strings.Join(p.reasons(e), "; ")}
	for i := range e.Groups[:texts.AtMost(len(e.Groups), mostGroups)] {
		x.Groups = append(x.Groups, group{e.Groups[i].Count, model.Clip(e.Groups[i].Said(), maxLine)})
	}
	if left := len(e.Groups) - len(x.Groups); left > 0 {
		x.MoreGroups = p.p.N("more", left)
	}
	lines := e.Lines[max(0, len(e.Lines)-mostLines):]
	if left := len(e.Lines) - len(lines); left > 0 {
		x.MoreLines = p.p.N("report.logs.more_lines", left)
	}
	clipped := make([]string, len(lines))
	for i, line := range lines {
		clipped[i] = model.Clip(line, maxLine)
	}
	x.Lines = strings.Join(clipped, "\n")
	return x
}

// mostReasons bounds the remarks on one log.
const mostReasons = 4

// reasons are why an excerpt is incomplete, and what else is to be known about it.
func (p *renderer) reasons(e *model.LogExcerpt) (all []string) {
	for _, why := range append([]model.Reason{e.Why}, e.Notes...) {
		if !why.IsZero() && len(all) < mostReasons {
			all = append(all, model.Clip(p.p.Reason(why), maxReason))
		}
	}
	return all
}

func (p *renderer) excerptHead(e *model.LogExcerpt) string {
	head := model.Clip(e.Host, maxName) + " · " + model.Clip(e.Source, maxName) + " · " + p.p.N("report.logs.matched", e.Matched)
	if shown := len(e.Lines); shown > 0 && shown < e.Matched {
		head += " · " + p.p.N("logs.newest", shown)
	}
	if e.Cut {
		head += " · " + p.p.T("report.logs.cut")
	}
	return head
}

func (x *excerpt) text() []string {
	lines := []string{"", x.Head}
	lines = appendSome(lines, x.Why)
	for _, g := range x.Groups {
		lines = append(lines, count(g.Count)+" × "+g.Text)
	}
	lines = appendSome(lines, x.MoreGroups, x.MoreLines)
	if x.Lines != "" {
		lines = append(lines, x.Lines)
	}
	return lines
}

// logText is the excerpts, all of their lines, as a file.
func (p *renderer) logText(all []model.LogExcerpt) string {
	var b strings.Builder
	for i := range all {
		e := &all[i]
		b.WriteString("== " + p.excerptHead(e) + "\n")
		if !e.From.IsZero() && !e.To.IsZero() {
			b.WriteString(p.p.T("report.span", texts.Args{"from": p.date(e.From), "to": p.date(e.To)}) + "\n")
		}
		for _, line := range p.reasons(e) {
			b.WriteString(line + "\n")
		}
		for _, g := range e.Groups {
			b.WriteString(count(g.Count) + " × " + model.Clip(g.Said(), maxLine) + "\n")
		}
		for _, line := range e.Lines {
			b.WriteString(strings.Map(model.HarmlessRune, line) + "\n")
		}
		b.WriteString("\n")
		if left := len(all) - i - 1; b.Len() > maxLogFile && left > 0 {
			b.WriteString(p.p.N("report.logs.left_out", left) + "\n")
			break
		}
	}
	return b.String()
}
