package bot

import (
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdIncidents lists what is wrong, or shows one incident with what it holds.
func (r *request) cmdIncidents(ctx context.Context, args string) error {
	if ws := words(args); len(ws) > 0 {
		id, err := incidentNumber(ws[0])
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
		r.reply(ctx, r.p.HTML("incidents.none"), nil)
		return nil
	}
	r.list(ctx, blocks{block(r.p.HTMLN("incidents.head", len(all)))}, r.renderer().tree(all), nil)
	return nil
}

// tree is a line for each incident; what another one explains stands below it.
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

// showIncident shows a card again, with its buttons, and what it holds.
func (r *request) showIncident(ctx context.Context, id model.IncidentID) error {
	in, parts, err := r.b.d.Actions.Incident(ctx, r.actor, id)
	if err != nil {
		return err
	}
	s := r.renderer()
	head, rows, tail := s.incident(&in, false)
	if len(parts) > 0 {
		head = append(append(head, rows...), block(r.p.HTMLN("incidents.parts", len(parts))))
		rows = s.lines(parts) // a long card must not leave none of them on the screen
	}
	r.list(ctx, head, rows, tail, s.cardActions(&in)...)
	return nil
}

// list sends a list that may be thousands long: what fits as a message, all of it as a document when it does not.
func (r *request) list(ctx context.Context, head, rows, tail blocks, actions ...action) {
	text := fit(head, rows, tail, mostRows, func(n int) block { return block(r.p.HTMLN("more", n)) })
	r.reply(ctx, text, r.buttons(ctx, cardColumns, actions...))
	if len(rows) > mostRows {
		r.document(ctx, plain(append(append(head, rows...), tail...).join()))
	}
}

// document sends a long list as a file. That it could not be is said in the log alone: the first lines have arrived.
func (r *request) document(ctx context.Context, text string) {
	file := telegram.File{Name: "opsbot.txt", Data: []byte(text)}
	_, err := r.b.d.Sender.SendDocument(ctx, r.outgoing(r.p.HTML("list.document"), nil), file)
	r.logged(err)
}

// incidentNumber reads "12" or "#12".
func incidentNumber(word string) (model.IncidentID, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(word, "#"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &model.Error{Code: model.ErrNoIncident, Args: map[string]string{"word": clipped(word, 32)}}
	}
	return model.IncidentID(id), nil
}

// cmdAck takes an incident on: the one that is named, or whose card it answers to.
func (r *request) cmdAck(ctx context.Context, args string) error {
	var id model.IncidentID
	if ws := words(args); len(ws) > 0 {
		var err error
		if id, err = incidentNumber(ws[0]); err != nil {
			return err
		}
	} else if r.in.ReplyTo != 0 {
		var err error
		if id, _, err = r.b.d.Buttons.CardAt(ctx, r.in.Chat.ID, r.in.ReplyTo); err != nil {
			return err
		}
	}
	if id == 0 {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "ack"}}
	}
	in, err := r.b.d.Actions.Ack(ctx, r.actor, id)
	if err != nil {
		return err
	}
	s := r.renderer()
	r.reply(ctx, append(blocks{s.incidentLine(&in)}, s.inHand(&in)...).join(), nil)
	return nil
}

// pressAck takes an incident on from its card, which shows it in every chat.
func (r *request) pressAck(ctx context.Context, args map[string]string) error {
	id, _ := strconv.ParseInt(args["incident"], 10, 64)
	if _, err := r.b.d.Actions.Ack(ctx, r.actor, model.IncidentID(id)); err != nil {
		return err
	}
	r.answer(ctx, r.p.T("ack.done"), false)
	return nil
}

// historySpan is how far back /history looks when it is not told.
const historySpan = model.Day

// cmdHistory lists what went wrong, newest first.
func (r *request) cmdHistory(ctx context.Context, args string) error {
	span, ws := lengthIn(words(args), historySpan)
	s := r.renderer()
	past, err := r.b.d.Actions.History(ctx, r.actor, ws, s.now.Add(-span))
	if err != nil {
		return err
	}
	said := strings.Join(ws, " ")
	head, rows, tail := s.history(past, said)
	var actions []action
	if line := "/chart " + said + " " + model.Duration(span).String(); past.Uptime != nil && len(line) <= longestLine {
		actions = append(actions, action{label: r.p.T("button.chart"), name: actRun, args: map[string]string{"line": line}})
	}
	r.list(ctx, head, rows, tail, actions...)
	return nil
}

// history lists incidents, then what sources say came and went without one.
func (s *renderer) history(past *ops.History, words string) (head, rows, tail blocks) {
	what := ""
	if words != "" {
		what = s.p.T("history.of", texts.Args{"words": clipped(words, 100)})
	}
	about := texts.Args{"since": s.p.Moment(past.Since, s.now), "what": what}
	switch {
	case len(past.Incidents) > 0:
		head = blocks{block(s.p.HTMLN("history.head", len(past.Incidents), about))}
	default:
		head = blocks{block(s.p.HTML("history.none", about))}
	}
	if past.Uptime != nil {
		count := ""
		if n := len(past.Incidents); n > 0 {
			count = s.p.N("uptime.incidents", n)
		}
		head = append(append(head, s.uptime(past.Uptime, count)), s.notUptime(past.Uptime)...)
	}
	for i := range past.Incidents {
		rows = append(rows, s.past(&past.Incidents[i]))
	}
	if n := len(past.Events); n > 0 {
		tail = append(tail, block(s.p.HTMLN("history.events", n)))
		for i := range past.Events[:min(n, mostPastEvents)] {
			tail = append(tail, s.pastEvent(&past.Events[i]))
		}
		tail = s.andMore(tail, n)
	}
	if past.More {
		tail = append(tail, block(s.p.HTML("history.too_many")))
	}
	return head, rows, tail
}

// mostPastEvents is how many events without an incident a history shows.
const mostPastEvents = 8

// pastEvent is an event that came and went.
func (s *renderer) pastEvent(e *model.Event) block {
	return block(s.p.HTML("history.event", texts.Args{
		"source": clipped(e.Source, 40), "name": clipped(e.Name(), 70), "title": clipped(e.Title, 150), "from": s.moment(e.OpenedAt), "to": s.moment(e.EndedAt),
	}))
}

// past is an incident as a line of history.
func (s *renderer) past(in *model.Incident) block {
	args := texts.Args{"mark": markOfSeverity(max(in.Worst, in.Severity)), "at": s.moment(in.OpenedAt), "what": s.name(in), "id": int64(in.ID)}
	if in.Open() {
		return block(s.p.HTML("history.open", args))
	}
	args["took"] = max(time.Second, in.ClosedAt.Sub(in.OpenedAt)).Truncate(time.Second)
	return block(s.p.HTML("history.line", args))
}
