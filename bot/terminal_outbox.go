package bot

import (
	"opsbot/model"
	"opsbot/texts"
)

// Outbox renders waiting notifications and dead letters; with dead only the dead letters.
func (w *Plain) Outbox(language string, list model.OutboxList, dead bool) string {
	s := w.renderer(language)
	var lines blocks
	switch {
	case len(list.Waiting) > 0:
		lines = append(lines, block(s.p.HTMLN("outbox.head", len(list.Waiting))))
	case !dead:
		lines = append(lines, block(s.p.HTML("outbox.none")))
	}
	for i := range list.Waiting {
		lines = append(lines, s.waiting(&list.Waiting[i]))
	}
	return plain(append(lines, s.dead(list, dead)...).join())
}

func (s *renderer) dead(list model.OutboxList, asked bool) blocks {
	var lines blocks
	if len(list.Dead) > 0 {
		lines = append(lines, block(s.p.HTMLN("outbox.dead_head", len(list.Dead))))
	} else if asked {
		lines = append(lines, block(s.p.HTML("outbox.dead_none")))
	}
	for i := range list.Dead {
		d := &list.Dead[i]
		args := s.envelope(&d.Notification)
		args["at"], args["why"] = s.moment(d.DeadAt), d.Why
		lines = append(lines, block(s.p.HTML("outbox.dead_line", args)))
	}
	if len(list.Dead) > 0 {
		lines = append(lines, block(s.p.HTML("outbox.dead_do")))
	}
	if list.More {
		lines = append(lines, block(s.p.HTML("outbox.too_many")))
	}
	return lines
}

func (s *renderer) waiting(t *model.Notification) block {
	args := s.envelope(t)
	if t.NotBefore.After(s.now) {
		args["at"] = s.moment(t.NotBefore)
		return block(s.p.HTML("outbox.later", args))
	}
	args["at"], args["tries"] = s.moment(t.Created), t.Attempts
	return block(s.p.HTML("outbox.line", args))
}

// envelope are the arguments of a line: id, kind, subject, destination.
func (s *renderer) envelope(t *model.Notification) texts.Args {
	what := ""
	switch {
	case t.Snapshot.Incident != nil:
		what = s.name(t.Snapshot.Incident)
	case t.Snapshot.Report != nil:
		what = model.Clip(t.Snapshot.Report.Title, 140)
	}
	return texts.Args{"id": t.ID, "kind": string(t.Kind), "what": what, "to": t.To.String()}
}

// Retried renders how many notifications are sent again.
func (w *Plain) Retried(language string, n int) string {
	return w.renderer(language).p.N("outbox.retried", n)
}

// Dropped renders how many notifications were dropped.
func (w *Plain) Dropped(language string, n int) string {
	return w.renderer(language).p.N("outbox.dropped", n)
}
