package app

import (
	"context"

	"opsbot/model"
	"opsbot/notify"
	"opsbot/store"
)

// outbox lets people see into the outbox; what they have sent again goes out at once.
type outbox struct {
	*store.DB
	dispatcher func() *notify.Dispatcher
}

// Revive implements ops.Outbox.
func (o outbox) Revive(ctx context.Context, ids []int64, audit model.AuditEntry) (int, error) {
	n, err := o.DB.Revive(ctx, ids, audit)
	if n > 0 {
		o.dispatcher().Notify()
	}
	return n, err
}
