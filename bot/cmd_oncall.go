package bot

import (
	"context"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// cmdOnCall says who is on call, and lists shifts.
func (r *request) cmdOnCall(ctx context.Context, args string) error {
	if ws := words(args); ops.IsCalendar(ws) {
		return r.calendarAddress(ctx, ws[1:])
	}
	duty, err := r.b.d.Actions.OnCall(ctx, r.actor, words(args))
	if err != nil {
		return err
	}
	if duty.None {
		r.reply(ctx, r.p.HTML(r.whose("oncall.none")), nil)
		return nil
	}
	if !r.in.Chat.Private() {
		duty.HidePhones()
	}
	r.list(ctx, r.renderer().onCall(duty))
	return nil
}

// calendarAddress shows the secret address of one's own shifts, in private alone.
func (r *request) calendarAddress(ctx context.Context, ws []string) error {
	if !r.in.Chat.Private() {
		return &model.Error{Code: model.ErrCalendarDirect}
	}
	a, err := r.b.d.Actions.Calendar(ctx, r.actor, ws)
	if err != nil {
		return err
	}
	id := "calendar.is"
	switch {
	case a.Since.IsZero():
		id = "calendar.off"
	case a.URL != "":
		id = "calendar.made"
	}
	r.reply(ctx, r.p.HTML(id, texts.Args{"url": trusted(a.URL), "since": r.renderer().moment(a.Since)}), nil)
	return nil
}

// onCall renders who is on call: one's own shifts on one's own clock.
func (s *renderer) onCall(a *ops.OnCall) message {
	if zone := a.Person.Zone; zone != nil {
		own := *s
		own.p = s.p.In(zone)
		s = &own
	}
	var m message
	switch a.Asked {
	case ops.OnCallNow:
		m.head = blocks{block(s.p.HTML("oncall.head"))}
		for i := range a.Schedules {
			m.rows = append(m.rows, s.scheduleDuty(&a.Schedules[i]))
		}
		for _, u := range a.Unready {
			m.tail = append(m.tail, "⚠️ "+block(s.p.HTML("oncall.unready."+string(u.Why), texts.Args{"person": u.Person})))
		}
	default:
		id := "oncall." + a.Asked
		if len(a.Shifts) == 0 {
			id += ".empty"
		}
		m.head = blocks{block(s.p.HTML(id, texts.Args{"until": s.moment(a.Until)}))}
		for i := range a.Shifts {
			m.rows = append(m.rows, s.shiftLine(&a.Shifts[i], a.Asked))
		}
	}
	return m
}

// scheduleDuty is who is on call in a schedule, who is next, and when nobody is.
func (s *renderer) scheduleDuty(d *ops.ScheduleDuty) block {
	if d.Missing {
		return "⚠️ " + block(s.p.HTML("oncall.missing", texts.Args{"schedule": d.Name}))
	}
	var now []string
	last := true // whoever is on call is until others are
	for i := range d.Now {
		now = append(now, string(s.onDuty(&d.Now[i])))
		last = last && d.Now[i].To.Equal(d.Next)
	}
	args := texts.Args{"schedule": d.Name, "at": s.moment(d.Next), "then": joined(d.Then)}
	lines := blocks{block(s.p.HTML("oncall.now", args)+" ") + block(joined(now))}
	switch {
	case len(now) == 0 && d.Next.IsZero():
		lines = blocks{block("⚠️ " + s.p.HTML("oncall.nobody", args))}
	case len(now) == 0:
		lines = blocks{block("⚠️ " + s.p.HTML("oncall.nobody_until", args))}
	case d.Next.IsZero():
	case len(d.Then) == 0:
		lines = append(lines, "   "+block(s.p.HTML("oncall.then_nobody", args)))
	case last:
		lines = append(lines, "   "+block(s.p.HTML("oncall.then", args)))
	default:
		lines = append(lines, "   "+block(s.p.HTML("oncall.then_at", args)))
	}
	for i := range d.By {
		o := &d.By[i]
		lines = append(lines, "   "+block(s.p.HTML("oncall.takeover", texts.Args{
			"id": o.ID, "person": o.Person, "until": s.moment(o.To), "reason": model.Clip(o.Reason, 80),
		})))
	}
	for i := range d.Want {
		lines = append(lines, "   🙋 "+block(s.p.HTML("oncall.wanted", s.coverArgs(&d.Want[i]))))
	}
	return block(append(lines, s.gaps(d)).join())
}

// onDuty is a person, until when, and their phone.
func (s *renderer) onDuty(d *ops.DutyShift) block {
	name := bold(d.Person)
	if d.Phone != "" {
		name += escaped(" (" + d.Phone + ")")
	}
	if d.To.IsZero() {
		return name
	}
	return name + " " + block(s.p.HTML("oncall.until", texts.Args{"until": s.moment(d.To)}))
}

// gaps is when nobody will be on call: the first time, and how many more there are.
func (s *renderer) gaps(d *ops.ScheduleDuty) block {
	all := d.Gaps
	if len(d.Now) == 0 && len(all) > 0 {
		all = all[1:] // the one that is now
	}
	if len(all) == 0 {
		return ""
	}
	first := s.p.HTML("oncall.gap", texts.Args{"from": s.moment(all[0].From), "to": s.moment(all[0].To)})
	if more := len(all) - 1; more > 0 {
		first += ", " + s.p.HTMLN("oncall.gaps", more)
	}
	return block("   ⚠️ " + first)
}

// shiftLine is a shift in a list; of one's own without the name, else that comes first.
func (s *renderer) shiftLine(d *ops.DutyShift, asked string) block {
	ends := func(t time.Time) string {
		if t.IsZero() {
			return "…"
		}
		return s.moment(t)
	}
	line := escaped(ends(d.From) + " – " + ends(d.To) + " · " + d.Schedule)
	if asked == ops.OnCallNext {
		return bold(d.Person) + " " + line
	}
	return line
}

// OnCall renders who is on call.
func (w *Plain) OnCall(language string, a *ops.OnCall) string {
	s := w.renderer(language)
	if a.None {
		return plain(s.p.HTML("oncall.none"))
	}
	return s.onCall(a).plain()
}
