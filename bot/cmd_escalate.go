package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdEscalate has the next step begin: by the number of an incident, or as a reply to its card.
func (r *request) cmdEscalate(ctx context.Context, args string) error {
	id, err := r.incidentMeant(ctx, ops.ActionEscalate, args)
	if err != nil {
		return r.orPickIncident(ctx, ops.ActionEscalate, err)
	}
	in, err := r.b.d.Actions.Escalate(ctx, r.actor, id, false)
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().escalated(&in), nil)
	return nil
}

// pressEscalate has the next step begin from a card, or from a page.
func (r *request) pressEscalate(ctx context.Context, args map[string]string) error {
	in, err := r.b.d.Actions.Escalate(ctx, r.actor, incidentOf(args), args["not"] != "")
	if err != nil {
		return err
	}
	r.answer(ctx, plain(r.renderer().escalated(&in)), false)
	return nil
}

// escalated says who is paged now.
func (s *renderer) escalated(in *model.Incident) string {
	lines := blocks{block(s.p.HTML("escalate.done", texts.Args{"id": int64(in.ID)}))}
	return append(lines, s.pagedLines(in)...).join()
}

// Escalated renders that the next step has begun.
func (w *Plain) Escalated(language string, in *model.Incident) string {
	return plain(w.renderer(language).escalated(in))
}
