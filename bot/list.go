package bot

import (
	"context"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// list sends a list that may be thousands long: what fits as a message, all of it as a document when it does not.
func (r *request) list(ctx context.Context, head, rows, tail blocks, actions ...action) {
	text := fit(head, rows, tail, mostRows, func(n int) block { return block(r.p.HTMLN("more", n)) })
	r.reply(ctx, text, r.buttons(ctx, cardColumns, actions...))
	if len(rows) > mostRows {
		r.document(ctx, plain(append(append(head, rows...), tail...).join()))
	}
}

// document sends a long list as a file. That it could not be is said in the log alone: the first lines have arrived.
func (r *request) document(ctx context.Context, text string) {
	file := telegram.File{Name: "opsbot.txt", Data: []byte(text)}
	_, err := r.b.d.Sender.SendDocument(ctx, r.outgoing(r.p.HTML("list.document"), nil), file)
	r.logged(err)
}

func (s *renderer) lines(all []model.Incident) blocks {
	var lines blocks
	for i := range all {
		lines = append(lines, s.incidentLine(&all[i]))
	}
	return lines
}

// incidentLine is an incident in one line of a list.
func (s *renderer) incidentLine(in *model.Incident) block {
	mark := texts.OfSeverity(in.Severity).Mark()
	if !in.Open() {
		mark = s.endMark(in)
	}
	line := mark + " " + s.title(in, in.Open()) + string(s.forWhom(in))
	if !in.MutedUntil.IsZero() {
		line += " 🔇"
	}
	return block(line + " · " + s.p.HTML("card.short", texts.Args{"at": s.moment(in.OpenedAt), "id": int64(in.ID)}))
}
