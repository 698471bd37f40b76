package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdUnmapped lists hosts that sources report and the inventory does not know.
func (r *request) cmdUnmapped(ctx context.Context, _ string) error {
	all, err := r.b.d.Actions.Unmapped(ctx, r.actor)
	if err != nil {
		return err
	}
	s := r.renderer()
	if len(all) == 0 && r.noSources(ctx) {
		return nil
	}
	if len(all) == 0 {
		r.reply(ctx, r.p.HTML("unmapped.none"), nil)
		return nil
	}
	r.list(ctx, message{head: blocks{block(r.p.HTMLN("unmapped.head", len(all)))}, rows: s.unmappedRows(all), tail: blocks{block(r.p.HTML("unmapped.do"))}})
	return nil
}

func (s *renderer) unmappedRows(all []ops.UnmappedHost) blocks {
	var rows blocks
	for i := range all {
		one := &all[i]
		row := block(texts.OfSeverity(one.Severity).Mark()+" ") + bold(model.Clip(one.Name, 100)) + " · " + escaped(model.Clip(one.Source, 40)) + " · " +
			escaped(s.p.T("since", texts.Args{"at": s.moment(one.Since)}))
		switch {
		case !one.Why.IsZero():
			row += "\n   " + escaped(model.Clip(s.p.Reason(one.Why), 200))
		case len(one.Near) > 0:
			row += "\n   " + block(s.p.HTML("unmapped.near", texts.Args{"names": model.Clip(joined(one.Near), 150)}))
		}
		rows = append(rows, row)
	}
	return rows
}
