package bot

import (
	"context"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// cmdSources shows the connection status of each source.
func (r *request) cmdSources(ctx context.Context, _ string) error {
	all, err := r.b.d.Actions.Sources(ctx, r.actor)
	if err != nil {
		return err
	}
	r.list(ctx, r.renderer().sources(all))
	return nil
}

// noSources says so if there are no sources: without them, no events are not "all clear".
func (r *request) noSources(ctx context.Context) (said bool) {
	all, err := r.b.d.Actions.Sources(ctx, r.actor)
	if err != nil || len(all) > 0 {
		return false
	}
	r.reply(ctx, r.renderer().sources(nil).all().join(), nil)
	return true
}

// sources lists the connection status of each source.
func (s *renderer) sources(all []model.SourceState) (out message) {
	if len(all) == 0 {
		return message{head: blocks{block(s.p.HTML("sources.none"))}}
	}
	out.head = blocks{block(s.p.HTMLN("sources.head", len(all)))}
	for i := range all {
		out.rows = append(out.rows, s.sourceRow(&all[i]))
	}
	return out
}

func (s *renderer) sourceRow(one *model.SourceState) block {
	level, state := texts.LevelOK, s.p.T("sources.connected", texts.Args{"at": s.moment(one.Answered)})
	switch {
	case one.Disconnected:
		level, state = texts.LevelCritical, s.p.T("sources.disconnected", texts.Args{"since": s.moment(one.Since)})
	case !one.Failing.IsZero():
		level, state = texts.LevelWarning, s.p.T("sources.failing", texts.Args{"since": s.moment(one.Since)})
	case one.Answered.IsZero() && one.LastHook.IsZero():
		level, state = texts.LevelUnknown, s.p.T("sources.new")
	case one.Answered.IsZero():
		state = s.p.T("sources.connected", texts.Args{"at": s.moment(one.LastHook)})
	case len(one.Missing) > 0:
		level = texts.LevelWarning
	}
	row := block(level.Mark()+" ") + bold(model.Clip(one.Name, 70)) + " · " + escaped(strings.TrimSpace(string(one.Kind)+" "+model.Clip(one.Version, 40))) +
		"\n   " + escaped(state)
	if one.Active > 0 {
		row += " · " + escaped(s.p.N("sources.active", one.Active))
	}
	if !one.Failing.IsZero() {
		row += "\n   " + escaped(model.Clip(s.p.Reason(one.Failing), 200))
	}
	if !one.LostAt.IsZero() && one.Failing.IsZero() {
		row += "\n   " + block(s.p.HTML("sources.away", texts.Args{"from": s.moment(one.LostAt), "to": s.moment(one.FoundAt)}))
	}
	missing := rowsOf(one.Missing, func(r *model.Reason) block { return "⚠️ " + escaped(model.Clip(s.p.Reason(*r), 200)) })
	for _, line := range s.first(missing, limit{mostReplies, len(missing), "more"}) {
		row += "\n   " + line
	}
	return row
}
