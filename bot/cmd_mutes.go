package bot

import (
	"context"
	"strconv"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdMutes lists mutes, each with a button that leads to it.
func (r *request) cmdMutes(ctx context.Context, _ string) error {
	mutes, err := r.b.d.Actions.Mutes(ctx, r.actor)
	if err != nil {
		return err
	}
	r.here = "/mutes" // also where /unmute led here
	if len(mutes) == 0 {
		r.reply(ctx, r.p.HTML("mutes.none"), nil)
		return nil
	}
	r.list(ctx, r.renderer().mutes(mutes), r.refresh())
	return nil
}

func (s *renderer) mutes(mutes []model.Mute) message {
	var rows blocks
	for i := range mutes {
		rows = append(rows, block(s.muteLine(&mutes[i])))
	}
	return message{head: blocks{block(s.p.HTMLN("mutes.head", len(mutes)))}, rows: rows, links: s.muteLinks(mutes)}
}

// muteLinks are buttons that lead to mutes: "#3 clientA". A window that recurs by itself has no number, and leads nowhere.
func (s *renderer) muteLinks(mutes []model.Mute) []action {
	names := make([]string, len(mutes))
	for i := range mutes {
		names[i] = s.muteTarget(&mutes[i])
	}
	links := make([]action, len(mutes))
	for i, name := range cutNames(names, labelRoom[1]-7) {
		mark := "🔇 #"
		if mutes[i].Maintenance() {
			mark = "🗓 #"
		}
		if m := &mutes[i]; m.ID != 0 {
			links[i] = action{label: mark + strconv.FormatInt(int64(m.ID), 10) + " " + name, name: actShow, args: map[string]string{"line": placeOfMute(m)}}
		}
	}
	return links
}

// showMute shows one mute, with what can be done about it.
func (r *request) showMute(ctx context.Context, id model.MuteID) error {
	m, err := r.b.d.Actions.MuteOf(ctx, r.actor, id)
	if err != nil {
		return err
	}
	s := r.renderer()
	r.about = placeOfMute(&m)
	var keys keyboard
	if r.actor.Role >= ops.RoleFor(ops.ActionUnmute) {
		keys = keyboard{s.muteActions(&m)}
	}
	r.show(ctx, message{head: s.mute(&m)}, keys)
	return nil
}

// mute is all about one mute.
func (s *renderer) mute(m *model.Mute) blocks {
	id := "mute.view"
	if m.From.After(s.now) {
		id = "mute.view_planned"
	}
	lines := blocks{
		block(s.p.HTML(id, texts.Args{"id": int64(m.ID), "what": s.muteTarget(m)})),
		block(s.p.HTML("mute.view_time", texts.Args{"from": s.moment(m.From), "until": s.moment(m.Until)})),
		block(s.p.HTML("mute.view_by", texts.Args{"who": s.muter(m, 64)})),
	}
	if m.Reason != "" {
		lines = append(lines, block(s.p.HTML("mute.reason", texts.Args{"reason": m.Reason})))
	}
	return lines
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
