package bot

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdWhy explains why something is not ok.
func (r *request) cmdWhy(ctx context.Context, args string) error {
	w, err := r.b.d.Actions.Why(ctx, r.actor, words(args))
	if err != nil {
		return err
	}
	m := r.renderer().why(w)
	var actions []action
	if line := "/webtest " + w.Words; len(line) <= longestLine {
		actions = append(actions, action{label: r.p.T("button.again"), name: actRun, args: map[string]string{"line": line}})
	}
	if n := len(w.Incidents); n > 0 {
		id := w.Incidents[0].ID
		actions = append(actions, action{label: r.p.T("button.incident", texts.Args{"id": int64(id)}), name: actRun, args: map[string]string{"line": "/incidents " + r.renderer().number(&w.Incidents[0])}})
	}
	r.list(ctx, m, actions...)
	return nil
}

// The limits of the parts of /why.
const (
	mostWhyServices = 6
	mostWhyEvents   = 4
	mostWhyRoots    = 3
)

func (s *renderer) why(w *ops.Why) (out message) {
	what := model.Clip(w.Words, 64)
	if len(w.Services)+len(w.Failing) == 0 {
		out.head = blocks{marked(texts.LevelOK, s.p.HTML("why.well", texts.Args{"what": what}))}
	} else {
		out.head = blocks{block(s.p.HTML("why.head", texts.Args{"what": what}))}
		for _, g := range groupEqual(w.Services)[:min(len(groupEqual(w.Services)), mostWhyServices)] {
			out.head = append(out.head, g.line(s.p))
		}
	}
	out.rows = append(out.rows, s.whyIncidents(w.Incidents)...)
	out.rows = append(out.rows, s.whyEvents(w.Events)...)
	out.rows = append(out.rows, s.cause(w.Cause))
	for i := range w.Mutes[:min(len(w.Mutes), mostWhyRoots)] {
		m := &w.Mutes[i]
		out.rows = append(out.rows, "🔇 "+block(s.p.HTML("why.muted", texts.Args{"what": s.muteTarget(m), "until": s.p.Moment(m.Until, s.now), "who": model.Clip(m.OwnerName, 64)})))
	}
	for i := range w.Failing {
		out.rows = append(out.rows, s.whyRow(&w.Failing[i]))
	}
	out.tail = s.whyGuides(w)
	return out
}

func (s *renderer) whyRow(row *ops.CheckRow) block {
	return block(s.p.HTML("why.row", texts.Args{
		"mark": texts.OfCheck(&row.State).Mark(), "name": model.Clip(string(row.Check.ID), 140), "reason": model.Clip(s.p.Reason(row.State.Reason), 250),
		"since": s.moment(row.State.NotOKSince()),
	}))
}

// whyIncidents lists the incidents it is part of, root parents first.
func (s *renderer) whyIncidents(all []model.Incident) blocks {
	var lines blocks
	for i := range all {
		if len(lines) == mostWhyRoots {
			return append(lines, block(s.p.HTMLN("status.more_incidents", len(all)-i)))
		}
		lines = append(lines, s.incidentLine(&all[i]))
	}
	return lines
}

// whyEvents lists the events of its hosts.
func (s *renderer) whyEvents(all []model.Event) blocks {
	var lines blocks
	for i := range all {
		if i == mostWhyEvents {
			return append(lines, block(s.p.HTMLN("why.more_events", len(all)-i)))
		}
		e := &all[i]
		lines = append(lines, block("📡 ")+block(s.p.HTML("why.event", texts.Args{
			"source": model.Clip(e.Source, 40), "host": model.Clip(e.Host, 70), "title": model.Clip(e.Title, 200), "at": s.moment(e.OpenedAt),
		})))
	}
	return lines
}

// whyGuides says what to do, if it is about one client.
func (s *renderer) whyGuides(w *ops.Why) blocks {
	if len(w.Clients) != 1 || len(w.Services) == 0 {
		return nil
	}
	c := &w.Clients[0]
	if c.Runbook == "" && len(c.Contacts) == 0 {
		return nil
	}
	return s.guides([]model.Guide{{Client: c.Name, Tier: c.Tier, Runbook: c.Runbook, Contacts: c.Contacts}})
}
