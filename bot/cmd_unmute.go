package bot

import (
	"cmp"
	"context"
	"strconv"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// pressUnmute ends a mute from a button.
func (r *request) pressUnmute(ctx context.Context, args map[string]string) error {
	id, _ := strconv.ParseInt(args["id"], 10, 64)
	ended, err := r.b.d.Actions.UnmuteOne(ctx, r.actor, model.MuteID(id), args["undo"] != "")
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
	if code == model.ErrNeedArgument || code == model.ErrNoMute && ops.MeansAll(words(args)) {
		return r.cmdMutes(ctx, "")
	}
	if err != nil {
		return err
	}
	html := blocks{block(r.renderer().unmuted(ended))}
	if planned, err := r.b.d.Actions.Maintenance(ctx, r.actor); err == nil && len(planned) > 0 && ops.MeansAll(words(args)) {
		html = append(html, block(r.p.HTMLN("unmute.planned", len(planned))))
	}
	r.reply(ctx, html.join(), nil)
	return nil
}

func (s *renderer) unmuted(ended []ops.Unmuted) string {
	var rows, tail blocks
	for i := range ended {
		m := &ended[i]
		row := s.p.HTML("unmute.one", texts.Args{"id": int64(m.ID), "what": s.muteTarget(&m.Mute)})
		if l := m.Still; l != nil {
			row += "\n" + s.p.HTML("unmute.still", texts.Args{"until": s.moment(l.Until), "who": s.muter(l, 70), "id": int64(l.ID)})
		} else {
			tail = blocks{block(s.p.HTML("unmute.after"))}
		}
		rows = append(rows, block(row))
	}
	if len(ended) == 1 && ended[0].Still == nil {
		tail = append(tail, s.muteAgain(&ended[0].Mute))
	}
	return message{rows: rows, tail: tail}.fit(mostRows, s.more)
}

// muteAgain says how to mute the same again, where a command can.
func (s *renderer) muteAgain(m *model.Mute) block {
	words := cmp.Or(m.Selector.String(), "all")
	if m.Incident != 0 || m.Here || m.Maintenance() || len(words) > longestLine {
		return ""
	}
	return block(s.p.HTML("unmute.again", texts.Args{"words": words}))
}
