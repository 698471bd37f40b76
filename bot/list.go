package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// The size of a page: one screen of a phone. Lists whose rows have buttons are shorter: the buttons need room on the screen too.
const (
	linkedRows   = 8
	mostLinkRows = 6 // rows of buttons
	linkColumns  = 2
	pageLines    = 20 // of text on a phone
	phoneColumns = 40
)

// linesOf is how many lines a text takes on a phone.
func linesOf(text block) (n int) {
	for line := range strings.Lines(plain(string(text))) {
		n += max(1, (columns(line)+phoneColumns-1)/phoneColumns)
	}
	return n
}

// list shows a list that may be long, in pages, with a button for each row that leads further. All of it is a document, on demand.
func (r *request) list(ctx context.Context, m message, actions ...action) {
	r.show(ctx, m, arrange(cardColumns, actions))
}

// show is list with the buttons below the list in given rows.
func (r *request) show(ctx context.Context, m message, below keyboard) {
	if r.whole {
		r.document(ctx, m.plain())
		return
	}
	pages := m.pages()
	at := min(max(1, r.page), len(pages))
	r.page = at
	from, to := pages[at-1], len(m.rows)
	if at < len(pages) {
		to = pages[at]
	}
	keys := r.keys(ctx, slices.Concat(linksOf(&m, from, to), r.pageKeys(at, len(pages), len(m.rows)-to), below))
	shown := slices.Concat(m.head, m.rows[from:to])
	if len(pages) > 1 {
		shown = append(shown, r.rangeLine(from, to, len(m.rows)))
	}
	r.reply(ctx, append(shown, m.tail...).join(), append(keys, m.urls...))
}

// rangeLine is "1–8 of 37". Where no button can lead to the rest it is what says so.
func (r *request) rangeLine(from, to, all int) block {
	return block(r.p.HTML("list.range", texts.Args{"from": from + 1, "to": to, "all": all}))
}

// pageKeys lead to the other pages of a list, and to all of it.
func (r *request) pageKeys(at, pages, left int) keyboard {
	if pages == 1 || r.here == "" {
		return nil
	}
	lead := func(label, place, how string) action {
		return action{label: label, name: how, args: map[string]string{"line": place}}
	}
	var row []action
	if at > 1 {
		row = append(row, lead("‹ "+strconv.Itoa(at-1), pageOf(r.here, at-1), actShow))
	}
	if left > 0 {
		row = append(row, lead(r.p.N("more", left)+" ›", pageOf(r.here, at+1), actShow))
	}
	return arrange(cardColumns, append(row, lead(r.p.T("button.file"), "/more all "+r.here, actRun)))
}

// linksOf are the buttons of some rows.
func linksOf(m *message, from, to int) keyboard {
	if len(m.links) == 0 {
		return nil
	}
	var some []action
	for _, a := range m.links[from:to] {
		if a.label != "" {
			some = append(some, a)
		}
	}
	return arrange(linkColumns, some)
}

// pages are where the pages of a list begin. No row is left out: a page ends where the message, or the screen, is full. The last one may
// have one row more than the others, in place of "+1 more".
func (m *message) pages() []int {
	most := mostRows
	if len(m.links) > 0 {
		most = linkedRows
	}
	room := telegram.MaxText - spare - size(m.head.join()) - size(m.tail.join())
	starts, used, lines := []int{0}, 0, 0
	for i, row := range m.rows {
		start, needs := starts[len(starts)-1], size(string(row))+1
		count := texts.AtMost(len(m.rows)-start, most)
		full := i-start >= count || used+needs > room || lines+linesOf(row) > pageLines || len(linksOf(m, start, i+1)) > mostLinkRows && len(m.links) > 0
		if full && i > start {
			starts, used, lines = append(starts, i), 0, 0
		}
		used, lines = used+needs, lines+linesOf(row)
	}
	return starts
}

// document sends a text as a file.
func (r *request) document(ctx context.Context, text string) {
	file := telegram.File{Name: "opsbot.txt", Data: []byte(text)}
	r.file(ctx, r.outgoing(r.p.HTML("list.document"), nil), file)
}

// row is a line of a list, and how many things it is about.
type row struct {
	block
	things int
}

