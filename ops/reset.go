package ops

import (
	"context"

	"opsbot/model"
)

// Reset resets a latched check that is down to ok, so that its next failure is notified.
func (k *Actions) Reset(ctx context.Context, who model.Actor, id model.CheckID) error {
	if err := k.need(ctx, who, model.RoleAdmin, "reset", string(id)); err != nil {
		return err
	}
	c, known := k.d.Inventory.Current().Check(id)
	if !known || !who.Scope.Sees(c.Client()) {
		return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": shorten(string(id))}}
	}
	return k.d.Muter.Reset(ctx, id, k.entry(who, "reset", string(id)))
}
