package bot

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdWhy explains why something is not ok.
func (r *request) cmdWhy(ctx context.Context, args string) error {
	ws, err := r.orSubject(ctx, words(args), wholeOf)
	if err != nil {
		return err
	}
	if len(ws) == 0 {
		return r.cmdClients(ctx, "why")
	}
	w, err := r.b.d.Actions.Why(ctx, r.actor, ws)
	if err != nil {
		return err
	}
	r.about = strings.Join(ws, " ")
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

// why says each thing once: services with the number of their incident, incidents that are about more than those, events, what the
// failures have in common, mutes, then what fails on which host.
func (s *renderer) why(w *ops.Why) (out message) {
	what := model.Clip(plainWords(w.Words), 64)
	if len(w.Services)+len(w.Failing) == 0 {
		out.head = blocks{marked(texts.LevelOK, s.p.HTML("why.well", texts.Args{"what": what}))}
	} else {
		out.head = blocks{block(s.p.HTML("why.head", texts.Args{"what": what}))}
	}
	mine, others := s.ownIncidents(w)
	if len(w.Mutes) > 0 { // they have lines of their own
		mine.forgetMutes()
	}
	out.head = append(out.head, s.whyServices(w.Services, mine)...)
	out.head = append(out.head, s.first(rowsOf(others, s.incidentLine), limit{mostWhyRoots, len(others), "status.more_incidents"})...)
	out.head = append(out.head, s.whyEvents(w.Events)...)
	out.head = append(out.head, s.cause(w.Cause))
	out.head = append(out.head, s.first(rowsOf(w.Mutes, s.whyMute), limit{mostWhyRoots, len(w.Mutes), "more"})...)
	out.rows, out.tail = s.whyRows(w.Failing, mine), s.whyGuides(w)
	return out
}

// subject is what an incident of one service, check or host is about.
type subject struct {
	model.ServiceKey
	check model.CheckID
	host  string
}

// own are incidents that say no more than a line about their subject, so that the line has their number.
type own map[subject]*model.Incident

// forgetMutes leaves it to the mutes to say until when.
func (o own) forgetMutes() {
	for about, in := range o {
		open := *in
		open.MutedUntil = time.Time{}
		o[about] = &open
	}
}

// ownIncidents are the incidents whose subjects have a line, and the others.
func (s *renderer) ownIncidents(w *ops.Why) (mine own, others []model.Incident) {
	listed := map[subject]bool{}
	for i := range w.Services {
		listed[subject{ServiceKey: w.Services[i].ServiceKey}] = true
	}
	for i := range w.Failing {
		c := w.Failing[i].Check
		listed[subject{check: c.ID}] = true
		if c.Endpoint != nil {
			listed[subject{host: c.Endpoint.Host}] = true
		}
	}
	mine = own{}
	for i := range w.Incidents {
		in := &w.Incidents[i]
		if about := (subject{in.ServiceKey, in.Check, in.Host}); listed[about] {
			mine[about] = in
			continue
		}
		others = append(others, *in)
	}
	return mine, others
}

// whyServices lists services: each that has an incident of its own in a line, the others of one state in one.
func (s *renderer) whyServices(all []model.ServiceState, mine own) blocks {
	var rows []row
	total := 0
	for _, g := range groupEqual(all) {
		var without []string // their own incident
		for _, name := range g.names {
			if in := mine[subject{ServiceKey: model.ServiceKey{Client: g.Client, Service: name}}]; in != nil {
				rows = append(rows, row{g.of(name).line(s.p) + s.numbered(in), 1})
			} else {
				without = append(without, name)
			}
		}
		if len(without) > 0 {
			rows = append(rows, row{g.of(without...).line(s.p), len(without)})
		}
		total += len(g.names)
	}
	return s.first(rows, limit{mostWhyServices, total, "card.more_services"})
}

// numbered is the number of an incident, and how it is beside being open: " · #12 · flapping"; "" of none.
func (s *renderer) numbered(in *model.Incident) block {
	if in == nil {
		return ""
	}
	line := block(" · #" + s.number(in))
	if words := s.beside(in); words != "" {
		line += " · " + escaped(words)
	}
	return line
}

// whyRows lists what fails, worst first: what fails on a host for one reason is one line, with the full names of the checks.
func (s *renderer) whyRows(all []ops.CheckRow, mine own) blocks {
	type cause struct{ host, words string }
	at := map[cause]int{}
	var groups [][]*ops.CheckRow
	for i := range all {
		c := cause{string(all[i].Check.ID), ""}
		switch e := all[i].Check.Endpoint; {
		case e == nil || all[i].State.Condition() == model.ConditionLatched:
		case mine[subject{host: e.Host}] != nil: // the host as a whole
			c = cause{e.Host, ""}
		default:
			c = cause{e.Host, string(all[i].State.Condition()) + s.common(all[i].State.Reason)}
		}
		n, there := at[c]
		if !there {
			n = len(groups)
			at[c], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], &all[i])
	}
	var rows blocks
	for _, g := range groups {
		if e := g[0].Check.Endpoint; e != nil && mine[subject{host: e.Host}] != nil {
			rows = append(rows, s.whyHost(g, mine[subject{host: e.Host}]))
			continue
		}
		rows = append(rows, s.whyRow(g)+s.numbered(mine[subject{check: g[0].Check.ID}]))
	}
	return rows
}

