package bot

import (
	"context"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// pressUnmute ends a mute from a button.
func (r *request) pressUnmute(ctx context.Context, args map[string]string) error {
	ended, err := r.b.d.Actions.Unmute(ctx, r.actor, []string{args["id"]}, args["undo"] != "")
	if err != nil {
		return err
	}
	r.answer(ctx, r.p.T("unmute.done"), false)
	r.shown = r.in.Message
	r.reply(ctx, r.renderer().unmuted(ended), nil)
	return nil
}

// cmdUnmute ends mutes. Without words it ends the only one, or lists all.
func (r *request) cmdUnmute(ctx context.Context, args string) error {
	ended, err := r.b.d.Actions.Unmute(ctx, r.actor, words(args), false)
	code := model.CodeOf(err)
	if code == model.ErrNeedArgument || code == model.ErrNoMute && strings.EqualFold(args, "all") {
		return r.cmdMutes(ctx, "")
	}
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().unmuted(ended), nil)
	return nil
}

func (s *renderer) unmuted(ended []model.Mute) string {
	var lines blocks
	for i := range ended {
		lines = append(lines, block(s.p.HTML("unmute.one", texts.Args{"id": int64(ended[i].ID), "what": s.muteTarget(&ended[i])})))
	}
	return message{rows: lines, tail: blocks{block(s.p.HTML("unmute.after"))}}.fit(mostRows, s.more)
}
