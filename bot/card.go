package bot

import (
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// Cards renders tellings. It is immutable and safe for concurrent use.
type Cards struct {
	Texts    *texts.Catalog
	Zone     func() *time.Location
	Language func(to model.Destination) string // "" is English
	Now      func() time.Time
	Template *Template                     // nil: every message is a card
	Logs     func(in *model.Incident) bool // whether its hosts have logs that can be read; nil: none have
}

// Late is from when on a message says how late it is.
const lateAfter = time.Minute

// The most that a card shows of lists that may be thousands long.
const (
	mostFailing  = 6 // lines of hosts, each with a reason
	mostNamed    = 4 // hosts of such a line
	mostAffected = 6
	mostComment  = 4 // lines
	maxOpen      = 10
)

// HTML is a telling as a message of Telegram; it parses and fits whatever the facts hold.
func (c *Cards) HTML(t model.Notification) string {
	s := c.renderer(t)
	head, rows, tail := s.compose(t)
	if text, ok := c.templateText(s, t); ok {
		rows = nil
		head, tail = s.own(t, text)
	}
	if len(head) > 0 {
		head[0] += s.stamps(t)
	}
	most := maxOpen
	if in := t.Snapshot.Incident; in != nil && in.Kind == model.IncidentEventGroup {
		most = len(rows) // all that fits
	}
	return message{head: head, rows: rows, tail: tail}.fit(most, s.more)
}

// Plain is the same without markup, for a terminal or a log.
func (c *Cards) Plain(t model.Notification) string {
	return plain(c.HTML(t))
}

// stamps says that a message is late, may have come before, or comes in place of one elsewhere.
func (s *renderer) stamps(t model.Notification) block {
	var out block
	due := t.Created
	if t.NotBefore.After(due) {
		due = t.NotBefore
	}
	if late := s.now.Sub(due); late > lateAfter && t.Kind != model.NotifyUpdated {
		out += block(" " + s.p.HTML("card.late", texts.Args{"by": late}))
	}
	if t.Repeat && t.Kind != model.NotifyUpdated {
		out += block(" " + s.p.HTML("card.repeat"))
	}
	return out + s.fallbackFor(t.Snapshot.FallbackFor)
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
	return "\n" + block(s.p.HTML(id, texts.Args{"name": i.Name, "since": s.p.Moment(i.Since, s.now)}))
}

func (s *renderer) compose(t model.Notification) (head, rows, tail blocks) {
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
		return blocks{"⚠️ " + escaped(model.Clip(s.p.Reason(*t.Snapshot.Notice), 600))}, nil, nil
	case t.Kind == model.NotifyReport && t.Snapshot.Report != nil:
		return s.report(t.Snapshot.Report)
	case in == nil:
		return nil, nil, nil
	case t.Kind == model.NotifyResolved:
		return s.end(in)
	case t.Kind == model.NotifyReminder:
		return s.remind(in)
	default:
		return s.incident(in, t.Kind == model.NotifyRaised)
	}
}

// incident is a card: what changed, what was seen, what to do, since when. One that another incident explains points there.
func (s *renderer) incident(in *model.Incident, raised bool) (head, rows, tail blocks) {
	if !in.Open() {
		return s.ended(in)
	}
	head = blocks{block(s.mark(in, raised)+" "+s.title(in, true)) + s.forWhom(in)}
	if in.Parent == 0 && !in.Flap.Rests() { // what was seen before is not so now
		head = append(append(head, s.seen(in)...), s.affected(in)...)
	}
	return head, s.group(in), s.foot(in)
}

// seen is what a check or a host showed; a service's hosts come after its counts.
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
		return s.hostReasons(in)
	case in.Kind != model.IncidentCheck || !in.WorksSince.IsZero():
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

// affected is what became of clients' services: of a service itself its counts and the hosts that fail.
func (s *renderer) affected(in *model.Incident) blocks {
	switch in.Kind {
	case model.IncidentService:
	case model.IncidentStorm, model.IncidentEventGroup: // said with what it holds
		return nil
	default:
		return s.touched(in.Affected)
	}
	var lines blocks
	if len(in.Affected) > 0 {
		a := &in.Affected[0]
		lines = blocks{escaped(s.p.ServiceCounts(a))}
	}
	return append(lines, s.failing(in)...)
}

// failing lists the hosts of a service that fail, those with the same reason together: where each was asked is left out
// then.
func (s *renderer) failing(in *model.Incident) blocks {
	hosts := map[string][]string{}
	var order []string
	whole := map[string]string{}
	for _, f := range in.Failing {
		reason := s.p.Reason(f.Reason)
		short := withoutPlace(reason)
		if hosts[short] == nil {
			order = append(order, short)
			whole[short] = reason
		}
		hosts[short] = append(hosts[short], model.Clip(hostOf(f.Check), 70))
	}
	var lines blocks
	left := len(in.Failing)
	for _, short := range order[:min(len(order), mostFailing)] {
		reason := short
		if len(hosts[short]) == 1 {
			reason = whole[short]
		}
		left -= len(hosts[short])
		lines = append(lines, block(s.p.HTML("card.failing", texts.Args{
			"host": s.p.Names(hosts[short], mostNamed), "reason": model.Clip(reason, 250),
		})))
	}
	if left > 0 {
		lines = append(lines, block(s.p.HTMLN("card.more_failing", left)))
	}
	return lines
}

