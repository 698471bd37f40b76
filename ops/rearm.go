package ops

import (
	"context"

	"opsbot"
)

// Rearm makes a latched check that is down count as ok again, so that its next failure is told.
func (k *Actions) Rearm(ctx context.Context, who opsbot.Actor, id opsbot.CheckID) error {
	if err := k.need(ctx, who, opsbot.RoleAdmin, "rearm", string(id)); err != nil {
		return err
	}
	c, known := k.d.Inventory.Current().Check(id)
	if !known || !who.Scope.Sees(c.Client()) {
		return &opsbot.Error{Code: opsbot.ErrUnknownWord, Args: map[string]string{"word": shorten(string(id))}}
	}
	return k.d.Muter.Rearm(ctx, id, k.entry(who, "rearm", string(id)))
}
