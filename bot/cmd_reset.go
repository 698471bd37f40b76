package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdReset makes a latched check ok again: "/reset licence".
func (r *request) cmdReset(ctx context.Context, args string) error {
	if len(words(args)) == 0 && r.may(ops.ActionReset) {
		about, _, err := r.subject(ctx)
		if err != nil {
			return err
		}
		if len(about.Checks) != 1 {
			return r.pick(ctx, ops.ActionReset, about.Checks...)
		}
		args = about.Checks[0]
	}
	c, err := r.b.d.Actions.ResetNamed(ctx, r.actor, words(args))
	if err != nil {
		return err
	}
	r.reply(ctx, string(marked(texts.LevelOK, r.p.HTML("reset.check", texts.Args{"check": model.Clip(string(c.ID), 140)}))), nil)
	return nil
}

// pressReset does the same for the check of a card.
func (r *request) pressReset(ctx context.Context, args map[string]string) error {
	if err := r.b.d.Actions.Reset(ctx, r.actor, model.CheckID(args["check"])); err != nil {
		return err
	}
	r.answer(ctx, r.p.T("reset.done"), false)
	r.again(ctx, args)
	return nil
}
