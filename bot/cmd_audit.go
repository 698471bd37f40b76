package bot

import (
	"context"
	"strconv"
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
		rows = append(rows, s.auditLine(&log.Lines[i]))
	}
	if log.More {
		tail = blocks{block(r.p.HTML("audit.too_many"))}
	}
	r.list(ctx, message{head: head, rows: rows, tail: tail})
	return nil
}

// auditLine is "14:02 Olga: mute clientA · not allowed".
func (s *renderer) auditLine(e *model.AuditEntry) block {
	who := e.Actor.Name
	if who == "" {
		who = strconv.FormatInt(int64(e.Actor.User), 10)
	}
	if e.Actor.Via != "chat" {
		who += " (" + e.Actor.Via + ")"
	}
	line := escaped(s.moment(e.At)+" ") + bold(model.Clip(who, 64)) + ": " + escaped(model.Clip(strings.TrimSpace(e.Action+" "+e.Target), 160))
	if e.Before != "" || e.After != "" {
		line += escaped(": " + model.Clip(strings.Trim(e.Before+" → "+e.After, " →"), 120))
	}
	if e.Result != "ok" {
		line += " · ❌ " + escaped(model.Clip(e.Result, 40))
	}
	return line
}
