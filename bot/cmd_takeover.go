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

// TakenOver renders a takeover.
func (w *Plain) TakenOver(language string, t *ops.Takeover) string {
	return plain(w.renderer(language).takenOver(t))
}
