package bot

import (
	"strconv"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// isSeveral reports whether the message of a page is of several incidents.
func isSeveral(t *model.Notification) bool {
	return t.Snapshot.Page != nil && t.Snapshot.Page.Several > 0
}

// pageSeveral renders one message in place of many pages: for whom it is, of what, and how to answer for all of it.
func (s *renderer) pageSeveral(t *model.Notification) message {
	open, info := t.Snapshot.Open, t.Snapshot.Page
	id := "page.several"
	switch {
	case info.Ask:
		id = "page.several.ask"
	case info.Person == "":
		id = "page.several.all"
	}
	line := s.p.HTMLN(id, info.Several, texts.Args{"who": model.Clip(info.Person, 70)})
	if info.Way == model.WayMention && info.User != 0 {
		line = mention(info, line)
	}
	end := "page.several.end"
	if info.Ask {
		end = "page.several.ask_end"
	}
	return message{
		head: blocks{block("📟 " + line)}, rows: s.lines(open),
		tail: blocks{block(s.p.HTML(end, texts.Args{"id": int64(open[0].ID)}))},
	}
}

// severalOver renders the message of several incidents anew once one of them has been answered, or is over: what is left of it.
func (s *renderer) severalOver(t *model.Notification) message {
	left, info := t.Snapshot.Open, t.Snapshot.Page
	args := texts.Args{"who": model.Clip(info.Person, 70), "all": info.Several}
	if len(left) == 0 {
		return message{head: append(blocks{block(s.p.HTML("page.several.over", args))}, s.answered(t.Snapshot.Incident)...)}
	}
	id := "page.several.left"
	if info.Person == "" {
		id = "page.several.left_all"
	}
	return message{
		head: blocks{block("📟 " + s.p.HTMLN(id, len(left), args))}, rows: s.lines(left),
		tail: s.answered(t.Snapshot.Incident),
	}
}

// answered is an incident in a line, and who has it.
func (s *renderer) answered(in *model.Incident) blocks {
	return append(blocks{s.incidentLine(in)}, s.acknowledged(in)...)
}

// severalActions answer for all incidents of a message, and lead to each.
func (s *renderer) severalActions(open []model.Incident, ask bool) keyboard {
	if len(open) == 0 {
		return nil
	}
	label := "button.ack_all"
	if ask {
		label = "button.still_on_all"
	}
	all := make([]string, len(open))
	for i := range open {
		all[i] = reference(&open[i])
	}
	answer := action{label: s.p.T(label, texts.Args{"n": len(open)}), name: actAck, args: map[string]string{"id": strings.Join(all, " ")}}
	return append(keyboard{{answer}}, s.openLinks(open)...)
}

// incidentsOf are the incidents of a button.
func incidentsOf(args map[string]string) (all []model.IncidentID) {
	for word := range strings.FieldsSeq(args["id"]) {
		if id, err := strconv.ParseInt(word, 10, 64); err == nil {
			all = append(all, model.IncidentID(id))
		}
	}
	return all
}
