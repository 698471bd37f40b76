package bot

import (
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// onClock is a renderer of times on a person's own clock; an empty name, or one that is not known here, leaves the reader's.
func (s *renderer) onClock(zone string) *renderer {
	if zone == "" {
		return s
	}
	at, err := time.LoadLocation(zone)
	if err != nil {
		return s
	}
	own := *s
	own.p, own.zone = s.p.In(at), at
	return &own
}

// The limits of what is handed over at a change of shift.
const (
	mostHanded = 8  // open incidents
	mostMuted  = 4  // mutes
	notedRoom  = 90 // UTF-16 units of a note
)

// shift renders a message about on-call duty.
func (s *renderer) shift(f *model.Snapshot) message {
	n := f.Shift
	s = s.onClock(n.Zone)
	args := texts.Args{
		"schedule": dutyName(n.Schedule), "person": dutyName(n.Person), "until": s.moment(n.To), "from": s.moment(n.From),
		"before": s.dutyNames(n.Before), "now": s.dutyNames(n.Now),
	}
	switch n.What {
	case model.ShiftBegins:
		return s.shiftBegins(f, args)
	case model.ShiftEnds:
		lines := blocks{block(s.p.HTML("shift.ends", args))}
		switch {
		case n.Limited:
		case len(n.Now) == 0:
			lines = append(lines, "⚠️ "+block(s.p.HTML("shift.now_nobody")))
		default:
			lines = append(lines, block(s.p.HTML("shift.now", args)))
		}
		return message{head: lines}
	case model.ShiftGroup:
		return s.shiftGroup(f, args)
	case model.ShiftMoved:
		return s.shiftMoved(n, args)
	default:
		return message{head: blocks{"⚠️ " + block(s.p.HTML("shift.gap", args)), block(s.p.HTML("shift.gap.do", args))}}
	}
}

// shiftBegins is what a person who goes on call is told: until when, after whom, and what is handed over.
func (s *renderer) shiftBegins(f *model.Snapshot, args texts.Args) message {
	n := f.Shift
	head := blocks{block(s.p.HTML(endless("shift.begins", n.To), args))}
	if len(n.Before) > 0 {
		head = append(head, block(s.p.HTML("shift.from", args)))
	}
	if n.Limited {
		return message{head: head}
	}
	return s.handover(f, head)
}

// shiftGroup is what a chat is told when others are on call.
func (s *renderer) shiftGroup(f *model.Snapshot, args texts.Args) message {
	n := f.Shift
	if len(n.Now) == 0 {
		return message{head: blocks{"⚠️ " + block(s.p.HTML("shift.group.nobody", args)), block(s.p.HTML("shift.gap.do", args))}}
	}
	head := blocks{block(s.p.HTML(endless("shift.group", n.To), args))}
	if len(n.Before) > 0 {
		head = append(head, block(s.p.HTML("shift.from", args)))
	}
	return s.handover(f, head)
}

// endless is the id of a text about a shift; of one that ends more than a year from now, the text without its end.
func endless(id string, to time.Time) string {
	if to.IsZero() {
		return id + ".endless"
	}
	return id
}

// handover lists what is open, with what was noted about it last, and what is muted.
func (s *renderer) handover(f *model.Snapshot, head blocks) (m message) {
	m.head = head
	if len(f.Open) == 0 {
		m.head = append(m.head, block(s.p.HTML("shift.clear")))
	} else {
		m.head = append(m.head, s.counted(f.Open)+":")
	}
	rows := make([]row, len(f.Open))
	for i := range f.Open {
		in := &f.Open[i]
		line := s.incidentLine(in)
		if last := len(in.Notes) - 1; last >= 0 {
			line += "\n   💬 " + escaped(model.Clip(in.Notes[last].Name, 40)+": "+model.Clip(strings.Join(strings.Fields(in.Notes[last].Text), " "), notedRoom))
		}
		rows[i] = row{line, 1}
	}
	m.rows = s.first(rows, limit{mostHanded, len(rows), "more"})
	muted := make([]row, len(f.Shift.Muted))
	for i := range f.Shift.Muted {
		muted[i] = row{block("🔇 " + s.muteLine(&f.Shift.Muted[i])), 1}
	}
	m.tail = s.first(muted, limit{mostMuted, len(muted), "more"})
	return m
}

// shiftMoved is what a person is told whose shifts were moved.
func (s *renderer) shiftMoved(n *model.ShiftNews, args texts.Args) message {
	m := message{head: blocks{block(s.p.HTML("shift.moved", args))}}
	for _, part := range []struct {
		id  string
		all []model.Span
	}{{"shift.moved.was", n.Was}, {"shift.moved.are", n.Are}} {
		var times []string
		for i, span := range part.all {
			if i == mostMoved {
				times = append(times, "…")
				break
			}
			times = append(times, s.spanOf(span))
		}
		if len(times) > 0 {
			m.rows = append(m.rows, block(s.p.HTML(part.id, texts.Args{"times": strings.Join(times, ", ")})))
		}
	}
	m.tail = blocks{block(s.p.HTML("shift.moved.do"))}
	return m
}

// mostMoved limits the shifts that a message names as they were, and as they are.
const mostMoved = 4

// spanOf is a time with both of its ends; one that is more than a year away is not said.
func (s *renderer) spanOf(span model.Span) string {
	ends := func(t time.Time) string {
		if t.IsZero() {
			return "…"
		}
		return s.moment(t)
	}
	return ends(span.From) + " – " + ends(span.To)
}

// cover renders a message about a cover.
func (s *renderer) cover(n *model.CoverNews) message {
	s = s.onClock(n.Zone)
	args := s.coverArgs(&n.Cover)
	args["who"] = dutyName(n.Who)
	if n.What != model.CoverWanted {
		return message{head: blocks{block(s.p.HTML("cover."+string(n.What), args))}}
	}
	return message{head: s.coverWanted(&n.Cover, args)}
}

func (s *renderer) coverArgs(c *model.Cover) texts.Args {
	return texts.Args{
		"id": c.ID, "schedule": dutyName(c.Schedule), "person": dutyName(c.Person), "asked": dutyName(c.Asked),
		"time": s.spanOf(model.Span{From: c.From, To: c.To}), "refused": s.dutyNames(c.Refused), "taken": dutyName(c.Taken),
	}
}

// dutyName is the name of a person or a schedule, short enough for a line that has others beside it.
func dutyName(name string) string { return model.Clip(name, 40) }

// dutyNames are the first of many people, and how many more there are.
func (s *renderer) dutyNames(names []string) string {
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = dutyName(name)
	}
	return s.p.Names(short, mostNamed)
}

// coverWanted asks for somebody: whom, when, why.
func (s *renderer) coverWanted(c *model.Cover, args texts.Args) blocks {
	id := "cover.wanted"
	if c.Asked != "" {
		id = "cover.wanted_of"
	}
	lines := blocks{block(s.p.HTML(id, args))}
	if c.Urged == model.CoverPressing {
		lines = append(lines, "⚠️ "+block(s.p.HTML("cover.pressing", args)))
	}
	if c.Reason != "" {
		lines = append(lines, "💬 "+escaped(model.Clip(c.Reason, 80)))
	}
	if len(c.Refused) > 0 {
		lines = append(lines, block(s.p.HTML("cover.cannot", args)))
	}
	return lines
}

// coverActions answer a cover.
func (s *renderer) coverActions(n *model.CoverNews) keyboard {
	if n.What != model.CoverWanted {
		return nil
	}
	id := map[string]string{"id": strconv.FormatInt(n.Cover.ID, 10)}
	return keyboard{{
		{label: s.p.T("button.cover_take"), name: actCoverTake, args: id}, {label: s.p.T("button.cover_refuse"), name: actCoverRefuse, args: id},
	}}
}
