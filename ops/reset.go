package ops

import (
	"context"

	"opsbot"
)

// Reset makes a latched check that is down count as ok again, so that its next failure is told.
func (k *Actions) Reset(ctx context.Context, who opsbot.Actor, id opsbot.CheckID) error {
	if err := k.need(ctx, who, opsbot.RoleAdmin, "reset", string(id)); err != nil {
		return err
	}
	c, known := k.d.Inventory.Current().Check(id)
	if !known || !who.Scope.Sees(c.Client()) {
		return &opsbot.Error{Code: opsbot.ErrUnknownWord, Args: map[string]string{"word": shorten(string(id))}}
	}
	return k.d.Muter.Reset(ctx, id, k.entry(who, "reset", string(id)))
}