// hostOf is the host in the id of an endpoint's check.
func hostOf(id model.CheckID) string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '@' {
			return string(id[i+1:])
		}
	}
	return string(id)
}

func (s *renderer) foot(in *model.Incident) blocks {
	lines := append(s.cardLogs(in), comment(in.Comment)...)
	lines = append(lines, s.stillOpen(in)...)
	return append(lines, block(s.p.HTML("card.since", texts.Args{"at": s.moment(began(in)), "id": int64(in.ID)})))
}

// standing is what every message about an incident has to say of where it stands.
func (s *renderer) stillOpen(in *model.Incident) blocks {
	lines := append(s.unrest(in), s.inHand(in)...)
	if in.Parent != 0 {
		lines = append(lines, block(s.p.HTML("card.part_of", texts.Args{"id": int64(in.Parent)})))
	}
	if in.Open() && !in.MutedUntil.IsZero() {
		lines = append(lines, block(s.p.HTML("card.muted", texts.Args{"until": s.p.Moment(in.MutedUntil, s.now)})))
	}
	return lines
}

// began is since when something is so: what cannot be judged was so for a while before that was worth a word.
func began(in *model.Incident) time.Time {
	if in.Reason.Code == model.ReasonUnknownLong {
		if t, err := time.Parse(time.RFC3339, in.Reason.Args["since"]); err == nil {
			return t
		}
	}
	return in.OpenedAt
}

// comment is what to do, from the config: a few lines at most.
func comment(text string) blocks {
	var lines blocks
	for line := range strings.Lines(strings.TrimSpace(text)) {
		if len(lines) == mostComment {
			break
		}
		lines = append(lines, escaped(model.Clip(strings.TrimSpace(line), 200)))
	}
	if len(lines) > 0 {
		lines[0] = "💬 " + lines[0]
	}
	return lines
}

// ended is a card whose incident is over.
func (s *renderer) ended(in *model.Incident) (head, rows, tail blocks) {
	head = blocks{block(s.endMark(in) + " " + s.title(in, false))}
	if in.Kind == model.IncidentEventGroup && in.EventGroup != nil {
		head, rows = append(head, s.reported(in.EventGroup)), s.group(in)
	}
	if in.Parent != 0 {
		tail = append(tail, block(s.p.HTML("card.part_of", texts.Args{"id": int64(in.Parent)})))
	}
	return head, rows, append(tail, s.lasted(in))
}

// end is the message that says so.
func (s *renderer) end(in *model.Incident) (head, rows, tail blocks) {
	head = blocks{block(s.endMark(in) + " " + s.title(in, false))}
	if in.EventGroup != nil {
		head = append(head, s.reported(in.EventGroup))
		if len(in.EventGroup.Worst) > 0 {
			head = append(head, s.were(in.EventGroup.Worst))
		}
		if in.EventGroup.Unsure > 0 {
			head = append(head, block(s.p.HTMLN("card.event_group.unsure", in.EventGroup.Unsure)))
		}
	}
	return head, nil, blocks{s.lasted(in)}
}

func (s *renderer) lasted(in *model.Incident) block {
	from, to := s.moment(in.OpenedAt), s.moment(in.ClosedAt)
	args := texts.Args{"from": from, "to": to, "took": took(in), "id": int64(in.ID)}
	if from == to {
		return block(s.p.HTML("card.lasted_short", args))
	}
	return block(s.p.HTML("card.lasted", args))
}

// took is how long an incident that is over stood.
func took(in *model.Incident) time.Duration {
	return max(time.Second, in.ClosedAt.Sub(in.OpenedAt)).Truncate(time.Second)
}

// unrest is what every message about an incident that comes and goes has to say.
func (s *renderer) unrest(in *model.Incident) blocks {
	if in.Flap == nil || !in.Open() {
		return nil
	}
	return blocks{block(s.p.HTMLN("card.flaps", in.Flap.Changes))}
}

// remind is a card again, because nobody has taken it on.
func (s *renderer) remind(in *model.Incident) (head, rows, tail blocks) {
	head, rows, tail = s.incident(in, false)
	reminder := block(s.p.HTML("card.remind", texts.Args{"took": s.now.Sub(began(in)).Truncate(time.Minute)}))
	return append(blocks{head[0], reminder}, head[1:]...), rows, tail
}
