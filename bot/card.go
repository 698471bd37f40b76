package bot

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// Cards renders notifications. It is immutable and safe for concurrent use.
type Cards struct {
	Texts    *texts.Catalog
	Zone     func() *time.Location
	ZoneAt   func(to model.Destination) *time.Location // of one destination; nil: it has none of its own
	Language func(to model.Destination) string         // "" is English
	Now      func() time.Time
	Template *Template                     // nil: every message is a card
	Logs     func(in *model.Incident) bool // whether logs of its hosts can be read; nil: never
}

// lateAfter is the delay from which a message says that it is late.
const lateAfter = time.Minute

// The limits of lists on a card.
const (
	mostFailing  = 6 // lines of hosts, each with a reason
	mostNamed    = 4 // hosts of such a line
	mostAffected = 6
	mostComment  = 4 // lines
	maxOpen      = 10
)

// HTML renders a notification as a Telegram message. The result is valid and within Telegram's limits, and mentions only whom the
// configuration mentions.
func (c *Cards) HTML(t model.Notification) string { return disarm(c.html(t)) }

// html is HTML as it goes to a Channel's sender, which disarms it.
func (c *Cards) html(t model.Notification) string {
	s := c.renderer(t)
	m := s.compose(t)
	if text, ok := c.templateText(s, t); ok {
		m = s.own(t, text)
	}
	if len(m.head) > 0 {
		m.head = slices.Insert(m.head, 1, s.stamps(t))
	}
	most := maxOpen
	more := s.more
	if in := t.Snapshot.Incident; in != nil && in.Kind == model.IncidentEventGroup {
		most, more = len(m.rows), s.rest // all that fits: its rows are no list
	}
	return m.fit(most, more)
}

// Plain renders a notification without markup, for a terminal or a log.
func (c *Cards) Plain(t model.Notification) string {
	return plain(c.html(t))
}

// stamps say that a message is late, may be a repeat, or is a fallback copy: below the first line, which a push shows.
func (s *renderer) stamps(t model.Notification) block {
	var said []string
	due := t.Created
	if t.NotBefore.After(due) {
		due = t.NotBefore
	}
	if late := s.now.Sub(due); late > lateAfter && t.Kind != model.NotifyUpdated && t.Kind != model.NotifyPageOver {
		said = append(said, s.p.HTML("card.late", texts.Args{"by": late}))
	}
	if t.Repeat && t.Kind != model.NotifyUpdated && t.Kind != model.NotifyPageOver {
		said = append(said, s.p.HTML("card.repeat"))
	}
	return block(blocks{block(strings.Join(said, " ")), s.fallbackFor(t.Snapshot.FallbackFor)}.join())
}

func (s *renderer) fallbackFor(i *model.FallbackFor) block {
	if i == nil {
		return ""
	}
	id := "card.fallback"
	switch {
	case i.Ended:
		id = "card.fallback.end"
	case i.Since.IsZero():
		id = "card.fallback.dead"
	}
	return block(s.p.HTML(id, texts.Args{"name": i.Name, "since": s.p.Moment(i.Since, s.now)}))
}

func (s *renderer) compose(t model.Notification) (out message) {
	in := t.Snapshot.Incident
	switch {
	case t.Kind == model.NotifyMuteEnding && t.Snapshot.Mute != nil:
		return s.muteWarning(t.Snapshot)
	case t.Kind == model.NotifyMuteEnded && t.Snapshot.Mute != nil:
		return s.muteEnd(t.Snapshot)
	case t.Kind == model.NotifyDigest:
		return s.digest(t.Snapshot)
	case t.Kind == model.NotifyDaily && t.Snapshot.Daily != nil:
		return s.daily(t.Snapshot)
	case t.Kind == model.NotifyNotice && t.Snapshot.Notice != nil:
		return message{head: blocks{"⚠️ " + escaped(model.Clip(s.p.Reason(*t.Snapshot.Notice), 600))}}
	case t.Kind == model.NotifyShift && t.Snapshot.Shift != nil:
		return s.shift(&t.Snapshot)
	case t.Kind == model.NotifyCover && t.Snapshot.Cover != nil:
		return s.cover(t.Snapshot.Cover)
	case t.Kind == model.NotifyReport && t.Snapshot.Report != nil:
		return s.report(t.Snapshot.Report)
	case t.Kind == model.NotifyPage && isSeveral(&t) && len(t.Snapshot.Open) > 0:
		return s.pageSeveral(&t)
	case in == nil:
		return message{}
	case t.Kind == model.NotifyPageOver && isSeveral(&t):
		return s.severalOver(&t)
	case t.Kind == model.NotifyPage && t.Snapshot.Page != nil:
		return s.page(&t)
	case t.Kind == model.NotifyPageOver && t.Snapshot.Page != nil:
		return s.pageOver(&t)
	case t.Kind == model.NotifyResolved:
		return s.story(in)
	case t.Kind == model.NotifyReminder:
		return s.remind(in)
	case t.Kind == model.NotifyRaised:
		return s.raised(in, t.Snapshot.Joined)
	default:
		return s.incident(in, false)
	}
}

// raised renders the card of an incident that got worse. What is new comes first, by name.
func (s *renderer) raised(in *model.Incident, joined *model.Joined) message {
	lines := s.joined(in, joined)
	out := s.incident(in, len(lines) == 0)
	out.head = append(lines, out.head...)
	return out
}

