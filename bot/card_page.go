package bot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// mostPaged is how many people a card names who were paged: the latest.
const mostPaged = 4

// page renders the message that wakes somebody: what it is, that it is for them, and who is next.
func (s *renderer) page(t *model.Notification) message {
	in, info := t.Snapshot.Incident, t.Snapshot.Page
	line := s.pageLine(in, info)
	if info.Way != model.WayDM && !isGateway(info.Way) { // it replies to the card, or is read beside it
		return message{head: append(blocks{block("📟 " + s.title(in, true)), line}, s.lateLine(info)...), tail: blocks{s.sinceWhen(in)}}
	}
	others := *in
	others.Paged = pagedBefore(in, info.Person)
	out := s.incident(&others, false)
	if len(out.head) > 0 {
		out.head = append(append(blocks{out.head[0], line}, s.lateLine(info)...), out.head[1:]...)
	}
	return out
}

// pagedBefore is who else was paged of an incident: whoever reads a page knows of themselves, and it says who is next.
func pagedBefore(in *model.Incident, person string) (all []model.Paged) {
	for _, p := range in.Paged {
		p.People = slices.DeleteFunc(slices.Clone(p.People), func(one model.PagedPerson) bool { return one.Name == person })
		if p.Next = nil; len(p.People) > 0 {
			all = append(all, p)
		}
	}
	return all
}

func isGateway(way string) bool { return strings.HasPrefix(way, model.WayGateway) }

// pageLine says whom it wakes, and what happens when they do not answer.
func (s *renderer) pageLine(in *model.Incident, info *model.PageInfo) block {
	args := texts.Args{
		"who": model.Clip(info.Person, 70), "next": model.Clip(joined(info.Next), 100), "at": s.moment(info.NextAt), "round": info.Round + 1, "id": int64(in.ID),
	}
	id := "page.you"
	switch {
	case info.Ask:
		id = "page.ask"
	case info.Person == "":
		id = "page.all"
	}
	line := s.p.HTML(id, args)
	if info.Way == model.WayMention && info.User != 0 {
		line = mention(info, line)
	}
	switch {
	case info.Ask || len(info.Next) == 0:
	case len(info.Next) == 1 && info.Next[0] == info.Person:
		line += " " + s.p.HTML("page.again", args)
	default:
		line += " " + s.p.HTML("page.next", args)
	}
	return block("📟 " + line)
}

// mention makes the name at the beginning of a line a link that has the phone of its bearer ring. The address is ours, and may do that.
func mention(info *model.PageInfo, line string) string {
	name := string(escaped(model.Clip(info.Person, 70)))
	rest, found := strings.CutPrefix(line, "<b>"+name+"</b>")
	if !found {
		return line
	}
	return `<a href="` + trusted("tg://user?id="+strconv.FormatInt(int64(info.User), 10)) + `">` + name + "</a>" + rest
}

// lateLine says that a page comes late.
func (s *renderer) lateLine(info *model.PageInfo) blocks {
	if info.Late.IsZero() {
		return nil
	}
	return blocks{block(s.p.HTML("page.late", texts.Args{"at": s.moment(info.Late)}))}
}

// pageOver renders the message of a page anew once it has been answered.
func (s *renderer) pageOver(t *model.Notification) message {
	in, info := t.Snapshot.Incident, t.Snapshot.Page
	if info.Way == model.WayDM || !in.Open() {
		return s.incident(in, false)
	}
	out := message{head: blocks{block(s.mark(in, false) + " " + s.title(in, true))}}
	out.tail = append(blocks{s.sinceWhen(in)}, s.stillOpen(in)...)
	return out
}

// pagedLines are who was paged of an incident, how, when, and who is next; that nobody answered, when that is so.
func (s *renderer) pagedLines(in *model.Incident) blocks {
	return append(s.unanswered(in), s.pagedWhom(in)...)
}

// unanswered says that everybody was paged and nobody answered, and what to do; nothing when that is not so.
func (s *renderer) unanswered(in *model.Incident) blocks {
	id := ""
	for i := range in.Paged {
		p := &in.Paged[i]
		switch {
		case p.State != model.EscalationExhausted:
		case len(p.People) > 0:
			return blocks{block(s.p.HTML("card.paged.exhausted"))}
		default:
			id = "card.paged.nobody"
		}
	}
	if id == "" {
		return nil
	}
	return blocks{block(s.p.HTML(id))}
}

// pagedWhom is a line for each escalation.
func (s *renderer) pagedWhom(in *model.Incident) (lines blocks) {
	for i := range in.Paged {
		if line := s.pagedLine(&in.Paged[i]); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (s *renderer) pagedLine(p *model.Paged) block {
	var people []string
	for i := range p.People[max(0, len(p.People)-mostPaged):] {
		people = append(people, s.pagedPerson(&p.People[max(0, len(p.People)-mostPaged)+i]))
	}
	args := texts.Args{"people": strings.Join(people, " → "), "next": model.Clip(joined(p.Next), 100), "at": s.moment(p.NextAt)}
	id := "card.paged"
	switch {
	case p.State == model.EscalationPaging && len(people) == 0:
		id = "card.paged.soon"
	case p.State == model.EscalationPaging && len(p.Next) > 0:
		id = "card.paged.next"
	case len(people) == 0:
		return ""
	}
	return block(s.p.HTML(id, args))
}

// pagedPerson is "Boris 02:04 DM ✓ group ✗".
func (s *renderer) pagedPerson(p *model.PagedPerson) string {
	name := strings.TrimPrefix(p.Name, model.WayChat)
	if p.Refused {
		return s.p.T("card.paged.refused", texts.Args{"who": model.Clip(name, 40)})
	}
	parts := []string{model.Clip(name, 40), s.moment(p.At)}
	for _, w := range p.Ways {
		parts = append(parts, strings.TrimSpace(s.way(w.Way)+" "+pageMarks[w.State]))
	}
	return strings.Join(parts, " ")
}

// pageMarks are what became of a page.
var pageMarks = map[model.PageState]string{model.PageSent: "✓", model.PageFailed: "✗", model.PageWritten: "…"}

// way names a way of reaching somebody.
func (s *renderer) way(way string) string {
	switch {
	case way == model.WayDM:
		return s.p.T("way.dm")
	case way == model.WayMention:
		return s.p.T("way.mention")
	case strings.HasPrefix(way, model.WayChat):
		return ""
	default:
		return model.Clip(cmp.Or(strings.TrimPrefix(way, model.WayGateway), way), 30)
	}
}

// beingPaged reports whether somebody is being paged of an incident.
func beingPaged(in *model.Incident) bool {
	for i := range in.Paged {
		if st := in.Paged[i].State; st == model.EscalationPaging || st == model.EscalationExhausted {
			return true
		}
	}
	return false
}

// pageTitle is the first line of an incident that somebody opened to have somebody paged.
func (s *renderer) pageTitle(in *model.Incident, down bool) string {
	args := texts.Args{
		"who": model.Clip(in.Reason.Args["who"], 70), "by": model.Clip(in.Reason.Args["by"], 70), "text": model.Clip(in.Reason.Args["text"], 300),
	}
	if down {
		return s.p.HTML("card.page", args)
	}
	return s.p.HTML("card.page.up", args)
}

// stillOnIt are the answers to whether somebody still has an incident.
func (s *renderer) stillOnIt(in *model.Incident) keyboard {
	args := map[string]string{"incident": reference(in), "about": placeOfIncident(in)}
	return keyboard{{{label: s.p.T("button.still_on_it"), name: actAck, args: args}, {label: s.p.T("button.unack"), name: actUnack, args: args}}}
}
