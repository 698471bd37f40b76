package bot

import (
	"context"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdHistory lists past incidents, newest first.
func (r *request) cmdHistory(ctx context.Context, args string) error {
	span, ws, err := r.spanIn(words(args), ops.HistorySpan)
	if err != nil {
		return err
	}
	if ws, err = r.orSubject(ctx, ws, wholeOf); err != nil {
		return err
	}
	s := r.renderer()
	past, err := r.b.d.Actions.History(ctx, r.actor, ws, s.now.Add(-span))
	if err != nil {
		return err
	}
	said := strings.Join(ws, " ")
	m := s.history(past, said)
	var actions []action
	if line := "/chart " + said + " " + model.Duration(span).String(); past.Uptime != nil && len(line) <= longestLine {
		actions = append(actions, action{label: r.p.T("button.chart"), name: actRun, args: map[string]string{"line": line}})
	}
	r.list(ctx, m, actions...)
	return nil
}

// history lists past incidents, then events of sources without an incident.
func (s *renderer) history(past *ops.History, words string) (out message) {
	what := ""
	if words != "" {
		what = s.p.T("history.of", texts.Args{"words": model.Clip(plainWords(words), 100)})
	}
	about := texts.Args{"since": s.p.Moment(past.Since, s.now), "what": what}
	incidents := model.CountIncidents(past.Incidents).All()
	switch {
	case incidents > 0:
		out.head = blocks{block(s.p.HTMLN("history.head", incidents, about))}
	default:
		out.head = blocks{block(s.p.HTML("history.none", about))}
	}
	if past.Uptime != nil {
		count := ""
		if incidents > 0 {
			count = s.p.N("count.incidents", incidents)
		}
		out.head = append(append(out.head, s.uptime(past.Uptime, count)), s.notUptime(past.Uptime)...)
	}
	listed := map[model.IncidentID]bool{}
	for i := range past.Incidents {
		listed[past.Incidents[i].ID] = true
	}
	for i := range past.Incidents {
		line := s.past(&past.Incidents[i])
		if listed[past.Incidents[i].Parent] {
			line = "↳ " + line
		}
		out.rows = append(out.rows, line)
	}
	if n := len(past.Events); n > 0 {
		out.tail = headed(block(s.p.HTMLN("history.events", n)), s.first(rowsOf(past.Events, s.pastEvent), limit{mostPastEvents, n, "more"}))
	}
	if past.More {
		out.tail = append(out.tail, block(s.p.HTML("history.too_many")))
	}
	return out
}

// mostPastEvents limits the events without an incident.
const mostPastEvents = 8

// pastEvent is an ended event in one line.
func (s *renderer) pastEvent(e *model.Event) block {
	return block(s.p.HTML("history.event", texts.Args{
		"source": model.Clip(e.Source, 40), "name": model.Clip(e.Name(), 70), "title": model.Clip(e.Title, 150), "from": s.moment(e.OpenedAt), "to": s.moment(e.EndedAt),
	}))
}

// past is a past incident: what it was and whom it hit in one line, then why, who had it, and the last note.
func (s *renderer) past(in *model.Incident) block {
	args := texts.Args{"mark": texts.OfPast(in).Mark(), "at": s.moment(in.OpenedAt), "what": s.nameAndClients(in), "id": int64(in.ID)}
	line := block(s.p.HTML("history.open", args))
	if !in.Open() {
		args["took"] = max(time.Second, in.ClosedAt.Sub(in.OpenedAt)).Truncate(time.Second)
		line = block(s.p.HTML("history.line", args))
	}
	var story []string
	if reason := s.pastReason(in); reason != "" {
		story = append(story, model.Clip(reason, maxDetail))
	}
	for i := range in.Acks[:min(len(in.Acks), 2)] {
		story = append(story, "✋ "+model.Clip(in.Acks[i].Name, 40))
	}
	if n := len(in.Notes); n > 0 {
		story = append(story, "📝 "+model.Clip(in.Notes[n-1].Text, maxDetail))
	}
	if len(story) > 0 {
		line += "\n   " + escaped(strings.Join(story, " · "))
	}
	return line
}

// mostHistoryClients is how many clients a line of the history names.
const mostHistoryClients = 3

// nameAndClients is what an incident was about, and the clients that it hit unless the name says so.
func (s *renderer) nameAndClients(in *model.Incident) string {
	if in.Kind == model.IncidentService || in.Storm.Small() {
		return s.name(in)
	}
	clients, all := clientsHit(in)
	if all == 0 {
		return s.name(in)
	}
	return s.name(in) + ": " + s.p.FirstNames(clients, all, mostHistoryClients)
}

// pastReason is why an incident was open, in a few words.
func (s *renderer) pastReason(in *model.Incident) string {
	switch in.Kind {
	case model.IncidentCheck, model.IncidentService:
		return s.what(wasOpen(in))
	case model.IncidentHost:
		return s.hostState(in)
	default:
		return ""
	}
}
