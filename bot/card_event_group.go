package bot

import (
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// The limits of a card of an event group.
const (
	mostRefuted = 3
	mostEarlier = 2 // lines of services that failed before
	mostReplies = 4
	maxUnmapped = 6
	maxNoHost   = 3
	maxTexts    = 2   // of the sources
	maxText     = 120 // UTF-16 units of one
	maxAcks     = 2   // lines of who acknowledged at a source
)

// group renders an event group: affected services, services that failed before, verification, unmapped hosts, common cause, what
// to do.
func (s *renderer) group(in *model.Incident) blocks {
	b := in.EventGroup
	if b == nil {
		return nil
	}
	var lines blocks
	if !in.Open() && len(b.Worst) > 0 {
		lines = append(lines, s.were(b.Worst))
	}
	if in.Open() {
		lines = append(lines, s.serviceLines(in.Affected, b.Services)...)
		if len(b.Critical) > 0 && b.Clients == 0 && b.UnmappedAll+b.NoHostAll == 0 {
			lines = append(lines, block(s.p.HTML("card.event_group.untested_why")))
		}
	}
	switch {
	case b.Spared > 0 && b.Clients > 0:
		lines = append(lines, marked(texts.LevelOK, s.p.HTMLN("card.event_group.spared", b.Spared)))
	case b.Spared > 0:
		lines = append(lines, marked(texts.LevelOK, s.p.HTMLN("card.event_group.fine", b.Spared)))
	}
	lines = append(lines, s.earlier(b)...)
	lines = append(lines, s.atSources(b)...)
	lines = append(lines, s.verified(b)...)
	lines = append(lines, s.unmapped(b)...)
	if len(b.Disconnected) > 0 && in.Open() {
		lines = append(lines, block(s.p.HTML("card.event_group.disconnected", texts.Args{"names": model.Clip(joined(b.Disconnected), 100)})))
	}
	if b.Unsure > 0 {
		lines = append(lines, block(s.p.HTMLN("card.event_group.unsure", b.Unsure)))
	}
	if in.Open() {
		lines = append(lines, s.shares(in))
		lines = append(lines, s.whatToDo(in)...)
	}
	return append(lines, s.replies(b.Replies)...)
}

// were names the clients that were affected.
func (s *renderer) were(worst []model.ServiceState) block {
	var names []string
	for i := range worst {
		if !slices.Contains(names, worst[i].Client) {
			names = append(names, worst[i].Client)
		}
	}
	return block(s.p.HTMLN("card.event_group.were", len(names), texts.Args{"names": s.p.FirstNames(names, len(names), mostNamed)}))
}

// earlier lists services that failed before the events.
func (s *renderer) earlier(b *model.EventGroup) blocks {
	if b.BeforeAll == 0 {
		return nil
	}
	var rows []row
	for _, g := range groupEqual(b.Before) {
		rows = append(rows, row{g.line(s.p), len(g.names)})
	}
	return headed(block(s.p.HTMLN("card.event_group.before", b.BeforeAll)), s.first(rows, limit{mostEarlier, b.BeforeAll, "card.more_services"}))
}

// verified says what live verification found: whether the hosts are down as reported.
func (s *renderer) verified(b *model.EventGroup) blocks {
	if b.HostsAll == 0 {
		return s.verifiedClients(b)
	}
	var parts []string
	for _, part := range []struct {
		id string
		n  int
	}{
		{"verified.confirmed", b.Verifications.Confirmed},
		{"verified.partly", b.Verifications.Partly},
		{"verified.refuted", b.Verifications.Refuted},
		{"verified.unchecked", b.Verifications.Unchecked},
		{"verified.bare", b.Verifications.Bare},
		{"verified.pending", b.Verifications.Pending},
	} {
		if part.n > 0 {
			parts = append(parts, s.p.N(part.id, part.n))
		}
	}
	args := texts.Args{"verified": strings.Join(parts, ", "), "done": b.Done, "total": b.Total, "at": s.p.Moment(b.Checked, s.now)}
	id := "card.event_group.verified"
	switch {
	case b.Checked.IsZero(): // not verified live
		id = "card.event_group.seen"
	case b.Done < b.Total:
		id = "card.event_group.verifying"
	}
	lines := blocks{block(s.p.HTML(id, args))}
	if n := b.ActiveUp.All; n > 0 && n < b.HostsAll {
		lines = append(lines, block(s.p.HTML("card.event_group.refuted", texts.Args{"names": s.p.FirstNames(b.ActiveUp.Names, n, mostRefuted)})))
	}
	return lines
}

// verifiedClients says how far what is reported of clients was verified, where no host is known.
func (s *renderer) verifiedClients(b *model.EventGroup) blocks {
	args := texts.Args{"done": b.Done, "at": s.p.Moment(b.Checked, s.now)}
	switch {
	case b.About.All == 0 || b.Total == 0 || b.Checked.IsZero():
		return nil
	case b.Done < b.Total:
		return blocks{block(s.p.HTMLN("card.event_group.verifying_endpoints", b.Total, args))}
	default:
		return blocks{block(s.p.HTMLN("card.event_group.verified_endpoints", b.Total, args))}
	}
}

// unmapped lists events of unknown hosts, or of no host.
func (s *renderer) unmapped(b *model.EventGroup) blocks {
	var lines blocks
	if b.UnmappedAll > 0 {
		lines = append(lines, block(s.p.HTMLN("card.event_group.unmapped", b.UnmappedAll, texts.Args{"names": s.p.FirstNames(b.Unmapped, b.UnmappedAll, maxUnmapped)})))
	}
	if b.NoHostAll > 0 {
		lines = append(lines, block(s.p.HTMLN("card.event_group.no_host", b.NoHostAll, texts.Args{"names": s.p.FirstNames(b.NoHost, b.NoHostAll, maxNoHost)})))
	}
	return lines
}

// replies says how sources answered to write-back.
func (s *renderer) replies(all []model.Reason) blocks {
	failed := func(r *model.Reason) bool {
		return r.Code == model.ReplyAckFailed || r.Code == model.ReplySilenceFailed
	}
	ordered := slices.SortedStableFunc(slices.Values(all), func(a, b model.Reason) int {
		switch x, y := failed(&a), failed(&b); {
		case x == y:
			return 0
		case x:
			return -1
		default:
			return 1
		}
	})
	rows := rowsOf(ordered, func(r *model.Reason) block {
		mark := block("✍️ ")
		if failed(r) {
			mark = "⚠️ "
		}
		return mark + escaped(model.Clip(s.p.Asof(s.now).Reason(*r), 250))
	})
	return s.first(rows, limit{mostReplies, len(all), "more"})
}

// groupTitle says how many clients are affected.
func (s *renderer) groupTitle(in *model.Incident, down bool) string {
	b := in.EventGroup
	switch {
	case b == nil:
		return s.p.HTML("card.event_group.nameless")
	case !down && in.Worst == model.SeverityInfo:
		return s.p.HTML("card.event_group.nobody_was")
	case !down:
		if len(b.Worst) == 0 { // the affected clients are unknown
			return s.p.HTML("card.event_group.over")
		}
		return s.p.HTML("card.event_group.up")
	case b.Clients > 0 && b.Down > 0: // of a version that named no client
		return s.p.HTMLN("card.event_group.down", b.Clients, texts.Args{"down": b.Down})
	case b.Clients > 0:
		return s.p.HTMLN("card.event_group.clients", b.Clients)
	case len(b.Critical) > 0 && b.UnmappedAll+b.NoHostAll == 0:
		return s.untestedTitle(b.Critical)
	case b.Done < b.Total:
		return s.p.HTML("card.event_group.checking")
	case b.HostsAll == 0 && b.UnmappedAll > 0:
		return s.p.HTML("card.event_group.unknown")
	case b.HostsAll == 0 && b.NoHostAll > 0:
		return s.p.HTML("card.event_group.only_no_host")
	case b.UnmappedAll+b.NoHostAll > 0:
		return s.p.HTML("card.event_group.nobody_known")
	default:
		return s.p.HTML("card.event_group.nobody")
	}
}

// untestedTitle names what is critical and no check can verify, as much as fits a first line.
func (s *renderer) untestedTitle(critical []string) string {
	for most := mostHeaded; ; most-- {
		title := s.p.HTML("card.event_group.untested", texts.Args{"names": s.p.FirstNames(critical[:min(most, len(critical))], len(critical), most)})
		if most == 1 || size(texts.LevelCritical.Mark()+" "+plain(title)) <= maxHeadline {
			return title
		}
	}
}

// sourceDisconnected says why a source is disconnected.
func (s *renderer) sourceDisconnected(in *model.Incident) blocks {
	return blocks{s.reason(in.Reason), block(s.p.HTML("card.source.do"))}
}
