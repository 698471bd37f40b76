package bot

import (
	"context"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// list sends a list that may be long. What does not fit the message is sent as a document.
func (r *request) list(ctx context.Context, m message, actions ...action) {
	r.listWith(ctx, m, nil, actions...)
}

// listWith is list with links as further buttons.
func (r *request) listWith(ctx context.Context, m message, links [][]telegram.Button, actions ...action) {
	r.reply(ctx, m.fit(mostRows, r.renderer().more), append(r.buttons(ctx, cardColumns, actions...), links...))
	if len(m.rows) > texts.AtMost(len(m.rows), mostRows) {
		r.document(ctx, m.plain())
	}
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
