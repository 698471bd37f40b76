package bot

import (
	"context"
	"strconv"
	"strings"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// pressUnmute lifts a mute from a button.
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

// cmdUnmute lifts mutes; without words, the only one there is, or a list to choose from.
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
	message := fit(nil, lines, blocks{block(s.p.HTML("unmute.after"))}, mostRows, s.more)
	return message
}

// cmdMutes lists what is muted, with a button to lift each.
func (r *request) cmdMutes(ctx context.Context, _ string) error {
	mutes, err := r.b.d.Actions.Mutes(ctx, r.actor)
	if err != nil {
		return err
	}
	if len(mutes) == 0 {
		r.reply(ctx, r.renderer().mutes(nil), nil)
		return nil
	}
	var lift []action
	for i := range mutes {
		m := &mutes[i]
		if len(lift) < mostRows {
			lift = append(lift, action{
				label: r.p.T("button.unmute", texts.Args{"id": int64(m.ID)}), name: actUnmute,
				args: map[string]string{"id": strconv.FormatInt(int64(m.ID), 10)},
			})
		}
	}
	var buttons [][]telegram.Button
	if r.actor.Role >= model.RoleOperator {
		buttons = r.buttons(ctx, 3, lift...)
	}
	r.reply(ctx, r.renderer().mutes(mutes), buttons)
	return nil
}

func (s *renderer) mutes(mutes []model.Mute) string {
	if len(mutes) == 0 {
		return s.p.HTML("mutes.none")
	}
	var rows blocks
	for i := range mutes {
		rows = append(rows, block(s.muteLine(&mutes[i])))
	}
	message := fit(blocks{block(s.p.HTMLN("mutes.head", len(mutes)))}, rows, nil, mostRows, s.more)
	return message
}

func (s *renderer) muteLine(m *model.Mute) string {
	return s.p.HTML("mutes.line", texts.Args{"id": int64(m.ID), "what": s.muteTarget(m), "until": s.moment(m.Until), "by": s.muteBy(m)})
}

// muteBy is who muted, and why.
func (s *renderer) muteBy(m *model.Mute) string {
	by := clipped(m.OwnerName, 32)
	if m.Reason != "" {
		by += ": " + clipped(m.Reason, 80)
	}
	return by
}
