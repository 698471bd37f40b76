package bot

import (
	"maps"
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// reportedClients says which clients the sources report, of which no single host is known.
func (s *renderer) reportedClients(b *model.EventGroup) block {
	return block(s.p.HTMLN("card.event_group.about", b.About.All, texts.Args{
		"sources": model.Clip(joined(b.Sources), 100), "names": s.p.FirstNames(b.About.Names, b.About.All, mostNamed),
	}))
}

// atSources says what the sources of an event group said, in their own words, what is over there, and who acknowledged there.
func (s *renderer) atSources(b *model.EventGroup) blocks {
	var lines blocks
	if b.About.All > 0 && reportedNames(b, b.Open == 0 && b.Events > 0).All > 0 {
		lines = append(lines, s.reportedClients(b))
	}
	lines = append(lines, s.sourceTexts(b)...)
	if b.Open > 0 {
		lines = append(lines, s.endedThere(b)...)
	}
	if b.EndedDown.All > 0 {
		names := s.p.FirstNames(b.EndedDown.Names, b.EndedDown.All, mostNamed)
		lines = append(lines, block(s.p.HTML("card.event_group.ended_down", texts.Args{"names": names})))
	}
	lines = append(lines, s.closedByHand(b)...)
	return append(lines, s.sourceAcks(b)...)
}

// closedByHand says who closed events here: their sources did not say that they are over.
func (s *renderer) closedByHand(b *model.EventGroup) blocks {
	rows := rowsOf(b.Closed, func(c *model.ClosedEvents) block {
		args := texts.Args{"who": model.Clip(c.Who, 40), "names": s.p.FirstNames(c.Names.Names, c.Names.All, 2)}
		if c.Who == "" {
			return block(s.p.HTML("card.event_group.closed", args))
		}
		return block(s.p.HTML("card.event_group.closed_by", args))
	})
	return s.first(rows, limit{maxAcks, len(b.Closed), "more"})
}

// reported says how many hosts the sources report now, what is down first: "10 hosts reported by icinga: web1, web2 and 8 more". When
// all is over there, how many they were.
func (s *renderer) reported(b *model.EventGroup) block {
	over := b.Open == 0 && b.Events > 0
	names := reportedNames(b, over)
	args := texts.Args{"sources": model.Clip(joined(b.Sources), 100), "names": s.p.FirstNames(names.Names, names.All, mostNamed), "events": b.Events}
	switch {
	case names.All == 0 && b.About.All > 0:
		return s.reportedClients(b)
	case names.All == 0:
		return block(s.p.HTMLN("card.event_group.reported_events", max(b.Open, 1), args))
	case over:
		line := block(s.p.HTMLN("card.event_group.were_reported", names.All, args))
		if b.Unsure+b.ClosedByHand == 0 {
			line += ". " + block(s.p.HTML("card.event_group.all_over"))
		}
		return line
	default:
		return block(s.p.HTMLN("card.event_group.reported", names.All, args))
	}
}

// reportedNames are the hosts that are reported now; when all is over, those that were. A group that an earlier version stored does not
// tell them apart.
func reportedNames(b *model.EventGroup, over bool) model.NameList {
	switch {
	case over && b.Ended.All+b.EndedDown.All > 0:
		return model.NameList{Names: slices.Concat(b.EndedDown.Names, b.Ended.Names), All: b.EndedDown.All + b.Ended.All}
	case b.Active.All+b.Ended.All+b.EndedDown.All > 0:
		return b.Active
	default:
		return model.NameList{Names: slices.Concat(b.Hosts, b.Unmapped), All: b.HostsAll + b.UnmappedAll}
	}
}

// endedThere counts the events that are over at their sources while others are not.
func (s *renderer) endedThere(b *model.EventGroup) blocks {
	ended := b.Events - b.Open - b.ClosedByHand
	if ended <= 0 {
		return nil
	}
	args := texts.Args{"ended": ended, "names": s.p.FirstNames(b.Ended.Names, b.Ended.All, mostNamed)}
	if b.Ended.All == 0 {
		return blocks{marked(texts.LevelOK, s.p.HTMLN("card.event_group.events_ended", b.Events, args))}
	}
	return blocks{marked(texts.LevelOK, s.p.HTMLN("card.event_group.ended", b.Events, args))}
}

// sourceTexts are the sources' own words, the worst first.
func (s *renderer) sourceTexts(b *model.EventGroup) blocks {
	var lines blocks
	for i := range b.Texts[:min(len(b.Texts), maxTexts)] { // examples: the hosts are counted above
		one := &b.Texts[i]
		args := texts.Args{"text": model.Clip(one.Text, maxText), "names": s.p.FirstNames(one.Hosts.Names, one.Hosts.All, 2)}
		if one.Hosts.All == 0 {
			lines = append(lines, block(s.p.HTML("card.event_group.text", args)))
		} else {
			lines = append(lines, block(s.p.HTML("card.event_group.text_of", args)))
		}
		lines = append(lines, sourceDetails(one)...)
	}
	return lines
}

// The limits of what is shown of an event that no check can verify.
const (
	maxEventLabels = 6
	maxEventLabel  = 60
	maxEventLink   = 200
)

// shownElsewhere are labels that the rest of a card says already.
var shownElsewhere = []string{"alertname", "severity", "priority", "level", "instance", "host", "job", "runbook_url"}

// sourceDetails are the labels, the runbook and the link of an event that no check can verify.
func sourceDetails(one *model.SourceText) blocks {
	var lines blocks
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(one.Labels)) {
		if !slices.Contains(shownElsewhere, key) && len(labels) < maxEventLabels {
			labels = append(labels, model.Clip(key+"="+one.Labels[key], maxEventLabel))
		}
	}
	if len(labels) > 0 {
		lines = append(lines, block("   🏷 ")+escaped(strings.Join(labels, ", ")))
	}
	for _, link := range []struct{ mark, url string }{{"   📖 ", one.Runbook}, {"   🔗 ", one.Link}} {
		if link.url != "" && len(link.url) <= maxEventLink { // the beginning of a link leads nowhere
			lines = append(lines, block(link.mark)+escaped(link.url))
		}
	}
	return lines
}

// sourceAcks say who acknowledged active events at their sources.
func (s *renderer) sourceAcks(b *model.EventGroup) blocks {
	if len(b.Acks) == 0 {
		return nil
	}
	rows := rowsOf(b.Acks, func(a *model.SourceAck) block {
		args := texts.Args{"source": model.Clip(a.Source, 40), "who": model.Clip(a.Who, 40), "names": s.p.FirstNames(a.Hosts.Names, a.Hosts.All, 2)}
		if a.Who == "" {
			return block(s.p.HTML("card.event_group.acked", args))
		}
		return block(s.p.HTML("card.event_group.acked_by", args))
	})
	return s.first(rows, limit{maxAcks, len(b.Acks), "more"})
}
