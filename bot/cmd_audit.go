package bot

import (
	"context"
	"strings"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdAudit lists what users did, newest first.
func (r *request) cmdAudit(ctx context.Context, args string) error {
	span, ws, err := r.spanIn(words(args), ops.HistorySpan)
	if err != nil {
		return err
	}
	s := r.renderer()
	log, err := r.b.d.Actions.AuditLog(ctx, r.actor, ws, s.now.Add(-span))
	if err != nil {
		return err
	}
	head := blocks{block(r.p.HTMLN("audit.head", len(log.Lines), texts.Args{"since": s.moment(log.Since)}))}
	if len(log.Lines) == 0 {
		head = blocks{block(r.p.HTML("audit.none", texts.Args{"since": s.moment(log.Since)}))}
	}
	var rows, tail blocks
	for i := range log.Lines {
		rows = append(rows, s.auditLine(&log.Lines[i], r.b.d.People.ChatName))
	}
	if log.More {
		tail = blocks{block(r.p.HTML("audit.too_many"))}
	}
	r.list(ctx, message{head: head, rows: rows, tail: tail})
	return nil
}

// auditLine is "14:02 Olga (42), operator, ops: mute clientA · not allowed": who, with the number that nobody can choose, the role that they had
// and the group where they asked.
func (s *renderer) auditLine(e *model.AuditEntry, chatName func(model.ChatID) string) block {
	who := bold(model.Clip(e.Actor.Person(), 90)) + escaped(", "+s.p.T("role."+e.Actor.Role.String()))
	switch {
	case e.Actor.Via != "chat":
		who += escaped(", " + e.Actor.Via)
	case e.Actor.Chat != 0 && int64(e.Actor.Chat) != int64(e.Actor.User):
		who += escaped(", " + model.Clip(chatName(e.Actor.Chat), 40))
	}
	line := escaped(s.moment(e.At)+" ") + who + ": " + escaped(model.Clip(strings.TrimSpace(e.Action+" "+e.Target), 160))
	if e.Before != "" || e.After != "" {
		line += escaped(": " + model.Clip(strings.Trim(e.Before+" → "+e.After, " →"), 120))
	}
	if e.Result != "ok" {
		line += " · ❌ " + escaped(model.Clip(e.Result, 40))
	}
	return line
}
