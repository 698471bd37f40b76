package bot

import (
	"context"

	"opsbot/model"
)

// cmdIncidents lists the open incidents, or shows one.
func (r *request) cmdIncidents(ctx context.Context, args string) error {
	if ws := words(args); len(ws) > 0 {
		id, err := r.b.d.Actions.IncidentNumbered(r.actor, ws[0])
		if err != nil {
			return err
		}
		return r.showIncident(ctx, id)
	}
	all, err := r.b.d.Actions.Incidents(ctx, r.actor)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		r.reply(ctx, r.p.HTML(r.noIncidents(ctx)), nil)
		return nil
	}
	r.list(ctx, r.renderer().incidents(all))
	return nil
}

// incidents lists open incidents, attached ones below their parent.
func (s *renderer) incidents(all []model.Incident) message {
	return message{head: blocks{"<b>" + s.counted(all) + "</b>"}, rows: s.tree(all)}
}

// tree has a line for each incident; incidents with a parent come below it.
func (s *renderer) tree(all []model.Incident) blocks {
	there := map[model.IncidentID]bool{}
	var lines blocks
	for i := range all {
		in := &all[i]
		there[in.ID] = true
		line := s.incidentLine(in)
		if there[in.Parent] {
			line = "↳ " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// showIncident shows a card with its buttons and the incidents attached to it.
func (r *request) showIncident(ctx context.Context, id model.IncidentID) error {
	in, parts, err := r.b.d.Actions.Incident(ctx, r.actor, id)
	if err != nil {
		return err
	}
	s := r.renderer()
	m := s.incident(&in, false)
	if len(parts) > 0 {
		m.head = append(append(m.head, m.rows...), block(r.p.HTMLN("incidents.parts", len(parts))))
		m.rows = s.lines(parts) // the rows of the card are in the head now, which is never cut
	}
	var actions []action
	if in.Open() {
		actions = s.cardActions(&in)
	}
	r.listWith(ctx, m, s.runbookButtons(&in), actions...)
	return nil
}
