package bot

import (
	"context"
	"strconv"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdUnack takes an acknowledgement back: by the number of the incident, or as a reply to its card.
func (r *request) cmdUnack(ctx context.Context, args string) error {
	id, err := r.incidentMeant(ctx, ops.ActionUnack, args)
	if err != nil {
		return r.orPickIncident(ctx, ops.ActionUnack, err)
	}
	in, err := r.b.d.Actions.Unack(ctx, r.actor, id)
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().unacked(&in), nil)
	return nil
}

// pressUnack does the same from a card.
func (r *request) pressUnack(ctx context.Context, args map[string]string) error {
	id, _ := strconv.ParseInt(args["incident"], 10, 64)
	in, err := r.b.d.Actions.Unack(ctx, r.actor, model.IncidentID(id))
	if err != nil {
		return err
	}
	said := "unack.done"
	if in.Acknowledged {
		said = "unack.others"
	}
	r.answer(ctx, r.p.T(said), false)
	r.again(ctx, args)
	return nil
}

// unacked is the answer to an acknowledgement that was taken back; those that stay are named.
func (s *renderer) unacked(in *model.Incident) string {
	after := block(s.p.HTML("unack.after", texts.Args{"id": int64(in.ID)}))
	if in.Acknowledged {
		after = block(s.p.HTML("unack.others"))
	}
	return append(append(blocks{s.incidentLine(in)}, s.acknowledged(in)...), after).join()
}
