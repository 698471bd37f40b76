package notify

import (
	"context"

	"opsbot/model"
)

// Numbered is a channel whose readers may be limited to clients: incidents and mutes have the numbers by which these readers know them. It is the last
// thing before a notification is rendered; the outbox keeps the ids by which they are stored.
type Numbered struct {
	Channel
	// Counts returns the scope whose numbers are used at a destination.
	Counts func(to model.Destination) model.Scope
	// Numbers returns the numbers of readers by stored id, and gives those that are missing.
	Numbers func(ctx context.Context, readers model.Scope, kind model.NumberKind, ids []int64) map[int64]int64
}

// Deliver implements Channel.
func (c Numbered) Deliver(ctx context.Context, t model.Notification, card model.Card) (model.Receipt, error) {
	n := model.Numbering{Readers: c.Counts(t.To), Numbers: func(readers model.Scope, kind model.NumberKind, ids []int64) map[int64]int64 {
		return c.Numbers(ctx, readers, kind, ids)
	}}
	t.Snapshot = n.Snapshot(t.Snapshot)
	return c.Channel.Deliver(ctx, t, card)
}
