package bot

import (
	"context"
	"slices"
	"strconv"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdAck acknowledges an incident: by its number, or as a reply to its card.
func (r *request) cmdAck(ctx context.Context, args string) error {
	id, err := r.incidentMeant(ctx, ops.ActionAck, args)
	if err != nil {
		return r.orPickIncident(ctx, ops.ActionAck, err)
	}
	in, err := r.b.d.Actions.Ack(ctx, r.actor, id)
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().acked(&in), nil)
	return nil
}

// incidentMeant is the incident that a command is about: by its number, or that of the card that it replies to.
func (r *request) incidentMeant(ctx context.Context, command, args string) (model.IncidentID, error) {
	if ws := words(args); len(ws) > 0 {
		return r.b.d.Actions.IncidentNumbered(r.actor, ws[0])
	}
	id, err := r.cardMeant(ctx)
	if err == nil && id == 0 {
		err = &model.Error{Code: model.ErrNeedIncident, Args: map[string]string{"command": command}}
	}
	return id, err
}

// orPickIncident offers incidents where none was named.
func (r *request) orPickIncident(ctx context.Context, command string, err error) error {
	if model.CodeOf(err) != model.ErrNeedIncident || !r.may(command) {
		return err
	}
	return r.pickIncident(ctx, command)
}

// pressAck acknowledges an incident from its card, or all those of a page.
func (r *request) pressAck(ctx context.Context, args map[string]string) error {
	if all := incidentsOf(args); len(all) > 0 {
		return r.pressAckAll(ctx, all)
	}
	if _, err := r.b.d.Actions.Ack(ctx, r.actor, incidentOf(args)); err != nil {
		return err
	}
	r.answer(ctx, r.p.T("ack.done"), false)
	r.again(ctx, args)
	return nil
}

// pressAckAll acknowledges incidents. What is over by now needs no answer.
func (r *request) pressAckAll(ctx context.Context, all []model.IncidentID) error {
	acked := 0
	for _, id := range all {
		switch _, err := r.b.d.Actions.Ack(ctx, r.actor, id); {
		case model.CodeOf(err) == model.ErrNoIncident:
		case err != nil:
			return err
		default:
			acked++
		}
	}
	r.answer(ctx, r.p.N("ack.done_all", acked), false)
	return nil
}

// incidentOf is the incident of a button.
func incidentOf(args map[string]string) model.IncidentID {
	id, _ := strconv.ParseInt(args["incident"], 10, 64)
	return model.IncidentID(id)
}

// acked is the answer to an acknowledgement.
func (s *renderer) acked(in *model.Incident) string {
	if !in.Open() { // a page, which the answer ends
		return blocks{s.incidentLine(in)}.join()
	}
	return append(append(blocks{s.incidentLine(in)}, s.acknowledged(in)...), block(s.p.HTML("ack.undo", texts.Args{"id": int64(in.ID)}))).join()
}

// maxAckers limits who is named on a card.
const maxAckers = 3

// answeredFor are the clients of an incident that an acknowledgement is for; all that it could be for, if the incident names none.
func answeredFor(a *model.Ack, in *model.Incident) []string {
	var clients []string
	for i := range in.Affected {
		if c := in.Affected[i].Client; a.Scope.Sees(c) && !slices.Contains(clients, c) {
			clients = append(clients, c)
		}
	}
	if len(clients) == 0 {
		return a.Scope.Clients
	}
	return clients
}

// acknowledged says who acknowledged an incident, and when; which clients for, unless it is all of it.
func (s *renderer) acknowledged(in *model.Incident) (lines blocks) {
	if !in.Open() {
		return nil
	}
	for i := range in.Acks[:min(len(in.Acks), maxAckers)] {
		lines = append(lines, s.acker(in, &in.Acks[i]))
	}
	if n := len(in.Acks) - maxAckers; n > 0 {
		lines = append(lines, s.more(n))
	}
	return lines
}

// acker is the line of one acknowledgement; what joined the incident later is not covered.
func (s *renderer) acker(in *model.Incident, a *model.Ack) block {
	args, id := texts.Args{"who": model.Clip(a.Name, 70), "at": s.p.Moment(a.At, s.now)}, "card.acked"
	theirs := *in
	theirs.Affected = slices.DeleteFunc(slices.Clone(in.Affected), func(state model.ServiceState) bool { return !a.Scope.Sees(state.Client) })
	if args["without"] = s.uncovered(&theirs, a.Covers); args["without"] != "" {
		id = "card.acked_without"
	}
	line := block(s.p.HTML(id, args))
	if a.Scope.Limited && (!in.Acknowledged || len(in.Acks) > 1) {
		line += ": " + escaped(model.Clip(s.p.Names(answeredFor(a, in), mostNamed), 150))
	}
	return line
}
