package bot

import (
	"context"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// list sends a list that may be long. What does not fit the message is sent as a document.
func (r *request) list(ctx context.Context, m message, actions ...action) {
	r.reply(ctx, m.fit(mostRows, r.renderer().more), r.buttons(ctx, cardColumns, actions...))
	if len(m.rows) > mostRows {
		r.document(ctx, m.plain())
	}
}

// document sends a text as a file. Errors are only logged: the first lines have arrived.
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
