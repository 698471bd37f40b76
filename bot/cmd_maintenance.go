package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdMaintenance lists maintenance windows, or plans one.
func (r *request) cmdMaintenance(ctx context.Context, args string) error {
	if len(words(args)) > 0 {
		req, err := ops.ParseMaintenance(args, r.zoned())
		if err != nil {
			return err
		}
		_, err = r.mute(ctx, req)
		return err
	}
	all, err := r.b.d.Actions.Maintenance(ctx, r.actor)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		r.reply(ctx, r.p.HTML("maintenance.none"), nil)
		return nil
	}
	r.list(ctx, r.renderer().maintenance(all), r.refresh())
	return nil
}

// maintenance lists planned work.
func (s *renderer) maintenance(all []ops.Planned) message {
	rows, mutes := make(blocks, len(all)), make([]model.Mute, len(all))
	for i := range all {
		m := &all[i].Mute
		mutes[i] = *m
		id := "maintenance.line"
		if all[i].Again {
			id = "maintenance.again"
		}
		rows[i] = block(s.p.HTML(id, texts.Args{
			"id": int64(m.ID), "what": s.muteTarget(m), "from": s.moment(m.From), "until": s.moment(m.Until), "by": s.muteBy(m),
		}))
	}
	return message{head: blocks{block(s.p.HTMLN("maintenance.head", len(all)))}, rows: rows, links: s.muteLinks(mutes)}
}
