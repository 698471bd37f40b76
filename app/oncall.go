package app

import (
	"context"

	"opsbot/oncall"
	"opsbot/ops"
)

// newRota makes who is on call: what the configuration in use says, with the takeovers that are stored.
func newRota(ctx context.Context, b *base) (*ops.Rota, error) {
	kept, err := b.db.Overrides(ctx)
	if err != nil {
		return nil, err
	}
	return ops.NewRota(b.db, func() *oncall.Roster { return b.conf.current().Roster }, kept), nil
}