// whyHost is "🔴 web1 refuses connections: acme/reports, acme/store · since 12:00 · #2".
func (s *renderer) whyHost(rows []*ops.CheckRow, in *model.Incident) block {
	return block(s.p.HTML("why.row", texts.Args{
		"mark": texts.OfIncident(in).Mark(), "name": model.Clip(in.Host, 70) + " " + cmp.Or(s.p.HostState(in.Reason.Code), s.p.HostState(model.ReasonHostDown)),
		"reason": s.p.Names(endpointNames(rows), mostServices), "since": s.moment(in.OpenedAt),
	})) + s.numbered(in)
}

func endpointNames(rows []*ops.CheckRow) []string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Check.Endpoint.String())
	}
	return names
}

// whyRow is "🔴 acme/store@web2: HTTP 503, expected 200 · since 12:00"; of several on a host
// "🔴 web2, acme/reports, acme/store: connection refused · since 12:00".
func (s *renderer) whyRow(rows []*ops.CheckRow) block {
	first := rows[0]
	state, name, reason := first.State, model.Clip(string(first.Check.ID), 140), s.p.Reason(first.State.Reason)
	if state.Condition() == model.ConditionLatched {
		return escaped(texts.OfCheck(&state).Mark() + " " + name + ": " + s.p.Latched(state.WorksSince, s.now))
	}
	since := state.NotOKSince()
	if len(rows) > 1 {
		for _, r := range rows {
			since = model.Earlier(since, r.State.NotOKSince())
		}
		name, reason = model.Clip(s.p.Names(endpointNames(rows), mostServices)+" @ "+first.Check.Endpoint.Host, 300), s.common(first.State.Reason)
	}
	return block(s.p.HTML("why.row", texts.Args{
		"mark": texts.OfCheck(&state).Mark(), "name": name, "reason": model.Clip(reason, 250), "since": s.moment(since),
	}))
}

func (s *renderer) whyMute(m *model.Mute) block {
	return "🔇 " + block(s.p.HTML("why.muted", texts.Args{"what": s.muteTarget(m), "until": s.p.Moment(m.Until, s.now), "who": s.muter(m, 64)}))
}

// whyEvents lists the events of its hosts: what a source says of several hosts in the same words is one line.
func (s *renderer) whyEvents(all []model.Event) blocks {
	type words struct{ source, service, title string }
	at := map[words]int{}
	var groups [][]*model.Event
	for i := range all {
		w := words{all[i].Source, all[i].Service, all[i].Title}
		n, there := at[w]
		if !there {
			n = len(groups)
			at[w], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], &all[i])
	}
	var rows []row
	for _, g := range groups {
		rows = append(rows, row{s.whyEvent(g), len(g)})
	}
	return s.first(rows, limit{mostWhyEvents, len(all), "why.more_events"})
}

func (s *renderer) whyEvent(same []*model.Event) block {
	var hosts []string
	since := same[0].OpenedAt
	for _, e := range same {
		if name := cmp.Or(e.Host, e.Name()); !slices.Contains(hosts, name) { // of a client without a host, what the source says
			hosts = append(hosts, name)
		}
		since = model.Earlier(since, e.OpenedAt)
	}
	where := s.p.Names(hosts, mostNamed)
	if service := same[0].Service; service != "" {
		where = model.Clip(service, 70) + "@" + where
	}
	return block("📡 ") + block(s.p.HTML("why.event", texts.Args{
		"source": model.Clip(same[0].Source, 40), "host": where, "title": model.Clip(same[0].Title, 200), "at": s.moment(since),
	}))
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
