package ops

import (
	"context"
	"strings"

	"opsbot/model"
)

// ResetNamed resets the one check that the words select, and returns it.
func (k *Actions) ResetNamed(ctx context.Context, who model.Actor, words []string) (*model.Check, error) {
	if err := k.need(ctx, who, RoleFor(ActionReset), ActionReset, strings.Join(words, " ")); err != nil {
		return nil, err
	}
	if len(words) == 0 {
		return nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionReset}}
	}
	c, err := k.oneCheck(who, words)
	if err != nil {
		return nil, err
	}
	return c, k.Reset(ctx, who, c.ID)
}

// Reset makes a latched check that is down ok again, so that its next failure raises an alert. ErrNotLatched when the check
// recovers by itself, ErrNotDown when it is not down.
func (k *Actions) Reset(ctx context.Context, who model.Actor, id model.CheckID) error {
	if err := k.need(ctx, who, RoleFor(ActionReset), ActionReset, string(id)); err != nil {
		return err
	}
	c, known := k.d.Inventory.Current().Check(id)
	if !known || !who.Scope.Sees(c.Client()) {
		return &model.Error{Code: model.ErrUnknownWord, Args: map[string]string{"word": shorten(string(id))}}
	}
	about := map[string]string{"check": shorten(string(id))}
	if !c.Latched {
		return &model.Error{Code: model.ErrNotLatched, Args: about}
	}
	if state, _ := k.d.Alerts.State(id); state.Phase != model.PhaseDown {
		return &model.Error{Code: model.ErrNotDown, Args: about}
	}
	return k.d.Muter.Reset(ctx, id, k.entry(who, ActionReset, string(id)))
}
