package bot

import (
	"context"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdExtend gives a mute more time: "/extend 3 1h".
func (r *request) cmdExtend(ctx context.Context, args string) error {
	ws, ref, err := r.extensionOf(ctx, words(args))
	if err != nil {
		return err
	}
	if len(ws) == 0 && r.may(ops.ActionExtend) {
		return r.pickExtension(ctx)
	}
	more, err := ops.ParseExtend(ws, r.zoned())
	if err != nil {
		return err
	}
	if ref != 0 {
		more.Mute, more.Ref = 0, ref
	}
	m, err := r.b.d.Actions.Extend(ctx, r.actor, more)
	if err != nil {
		return err
	}
	r.about = placeOfMute(&m)
	r.reply(ctx, r.renderer().extended(&m), nil)
	return nil
}

// extensionOf are the words of an extension. In reply to a card or a mute they name no mute: ref is the one that is meant.
func (r *request) extensionOf(ctx context.Context, ws []string) (full []string, ref model.MuteID, err error) {
	if len(ws) == 0 || r.in.ReplyTo == 0 {
		return ws, 0, nil
	}
	if _, err := ops.ParseExtend(ws, r.zoned()); err == nil {
		return ws, 0, nil
	}
	m, found, err := r.muteMeant(ctx)
	if err != nil || !found {
		return ws, 0, err
	}
	return append(slices.Clone(ws), strconv.FormatInt(int64(m.ID), 10)), m.Ref(), nil
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