// rowsOf are rows about one thing each.
func rowsOf[T any](all []T, line func(*T) block) []row {
	rows := make([]row, len(all))
	for i := range all {
		rows[i] = row{line(&all[i]), 1}
	}
	return rows
}

// limit is how much of a list is shown.
type limit struct {
	most int    // rows
	all  int    // how many things there are; the rows may be about the first of them only
	more string // id of the text "+3 more", which is counted in things
}

// first is the beginning of a list that is in order, worst first. What is left out is counted in one line, of all that is missing.
func (s *renderer) first(rows []row, l limit) blocks {
	known := 0
	for i := range rows {
		known += rows[i].things
	}
	shown := min(l.most, len(rows))
	if l.all <= known {
		shown = texts.AtMost(len(rows), l.most)
	}
	lines, left := blocks{}, l.all
	for i := range rows[:shown] {
		lines, left = append(lines, rows[i].block), left-rows[i].things
	}
	if left > 0 {
		lines = append(lines, block(s.p.HTMLN(l.more, left)))
	}
	return lines
}

// headed puts a heading above lines, if there are any.
func headed(heading block, lines blocks) blocks {
	if len(lines) == 0 {
		return nil
	}
	return append(blocks{heading}, lines...)
}

func (s *renderer) lines(all []model.Incident) blocks {
	var lines blocks
	for i := range all {
		lines = append(lines, s.incidentLine(&all[i]))
	}
	return lines
}

// counted says how many incidents are open, and apart how many are not although they are listed.
func (s *renderer) counted(all []model.Incident) block {
	return escaped(s.p.Counted(model.CountIncidents(all)))
}

// incidentLine is an incident in one line of a list.
func (s *renderer) incidentLine(in *model.Incident) block {
	line := block(texts.OfIncident(in).Mark() + " " + s.title(in, in.Open()))
	line += " · " + block(s.p.HTML("card.short", texts.Args{"at": s.moment(in.OpenedAt), "id": int64(in.ID)}))
	if words := s.beside(in); words != "" {
		line += " · " + escaped(words)
	}
	return line
}

// beside is how an incident is now, unless its title says so.
func (s *renderer) beside(in *model.Incident) string {
	switch in.Condition() {
	case model.ConditionResting, model.ConditionLatched, model.ConditionVerifying:
		return ""
	case model.ConditionMuted:
		return "🔇 " + s.p.Condition(in, s.now)
	default:
		return s.p.Condition(in, s.now)
	}
}

// The limits of what a digest says of its incidents beside a line for each.
const (
	maxDetail   = 90 // UTF-16 units: two lines of a phone
	mostDetails = 5  // incidents, the worst
)

// details are incidents as a digest lists them: the worst with their reasons and what to do.
func (s *renderer) details(all []model.Incident) blocks {
	lines := s.lines(all)
	for i := range all[:texts.AtMost(len(all), mostDetails)] {
		in := &all[i]
		if reason := s.brief(in); reason != "" {
			lines[i] += "\n   " + escaped(model.Clip(reason, maxDetail))
		}
		lines[i] += advice(in)
	}
	return lines
}

// advice is the first line of an incident's comment, as a line below the incident's; "" without a comment.
func advice(in *model.Incident) block {
	what, rest, _ := strings.Cut(strings.TrimSpace(in.Comment), "\n")
	if what = strings.TrimSpace(what); what == "" {
		return ""
	}
	if strings.TrimSpace(rest) != "" {
		what += " …"
	}
	return "\n   💬 " + escaped(model.Clip(what, maxDetail))
}

// brief is why an incident is open, in one line; "" if its title says so, or it works right now.
func (s *renderer) brief(in *model.Incident) string {
	switch {
	case in.Condition().Works():
		return ""
	case in.Kind == model.IncidentEventGroup && in.EventGroup != nil:
		return plain(string(s.reported(in.EventGroup)))
	case in.Kind == model.IncidentStorm && in.Storm != nil && len(in.Affected) > 0:
		return plain(string(s.stormClients(in.Storm)))
	case in.Kind == model.IncidentHost && len(in.Failing) > 0:
		return s.hostState(in) + "; " + plain(string(s.hostReasons(in)[0]))
	case in.Kind == model.IncidentHost:
		return s.hostState(in)
	case in.Kind == model.IncidentStorm:
		return ""
	default:
		return s.what(in)
	}
}
