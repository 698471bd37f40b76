package bot

import (
	"context"
	"strconv"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdExtend gives a mute more time: "/extend 3 1h".
func (r *request) cmdExtend(ctx context.Context, args string) error {
	more, err := ops.ParseExtend(words(args), r.zoned())
	if err != nil {
		return err
	}
	m, err := r.b.d.Actions.Extend(ctx, r.actor, more)
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().extended(&m), nil)
	return nil
}

// pressExtend extends a mute from the button under its reminder.
func (r *request) pressExtend(ctx context.Context, args map[string]string) error {
	id, _ := strconv.ParseInt(args["id"], 10, 64)
	by, err := time.ParseDuration(args["for"])
	if err != nil {
		return &model.Error{Code: model.ErrButtonExpired}
	}
	m, err := r.b.d.Actions.Extend(ctx, r.actor, ops.Extension{Ref: model.MuteID(id), By: by})
	if err != nil {
		return err
	}
	r.answer(ctx, r.p.T("mute.done"), false)
	r.shown = r.in.Message
	r.reply(ctx, r.renderer().extended(&m), nil)
	return nil
}

func (s *renderer) extended(m *model.Mute) string {
	return blocks{
		block(s.p.HTML("mute.extended", texts.Args{"id": int64(m.ID), "what": s.muteTarget(m), "until": s.until(m.Until)})),
		block(s.p.HTML("mute.undo", texts.Args{"id": int64(m.ID)})),
	}.join()
}
