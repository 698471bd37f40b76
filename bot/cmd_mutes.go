package bot

import (
	"context"
	"strconv"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// cmdMutes lists mutes, each with a button to end it.
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
				args: map[string]string{"id": strconv.FormatInt(int64(m.Ref()), 10)},
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
	return message{head: blocks{block(s.p.HTMLN("mutes.head", len(mutes)))}, rows: rows}.fit(mostRows, s.more)
}

func (s *renderer) muteLine(m *model.Mute) string {
	return s.p.HTML("mutes.line", texts.Args{"id": int64(m.ID), "what": s.muteTarget(m), "until": s.moment(m.Until), "by": s.muteBy(m)})
}

// muter is who made a mute, as far as the reader may know.
func (s *renderer) muter(m *model.Mute, width int) string {
	if m.OwnerName == "" {
		return s.p.T("mute.somebody")
	}
	return model.Clip(m.OwnerName, width)
}

// muteBy is the owner and the reason of a mute.
func (s *renderer) muteBy(m *model.Mute) string {
	by := s.muter(m, 32)
	if m.Reason != "" {
		by += ": " + model.Clip(m.Reason, 80)
	}
	return by
}
