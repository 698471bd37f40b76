package bot

import (
	"context"

	"opsbot/model"
	"opsbot/texts"
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
	r.list(ctx, r.renderer().incidents(all), r.refresh())
	return nil
}

// incidents lists open incidents, attached ones below their parent.
func (s *renderer) incidents(all []model.Incident) message {
	return message{head: blocks{"<b>" + s.counted(all) + "</b>"}, rows: s.tree(all), links: s.incidentLinks(all)}
}

// incidentLinks are buttons that lead to incidents: "🔴 #5 web1".
func (s *renderer) incidentLinks(all []model.Incident) []action {
	names := make([]string, len(all))
	for i := range all {
		names[i] = s.name(&all[i])
	}
	links := make([]action, len(all))
	for i, name := range cutNames(names, labelRoom[1]-8) {
		in := &all[i]
		links[i] = action{
			label: texts.OfIncident(in).Mark() + " #" + s.number(in) + " " + name, name: actShow, args: map[string]string{"line": placeOfIncident(in)},
		}
	}
	return links
}

// refresh is the button that shows the same anew.
func (r *request) refresh() action {
	return action{label: r.p.T("button.refresh"), name: actShow, args: map[string]string{"line": r.here}}
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
		m.rows, m.links = s.lines(parts), s.incidentLinks(parts) // the rows of the card are in the head now, which is never cut
	}
	r.here, r.about = placeOfIncident(&in), placeOfIncident(&in)
	m.urls = s.runbookButtons(&in)
	var actions keyboard
	if in.Open() {
		actions = s.cardActions(&in, true)
	}
	r.show(ctx, m, actions)
	return nil
}
