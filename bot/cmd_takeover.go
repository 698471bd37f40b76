package bot

import (
	"context"
	"strconv"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdTakeover puts somebody on call: "/takeover", "/takeover primary 2h -- ill".
func (r *request) cmdTakeover(ctx context.Context, args string) error {
	req, err := ops.ParseTakeover(args, r.b.d.Now().In(r.b.d.Zone()))
	if err != nil {
		return err
	}
	t, err := r.b.d.Actions.Takeover(ctx, r.actor, req)
	if err != nil {
		return err
	}
	undo := action{label: r.p.T("button.undo"), name: actHandback, args: map[string]string{"id": strconv.FormatInt(t.ID, 10)}}
	r.reply(ctx, r.renderer().takenOver(&t), r.buttons(ctx, 1, undo))
	return nil
}

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

func (s *renderer) takenOver(t *ops.Takeover) string {
	args := texts.Args{
		"id": t.ID, "person": t.Person, "schedule": t.Schedule, "until": s.moment(t.To), "before": joined(t.Before), "reason": model.Clip(t.Reason, 80),
	}
	id := "takeover.done"
	if len(t.Before) == 0 {
		id = "takeover.of_nobody"
	}
	lines := blocks{block(s.p.HTML(id, args))}
	if t.Reason != "" {
		lines = append(lines, "💬 "+escaped(model.Clip(t.Reason, 80)))
	}
	return append(lines, block(s.p.HTML("takeover.undo", args))).join()
}

func (s *renderer) handedBack(t *ops.Takeover) string {
	args := texts.Args{"person": t.Person, "schedule": t.Schedule, "after": joined(t.After)}
	if len(t.After) == 0 {
		return "⚠️ " + s.p.HTML("handback.to_nobody", args)
	}
	return s.p.HTML("handback.to", args)
}

// TakenOver renders a takeover.
func (w *Plain) TakenOver(language string, t *ops.Takeover) string {
	return plain(w.renderer(language).takenOver(t))
}

// HandedBack renders the end of a takeover.
func (w *Plain) HandedBack(language string, t *ops.Takeover) string {
	return plain(w.renderer(language).handedBack(t))
}
