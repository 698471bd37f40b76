package bot

import (
	"slices"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// story renders an incident that is resolved: who works again, what it was, whom it hit, who had it, what people noted, and how long it took.
func (s *renderer) story(in *model.Incident) (out message) {
	out.head = blocks{block(texts.OfIncident(in).Mark() + " " + s.title(in, false))}
	out.head = append(out.head, s.was(in)...)
	if in.EventGroup != nil {
		out.head = append(append(out.head, s.reported(in.EventGroup)), s.atSources(in.EventGroup)...)
		if in.EventGroup.Unsure > 0 {
			out.head = append(out.head, block(s.p.HTMLN("card.event_group.unsure", in.EventGroup.Unsure)))
		}
	}
	out.tail = append(s.whomItHit(in), s.hadIt(in)...)
	out.tail = append(out.tail, s.notes(in)...)
	if in.Parent != 0 {
		out.tail = append(out.tail, block(s.p.HTML("card.part_of", texts.Args{"id": int64(in.Parent)})))
	}
	out.tail = append(out.tail, s.lasted(in))
	return out
}

// was is the reason of an incident that is over.
func (s *renderer) was(in *model.Incident) blocks {
	reason := ""
	switch {
	case in.Reason.Code == model.ReasonLeftInventory:
	case in.Kind == model.IncidentHost:
		reason = model.Clip(in.Host, 100) + ": " + s.hostState(in)
		if len(in.Failing) > 0 {
			reason += "; " + plain(string(s.hostReasons(in)[0]))
		}
	case in.Kind == model.IncidentStorm && in.Storm != nil && len(in.Storm.Parts) > 0:
		return s.storyOfParts(in)
	case in.Kind == model.IncidentCheck, in.Kind == model.IncidentService:
		reason = s.what(wasOpen(in))
	}
	if reason == "" {
		return nil
	}
	return blocks{block(s.p.HTML("card.was", texts.Args{"reason": model.Clip(reason, 400)}))}
}

// storyOfParts lists what a small storm consisted of, each with its reason.
func (s *renderer) storyOfParts(in *model.Incident) (lines blocks) {
	for i := range in.Storm.Parts {
		part := in.Storm.Parts[i]
		part.ClosedAt = in.ClosedAt
		lines = append(lines, s.was(&part)...)
	}
	return lines
}

// whomItHit names the clients that an incident hit at its worst, worst first.
func (s *renderer) whomItHit(in *model.Incident) blocks {
	names, all := clientsHit(in)
	if all == 0 {
		return nil
	}
	if _, named := s.headed(in); all == 1 && named { // by the first line
		return nil
	}
	return blocks{block(s.p.HTMLN("card.event_group.were", all, texts.Args{"names": s.p.FirstNames(names, all, mostNamed)}))}
}

// clientsHit are the first clients that an incident hit, worst first, and how many there were.
func clientsHit(in *model.Incident) (names []string, all int) {
	states := slices.SortedStableFunc(slices.Values(in.Hit()), model.CompareStates)
	for i := range states {
		if one := &states[i]; one.Verdict != model.VerdictOK && !slices.Contains(names, one.Client) {
			names = append(names, one.Client)
		}
	}
	if in.Storm != nil {
		all = in.Storm.Most.Clients
	}
	return names, max(all, len(names))
}

// wasOpen is an incident as it was while it was open.
func wasOpen(in *model.Incident) *model.Incident {
	open := *in
	open.ClosedAt, open.WorksSince, open.Flap = time.Time{}, time.Time{}, nil
	return &open
}

// hadIt says who acknowledged an incident that is over.
func (s *renderer) hadIt(in *model.Incident) (lines blocks) {
	for i := range in.Acks[:min(len(in.Acks), maxAckers)] {
		a := &in.Acks[i]
		lines = append(lines, block(s.p.HTML("card.had", texts.Args{"who": model.Clip(a.Name, 70), "at": s.p.Moment(a.At, s.now)})))
	}
	return lines
}

// mostNotes is how many notes a card shows: the latest.
const mostNotes = 3

// notes are what people wrote about an incident, the latest last.
func (s *renderer) notes(in *model.Incident) (lines blocks) {
	for _, n := range in.Notes[max(0, len(in.Notes)-mostNotes):] {
		id := "card.note"
		if n.ForClient {
			id = "card.note.client"
		}
		lines = append(lines, block(s.p.HTML(id, texts.Args{"who": model.Clip(n.Name, 40), "text": model.Clip(n.Text, 300)})))
	}
	return lines
}
