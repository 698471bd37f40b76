package bot

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// pressUnmute ends a mute from a button.
func (r *request) pressUnmute(ctx context.Context, args map[string]string) error {
	if incident, err := strconv.ParseInt(args["incident"], 10, 64); err == nil && args["id"] == "" {
		return r.unmuteIncident(ctx, model.IncidentID(incident), args)
	}
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

// unmuteIncident ends the mute of an incident. What is muted by more, or together with others, is not ended by a press: the mutes are offered.
func (r *request) unmuteIncident(ctx context.Context, id model.IncidentID, args map[string]string) error {
	mutes, err := r.b.d.Actions.MutesOver(ctx, r.actor, id)
	if err != nil {
		return err
	}
	pressed := r.in.Kind == telegram.KindPress
	if len(mutes) > 1 || mutes[0].Incident == 0 {
		if pressed {
			r.answer(ctx, "", false)
		}
		r.shown, r.here, r.trail = 0, "/mutes", nil
		m := r.renderer().mutes(mutes)
		m.head = blocks{block(r.p.HTML("unmute.which", texts.Args{"id": int64(r.b.d.Actions.IncidentNumber(ctx, r.actor, id))}))}
		r.list(ctx, m)
		return nil
	}
	ended, err := r.b.d.Actions.UnmuteOne(ctx, r.actor, mutes[0].Ref(), false)
	if err != nil {
		return err
	}
	if pressed {
		r.answer(ctx, r.p.T("unmute.done"), false)
		r.again(ctx, args)
		return nil
	}
	r.reply(ctx, r.renderer().unmuted(ended), nil)
	return nil
}

// muteMeant is the mute that a reply is about: that of a message about one, or the only one of a card's incident.
func (r *request) muteMeant(ctx context.Context) (m model.Mute, found bool, err error) {
	id, err := r.cardMeant(ctx)
	if err != nil {
		return m, false, err
	}
	if id != 0 {
		mutes, err := r.b.d.Actions.MutesOver(ctx, r.actor, id)
		if err != nil || len(mutes) != 1 {
			return m, false, err
		}
		return mutes[0], true, nil
	}
	meant, err := r.meantByButtons(ctx)
	number, isMute := strings.CutPrefix(meant, mutePlace)
	if err != nil || !isMute {
		return m, false, err
	}
	ref, _ := strconv.ParseInt(number, 10, 64)
	m, err = r.b.d.Actions.MuteOf(ctx, r.actor, model.MuteID(ref))
	return m, err == nil, err
}

// unmuteMeant ends what a reply is about; done is false when it is about nothing that is muted.
func (r *request) unmuteMeant(ctx context.Context) (done bool, err error) {
	if id, err := r.cardMeant(ctx); err != nil || id != 0 {
		if err != nil {
			return true, err
		}
		return true, r.unmuteIncident(ctx, id, nil)
	}
	m, found, err := r.muteMeant(ctx)
	if err != nil || !found {
		return err != nil, err
	}
	ended, err := r.b.d.Actions.UnmuteOne(ctx, r.actor, m.Ref(), false)
	if err == nil {
		r.reply(ctx, r.renderer().unmuted(ended), nil)
	}
	return true, err
}

// cmdUnmute ends mutes. Without words it ends what it replies to, else the only one, or lists all.
func (r *request) cmdUnmute(ctx context.Context, args string) error {
	ws := words(args)
	if len(ws) == 0 && r.in.ReplyTo != 0 {
		if done, err := r.unmuteMeant(ctx); done {
			return err
		}
		var err error
		if ws, err = r.orSubject(ctx, nil, wholeOf); err != nil {
			return err
		}
	}
	ended, err := r.b.d.Actions.Unmute(ctx, r.actor, ws, false)
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
