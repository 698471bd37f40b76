package bot

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"opsbot/model"
)

// The limits of what a card says to do.
const (
	mostGuides      = 3
	mostContact     = 120 // characters
	mostRunbooks    = 2   // buttons
	longestRunbook  = 500 // characters of a link that is a button
	longestAsLetter = 200 // characters of one that is text
)

// shares says what the failures of an incident have in common: their common cause, else where most of their hosts stand. It is not said
// that they have nothing in common where most hosts are in one place.
func (s *renderer) shares(in *model.Incident) block {
	var cause *model.Cause
	switch {
	case in.Storm != nil:
		cause = in.Storm.Cause
	case in.EventGroup != nil:
		cause = in.EventGroup.Cause
	}
	nothing := cause == nil || len(cause.Labels) == 0
	if p := in.Place; p != nil && (nothing || p.Of > 1 && cause.Partly) { // the place of a single host is no common cause, but stands in the first line
		if p.Whole() && p.Of <= mostHeaded {
			return "" // the first line says it
		}
		return escaped(s.p.SharedPlace(p))
	}
	return s.cause(cause)
}

// whatToDo says what to do about an incident: its runbook, whom to call for the worst clients, the comment of the configuration.
func (s *renderer) whatToDo(in *model.Incident) blocks {
	var lines blocks
	if in.Runbook != "" && !s.asButton(in.Runbook) {
		lines = append(lines, "📖 "+runbookText(in.Runbook))
	}
	return append(append(lines, s.guides(guidesOf(in))...), comment(in.Comment)...)
}

// guidesOf is what to do for the clients of an incident. A row of the outbox of an earlier version has those of an event group there.
func guidesOf(in *model.Incident) []model.Guide {
	if len(in.Guides) == 0 && in.EventGroup != nil {
		return in.EventGroup.Guides
	}
	return in.Guides
}

// guides says what to do for the worst clients.
func (s *renderer) guides(all []model.Guide) (lines blocks) {
	contacts := 1 // of each: the others are in /status CLIENT
	if len(all) == 1 {
		contacts = mostContacts
	}
	for i := range all[:min(len(all), mostGuides)] { // the worst clients: the others are looked up when these are dealt with
		lines = append(lines, s.guide(&all[i], contacts))
	}
	return lines
}

// guide says what to do for one client: the first contact beside its name, which has a number if any has.
func (s *renderer) guide(g *model.Guide, most int) block {
	line := block("👉 ") + bold(model.Clip(g.Client, 70))
	if g.Tier == model.TierGold {
		line += " " + escaped(s.p.T("guide.gold"))
	}
	all := slices.SortedStableFunc(slices.Values(g.Contacts), func(a, b string) int { return cmp.Compare(phoneless(a), phoneless(b)) })
	between := block(" · ")
	for _, c := range all[:min(len(all), most)] {
		if contact := s.contact(c); contact != "" {
			line += between + contact
			between = "\n   "
		}
	}
	if g.Runbook != "" && !s.asButton(g.Runbook) {
		line += "\n   📖 " + runbookText(g.Runbook)
	}
	return line
}

func phoneless(contact string) int {
	if model.HasPhone(contact) {
		return 0
	}
	return 1
}

// contact is whom to call, with a number that a phone dials when it is tapped.
func (s *renderer) contact(text string) block {
	mark := block("👤 ")
	if model.HasPhone(text) {
		mark = "📞 "
	}
	return mark + escaped(trusted(model.Clip(model.PlainPhones(text), mostContact)))
}

func runbookText(link string) block { return escaped(trusted(model.Clip(link, longestAsLetter))) }

// asButton reports whether a runbook is a button of the message instead of a line.
func (s *renderer) asButton(runbook string) bool { return s.links && buttonLink(runbook) }

// publicHost is a name that Telegram takes in the link of a button: it refuses the whole message for others.
var publicHost = regexp.MustCompile(`^(?i:[a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+(?i:[a-z]{2,24})$`)

// buttonLink reports whether Telegram takes a text as the link of a button.
func buttonLink(text string) bool {
	if len(text) > longestRunbook || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.User == nil && publicHost.MatchString(u.Hostname())
}

// runbook is a link to what to do, and whose it is; "" is of the incident itself.
type runbook struct{ of, link string }

// runbooks are the links of an open incident that are buttons, each once.
func (s *renderer) runbooks(in *model.Incident) []runbook {
	if !in.Open() || in.Parent != 0 {
		return nil
	}
	var all []runbook
	add := func(of, link string) {
		for i := range all {
			if all[i].link == link {
				return
			}
		}
		if len(all) < mostRunbooks && s.asButton(link) {
			all = append(all, runbook{of, link})
		}
	}
	add("", in.Runbook)
	for _, g := range guidesOf(in) {
		add(g.Client, g.Runbook)
	}
	return all
}
