package bot

import (
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// Instance describes this opsbot; unknown fields are "".
type Instance struct{ Name, LocalIP, ExternalIP string }

// Template renders messages by the user's own templates. A nil Template renders none.
type Template struct {
	Template func(model.Notification) *model.MessageTemplate // of a notification; nil is the card
	Instance func() Instance
	Fault    func(t model.Notification, err error) // reports a template that failed; the card is sent
}

// templateText renders a notification by its template; ok is false if there is none, or it fails.
func (c *Cards) templateText(s *renderer, t model.Notification) (text string, ok bool) {
	if c.Template == nil || !mayBeTemplate(t) {
		return "", false
	}
	template := c.Template.Template(t)
	if template.IsZero() {
		return "", false
	}
	text, err := template.Message(harmlessFields(s.fields(t.Snapshot.Incident, c.Template.Instance())))
	if err != nil {
		c.Template.Fault(t, err)
		return "", false
	}
	return text, true
}

// mayBeTemplate reports whether a template applies: not to lists, counts and flapping incidents.
func mayBeTemplate(t model.Notification) bool {
	in := t.Snapshot.Incident
	if in == nil || in.Flap != nil {
		return false
	}
	switch t.Kind {
	case model.NotifyOpened, model.NotifyRaised, model.NotifyResolved, model.NotifyUpdated:
	default:
		return false
	}
	return in.Kind == model.IncidentCheck || in.Kind == model.IncidentService || in.Kind == model.IncidentHost
}

// maxTemplate limits a text from a template, in UTF-16 units. It is below Telegram's limit, to leave room for additions.
const maxTemplate = 3000

// own renders a text from a template. It adds the mark and the state, which a template must not hide.
func (s *renderer) own(t model.Notification, text string) (out message) {
	in := t.Snapshot.Incident
	out.head = s.joined(in, t.Snapshot.Joined)
	mark := s.mark(in, t.Kind == model.NotifyRaised && len(out.head) == 0)
	room := maxTemplate
	for line := range strings.SplitSeq(mark+" "+text, "\n") {
		line = model.Clip(strings.TrimRight(line, " \t\r"), maxTemplate)
		if room -= size(line) + 1; room < 0 {
			break
		}
		out.head = append(out.head, escaped(trusted(line))) // its own words may mention people, the fields are disarmed
	}
	if t.Kind == model.NotifyResolved {
		return out
	}
	out.tail = s.stillOpen(in)
	return out
}

// fields are the values that a template can use.
func (s *renderer) fields(in *model.Incident, at Instance) model.MessageFields {
	f := model.MessageFields{
		What: model.Clip(s.what(in), 700), Name: s.name(in), Client: model.Clip(in.Client, 70), Service: model.Clip(in.Service, 70), Host: model.Clip(in.Host, 100),
		Instance: at.Name, LocalIP: at.LocalIP, ExternalIP: at.ExternalIP, Comment: plainComment(in.Comment),
		Severity: s.p.T("severity." + in.Severity.String()), State: s.p.T("template.state.up"), Since: s.moment(began(in)), At: s.moment(s.now),
		Incident: int64(in.ID), Down: in.Open(),
	}
	if in.Kind == model.IncidentService && len(in.Failing) == 1 {
		f.Host = model.Clip(hostOf(in.Failing[0].Check), 100)
	}
	switch {
	case !in.Open():
		f.At = s.moment(in.ClosedAt)
	case in.Kind == model.IncidentService && len(in.Affected) > 0:
		f.State = s.p.Verdict(in.Affected[0].Verdict)
	default:
		f.State = s.p.T("template.state.down")
	}
	return f
}

// harmlessFields are fields that mention nobody: they hold what others said.
func harmlessFields(f model.MessageFields) model.MessageFields {
	for _, text := range []*string{&f.What, &f.Name, &f.Client, &f.Service, &f.Host} {
		*text = disarm(*text)
	}
	return f
}

// what describes the incident in a sentence without its name.
func (s *renderer) what(in *model.Incident) string {
	switch {
	case in.Reason.Code == model.ReasonLeftInventory:
		return s.p.T("template.left")
	case !in.Open():
		return s.p.T("template.up", texts.Args{"took": took(in)})
	case in.Condition().Works():
		return s.p.Condition(in, s.now)
	}
	whole := s.whole(in)
	switch {
	case len(in.Failing) == 0 || (in.Kind == model.IncidentCheck && in.Reason.Code != model.ReasonUnknownLong):
		return whole
	case whole == "":
		return s.p.Reason(in.Failing[0].Reason)
	default: // the first reason of many
		return s.p.T("template.first", texts.Args{"what": whole, "reason": s.p.Reason(in.Failing[0].Reason)})
	}
}

// whole describes the incident as a whole: the reason of a check, the counts of a service.
func (s *renderer) whole(in *model.Incident) string {
	switch {
	case in.Kind == model.IncidentService && len(in.Affected) > 0:
		return s.p.ServiceCounts(&in.Affected[0])
	case s.p.HostState(in.Reason.Code) != "":
		return s.p.HostState(in.Reason.Code)
	default:
		return s.p.Reason(in.Reason)
	}
}

func plainComment(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		if len(lines) < mostComment {
			lines = append(lines, model.Clip(strings.TrimSpace(line), 200))
		}
	}
	return strings.Join(lines, "\n")
}
