package bot

import (
	"context"

	"opsbot/ops"
	"opsbot/texts"
)

// cmdHandback ends a takeover.
func (r *request) cmdHandback(ctx context.Context, args string) error {
	t, err := r.b.d.Actions.Handback(ctx, r.actor, words(args))
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().handedBack(&t), nil)
	return nil
}

// pressHandback ends a takeover from the button under it.
func (r *request) pressHandback(ctx context.Context, args map[string]string) error {
	t, err := r.b.d.Actions.Handback(ctx, r.actor, []string{args["id"]})
	if err != nil {
		return err
	}
	r.answer(ctx, r.p.T("handback.done"), false)
	r.shown = r.in.Message
	r.reply(ctx, r.renderer().handedBack(&t), nil)
	return nil
}

func (s *renderer) handedBack(t *ops.Takeover) string {
	args := texts.Args{"person": t.Person, "schedule": t.Schedule, "after": joined(t.After)}
	if len(t.After) == 0 {
		return "⚠️ " + s.p.HTML("handback.to_nobody", args)
	}
	return s.p.HTML("handback.to", args)
}

// HandedBack renders the end of a takeover.
func (w *Plain) HandedBack(language string, t *ops.Takeover) string {
	return plain(w.renderer(language).handedBack(t))
}