// incident renders a card: who is hit, how badly and where; what was seen and wanted; since when; what it shares; what to do; who has it.
// A card with a parent incident is short and names the parent.
func (s *renderer) incident(in *model.Incident, raised bool) (out message) {
	if !in.Open() {
		return s.story(in)
	}
	out.head = blocks{block(s.mark(in, raised) + " " + s.title(in, true))}
	works := in.Condition().Works() // while it works, old reasons do not apply
	if in.Parent == 0 && !works {
		out.head = append(append(out.head, s.seen(in)...), s.affected(in)...)
	}
	out.head = append(out.head, s.sinceWhen(in))
	if in.Parent == 0 && in.EventGroup == nil {
		if !works {
			out.tail = blocks{s.shares(in)}
		}
		out.tail = append(out.tail, s.whatToDo(in)...)
	}
	out.rows = s.group(in)
	out.tail = append(out.tail, s.foot(in)...)
	return out
}

// sinceWhen is since when an incident is open, its number, and that nobody has it as long as nobody has.
func (s *renderer) sinceWhen(in *model.Incident) block {
	id := "card.since"
	if in.Parent == 0 && len(in.Acks) == 0 && in.Condition() == model.ConditionOpen {
		id = "card.since_nobody"
	}
	return block(s.p.HTML(id, texts.Args{"at": s.moment(began(in)), "id": int64(in.ID)}))
}

// seen renders the reason of an incident. The reasons of a service come after its counts.
func (s *renderer) seen(in *model.Incident) blocks {
	switch {
	case in.Kind == model.IncidentStorm:
		return s.storm(in)
	case in.Kind == model.IncidentConnectivity:
		return s.offline(in)
	case in.Kind == model.IncidentEventGroup && in.EventGroup != nil:
		return blocks{s.reported(in.EventGroup)}
	case in.Kind == model.IncidentSource:
		return s.sourceDisconnected(in)
	case in.Kind == model.IncidentHost:
		return append(blocks{escaped(model.Clip(in.Host, 100) + ": " + s.hostState(in))}, s.hostReasons(in)...)
	case in.Kind != model.IncidentCheck:
		return nil
	case in.Reason.Code != model.ReasonUnknownLong:
		return blocks{s.reason(in.Reason)}
	case len(in.Failing) > 0:
		return blocks{s.reason(in.Failing[0].Reason)}
	default:
		return nil
	}
}

func (s *renderer) reason(r model.Reason) block { return escaped(model.Clip(s.p.Reason(r), 400)) }

// foot is what follows what to do: log lines, notes, how an incident is now, and who has it.
func (s *renderer) foot(in *model.Incident) blocks {
	lines := s.cardLogs(in)
	if in.Parent == 0 && !in.Condition().Works() {
		lines = append(lines, s.stormFoot(in)...)
	}
	return append(append(lines, s.notes(in)...), s.stillOpen(in)...)
}

// stillOpen renders the state of an open incident: flapping, acknowledged, part of another, muted.
func (s *renderer) stillOpen(in *model.Incident) blocks {
	lines := append(append(s.flapping(in), s.pagedLines(in)...), s.acknowledged(in)...)
	if in.Parent != 0 {
		lines = append(lines, block(s.p.HTML("card.part_of", texts.Args{"id": int64(in.Parent)})))
	}
	if in.Condition() == model.ConditionMuted {
		lines = append(lines, "🔇 "+escaped(s.p.Condition(in, s.now)))
	}
	return lines
}

// began returns the start of an incident. An unknown state starts before its incident is opened.
func began(in *model.Incident) time.Time {
	if in.Reason.Code == model.ReasonUnknownLong {
		if t, err := time.Parse(time.RFC3339, in.Reason.Args["since"]); err == nil {
			return t
		}
	}
	return in.OpenedAt
}

// comment renders the comment of the configuration, a few lines at most.
func comment(text string) blocks {
	var lines blocks
	for line := range strings.Lines(strings.TrimSpace(text)) {
		if len(lines) == mostComment {
			break
		}
		lines = append(lines, escaped(trusted(model.Clip(strings.TrimSpace(line), 200))))
	}
	if len(lines) > 0 {
		lines[0] = "💬 " + lines[0]
	}
	return lines
}

func (s *renderer) lasted(in *model.Incident) block {
	from, to := s.moment(in.OpenedAt), s.moment(in.ClosedAt)
	args := texts.Args{"from": from, "to": to, "took": took(in), "id": int64(in.ID)}
	if from == to {
		return block(s.p.HTML("card.lasted_short", args))
	}
	return block(s.p.HTML("card.lasted", args))
}

// took is the duration of a resolved incident.
func took(in *model.Incident) time.Duration {
	return max(time.Second, in.ClosedAt.Sub(in.OpenedAt)).Truncate(time.Second)
}

// flapping says how often an incident has changed.
func (s *renderer) flapping(in *model.Incident) blocks {
	if in.Flap == nil || !in.Open() {
		return nil
	}
	return blocks{block(s.p.HTMLN("card.flaps", in.Flap.Changes))}
}

// remind renders a card again because the incident is not acknowledged; that everybody was paged comes first then.
func (s *renderer) remind(in *model.Incident) (out message) {
	first := append(s.unanswered(in), block(s.p.HTML("card.remind", texts.Args{"took": s.now.Sub(began(in)).Truncate(time.Minute)})))
	below := *in
	below.Paged = slices.Clone(in.Paged)
	for i := range below.Paged { // that nobody answered is said once
		if p := &below.Paged[i]; p.State == model.EscalationExhausted {
			p.State = model.EscalationWaiting
		}
	}
	out = s.incident(&below, false)
	out.head = slices.Insert(out.head, 1, first...)
	return out
}
