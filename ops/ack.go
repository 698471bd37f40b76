package ops

import (
	"context"
	"strconv"

	"opsbot/model"
)

// Ack acknowledges an incident: reminders of the part that the requester sees end, and its cards say who did it. It takes over
// the acknowledgement of somebody who sees the same; one of somebody who sees more, or less, stays.
func (k *Actions) Ack(ctx context.Context, who model.Actor, id model.IncidentID) (model.Incident, error) {
	word := "#" + strconv.FormatInt(int64(id), 10)
	if err := k.need(ctx, who, RoleFor(ActionAck), ActionAck, word); err != nil {
		return model.Incident{}, err
	}
	if _, open := k.seen(who, id); !open {
		return model.Incident{}, k.noIncident(ctx, who, id)
	}
	if _, err := k.d.Muter.Ack(ctx, id, model.Ack{User: who.User, Name: who.Name, Scope: who.Scope}, k.entry(who, ActionAck, word)); err != nil {
		return model.Incident{}, k.aboutIncident(ctx, who, id, err)
	}
	in, _, err := k.Incident(ctx, who, id) // as the requester may see it
	return in, err
}
