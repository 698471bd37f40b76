package ops

import (
	"context"

	"opsbot/model"
)

// Overview is what the pinned message of a chat shows.
type Overview struct {
	*Status
	Sources []model.SourceState // in the order of the configuration
	OnCall  []string            // who is on call now, as they are to be called; none where nobody is
}

// Overview returns what the readers of a chat may know of how things are now.
func (k *Actions) Overview(ctx context.Context, reader model.Actor) (*Overview, error) {
	st, err := k.Status(ctx, reader, nil)
	if err != nil {
		return nil, err
	}
	o := &Overview{Status: st, Sources: k.sources(reader.Scope)}
	if k.d.OnCall != nil {
		o.OnCall = k.d.OnCall(reader.Scope)
	}
	return o, nil
}

// Reader is who reads in a chat without having asked for anything: everybody who is there.
func Reader(c *model.Chat) model.Actor {
	scope := c.Scope
	return model.Actor{
		Chat: c.ID, Topic: c.Topic, Via: "chat", Language: c.Language, Role: model.RoleViewer, Scope: scope, Place: &scope, Zone: c.Zone,
	}
}
