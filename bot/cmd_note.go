package bot

import (
	"context"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdNote writes a note about an incident: by its number, or in reply to its card. One for clients is asked about first.
func (r *request) cmdNote(ctx context.Context, args string) error {
	id, text, err := r.noteMeant(ctx, args)
	if err != nil {
		return err
	}
	req := ops.ParseNote(text)
	req.Incident = id
	if req.ForClient {
		return r.askNote(ctx, req)
	}
	in, err := r.b.d.Actions.Note(ctx, r.actor, req)
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().noted(&in), nil)
	return nil
}

// noteMeant is the incident that a note is about, and its text: all of it in reply to a card, unless it begins with "#12".
func (r *request) noteMeant(ctx context.Context, args string) (model.IncidentID, string, error) {
	first, rest, _ := strings.Cut(strings.TrimSpace(args), " ")
	if !strings.HasPrefix(first, "#") {
		id, err := r.incidentMeant(ctx, ops.ActionNote, "")
		if err == nil || model.CodeOf(err) != model.ErrNeedIncident {
			return id, args, err
		}
	}
	id, err := r.incidentMeant(ctx, ops.ActionNote, first)
	return id, rest, err
}

// askNote shows what clients will read before they do.
func (r *request) askNote(ctx context.Context, req ops.NoteRequest) error {
	p, err := r.b.d.Actions.PreviewNote(ctx, r.actor, req)
	if err != nil {
		return err
	}
	lines := blocks{
		block(r.p.HTMLN("note.ask", len(p.Clients), texts.Args{"names": r.p.Names(p.Clients, mostNamed)})),
		"<blockquote>" + escaped(p.Text) + "</blockquote>",
	}
	args := map[string]string{"incident": strconv.FormatInt(int64(req.Incident), 10), "text": req.Text}
	r.reply(ctx, lines.join(), r.buttons(ctx, 2,
		action{label: r.p.T("button.confirm"), name: actNote, args: args, own: true},
		action{label: r.p.T("button.cancel"), name: actCancel, own: true},
	))
	return nil
}

// pressNote writes a note for clients that was confirmed, in place of the question.
func (r *request) pressNote(ctx context.Context, args map[string]string) error {
	id, _ := strconv.ParseInt(args["incident"], 10, 64)
	in, err := r.b.d.Actions.Note(ctx, r.actor, ops.NoteRequest{Incident: model.IncidentID(id), Text: args["text"], ForClient: true})
	if err != nil {
		return err
	}
	r.answer(ctx, "", false)
	r.shown = r.in.Message
	r.reply(ctx, r.renderer().noted(&in), nil)
	return nil
}

// noted is the answer to a note: the incident, its latest note, who reads it.
func (s *renderer) noted(in *model.Incident) string {
	lines := blocks{s.incidentLine(in)}
	if n := len(in.Notes); n > 0 {
		last := *in
		last.Notes = in.Notes[n-1:]
		lines = append(lines, s.notes(&last)...)
		id := "note.done"
		if in.Notes[n-1].ForClient {
			id = "note.done_client"
		}
		lines = append(lines, block(s.p.HTML(id)))
	}
	return lines.join()
}
