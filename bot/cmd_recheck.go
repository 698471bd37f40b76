package bot

import (
	"context"
	"strconv"

	"opsbot/model"
	"opsbot/ops"
)

// cmdRecheck runs what fails in an incident again: by its number, or as a reply to its card.
func (r *request) cmdRecheck(ctx context.Context, args string) error {
	id, err := r.incidentMeant(ctx, ops.ActionRecheck, args)
	if err != nil {
		return r.orPickIncident(ctx, ops.ActionRecheck, err)
	}
	n, err := r.b.d.Actions.Recheck(ctx, r.actor, id)
	if err != nil {
		return err
	}
	r.reply(ctx, string(escaped(r.p.N("recheck.begun", n))), nil)
	return nil
}

// pressRecheck does the same from a card.
func (r *request) pressRecheck(ctx context.Context, args map[string]string) error {
	id, _ := strconv.ParseInt(args["incident"], 10, 64)
	n, err := r.b.d.Actions.Recheck(ctx, r.actor, model.IncidentID(id))
	if err != nil {
		return err
	}
	r.answer(ctx, r.p.N("recheck.begun", n), false)
	return nil
}
