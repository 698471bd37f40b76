package bot

import (
	"context"
	"strconv"

	"opsbot/model"
	"opsbot/texts"
)

// cmdAck acknowledges an incident: by its number, or as a reply to its card.
func (r *request) cmdAck(ctx context.Context, args string) error {
	var id model.IncidentID
	if ws := words(args); len(ws) > 0 {
		var err error
		if id, err = model.ParseIncidentID(ws[0]); err != nil {
			return err
		}
	} else if r.in.ReplyTo != 0 {
		var err error
		if id, _, err = r.b.d.Buttons.CardAt(ctx, r.in.Chat.ID, r.in.ReplyTo); err != nil {
			return err
		}
	}
	if id == 0 {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "ack"}}
	}
	in, err := r.b.d.Actions.Ack(ctx, r.actor, id)
	if err != nil {
		return err
	}
	s := r.renderer()
	r.reply(ctx, append(blocks{s.incidentLine(&in)}, s.acknowledged(&in)...).join(), nil)
	return nil
}

// pressAck acknowledges an incident from its card.
func (r *request) pressAck(ctx context.Context, args map[string]string) error {
	id, _ := strconv.ParseInt(args["incident"], 10, 64)
	if _, err := r.b.d.Actions.Ack(ctx, r.actor, model.IncidentID(id)); err != nil {
		return err
	}
	r.answer(ctx, r.p.T("ack.done"), false)
	return nil
}

// acknowledged says who acknowledged an incident, and when.
func (s *renderer) acknowledged(in *model.Incident) blocks {
	if in.Ack == nil || !in.Open() {
		return nil
	}
	args := texts.Args{"who": model.Clip(in.Ack.Name, 70), "at": s.p.Moment(in.Ack.At, s.now)}
	if args["without"] = s.uncovered(in, in.Ack.Covers); args["without"] != "" {
		return blocks{block(s.p.HTML("card.acked_without", args))}
	}
	return blocks{block(s.p.HTML("card.acked", args))}
}
