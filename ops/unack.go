package ops

import (
	"context"
	"strconv"

	"opsbot/model"
)

// Unack takes back the acknowledgement of the part of an incident that the requester sees, whoever made it: reminders of it start
// again. ErrNotAcked if it has none, ErrAckedForMore if it is also one of clients that the requester does not see.
func (k *Actions) Unack(ctx context.Context, who model.Actor, id model.IncidentID) (model.Incident, error) {
	word := "#" + strconv.FormatInt(int64(id), 10)
	if err := k.need(ctx, who, RoleFor(ActionUnack), ActionUnack, word); err != nil {
		return model.Incident{}, err
	}
	if _, open := k.seen(who, id); !open {
		return model.Incident{}, k.noIncident(ctx, who, id)
	}
	if _, err := k.d.Muter.Unack(ctx, id, who.Scope, k.entry(who, ActionUnack, word)); err != nil {
		return model.Incident{}, k.aboutIncident(ctx, who, id, err)
	}
	in, _, err := k.Incident(ctx, who, id) // as the requester may see it
	return in, err
}
