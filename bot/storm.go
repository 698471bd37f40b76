package bot

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// storm is what many incidents at once come to: clients, hosts, checks, then the services worst first.
func (s *renderer) storm(in *model.Incident) blocks {
	if in.Storm == nil {
		return nil
	}
	st := in.Storm
	lines := blocks{block(s.p.HTML("card.storm.nobody"))}
	if st.Clients > 0 {
		lines[0] = block(s.p.HTMLN("card.storm.clients", st.Clients, texts.Args{"down": st.Down}))
	}
	if st.HostsAll > 0 {
		lines = append(lines, block(s.p.HTMLN("card.storm.hosts", st.HostsAll, texts.Args{"names": s.someOf(st.Hosts, st.HostsAll)})))
	}
	if st.ChecksAll > 0 {
		names := make([]string, len(st.Checks))
		for i, id := range st.Checks {
			names[i] = string(id)
		}
		lines = append(lines, block(s.p.HTMLN("card.storm.checks", st.ChecksAll, texts.Args{"names": s.someOf(names, st.ChecksAll)})))
	}
	lines = append(lines, s.cause(st.Cause)...)
	lines = append(lines, s.touched(in.Affected)...)
	if more := st.Services - len(in.Affected); more > 0 {
		lines = append(lines, block(s.p.HTMLN("card.more_services", more)))
	}
	if st.Open < st.Total {
		lines = append(lines, block(s.p.HTML("card.storm.open", texts.Args{"open": st.Open, "total": st.Total})))
	}
	return append(lines, block(s.p.HTML("card.storm.details")))
}

// worthSearching is from how many failures on it is worth a line that nothing was found which they have in common.
const worthSearching = 10

// cause is what failures have in common, or that nothing was found. Nothing where there is too little to say anything.
func (s *renderer) cause(c *model.Cause) blocks {
	switch {
	case c == nil, len(c.Labels) == 0 && c.Of < worthSearching, len(c.Labels) > 0 && !slices.ContainsFunc(c.Labels, notOfHosts):
		return nil // hosts that fail are named anyway
	case len(c.Labels) == 0:
		return blocks{block(s.p.HTML("cause.none"))}
	}
	args := texts.Args{"labels": clipped(strings.Join(c.Labels, ", "), 150), "of": c.Of, "fine": c.Fine}
	lines := blocks{block(s.p.HTMLN("cause.all", c.Failed, args))}
	if c.Failed < c.Of {
		lines[0] = block(s.p.HTMLN("cause.most", c.Failed, args))
	}
	if c.Fine > 0 {
		lines[0] += block(s.p.HTML("cause.fine", args))
	}
	return lines
}

func notOfHosts(mark string) bool { return !strings.HasPrefix(mark, "host=") }

// someOf names the first few of all.
func (s *renderer) someOf(names []string, all int) string { return s.firstOf(names, all, mostNamed) }

// firstOf names the first few of all, at most so many.
func (s *renderer) firstOf(names []string, all, most int) string {
	if all == most+1 && len(names) == all { // "and 1 more" is as long as the name
		most = all
	}
	shown := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, clipped(name, 70))
	}
	text := joined(shown)
	if more := all - len(shown); more > 0 {
		text += s.p.N("and_more", more)
	}
	return text
}

// blind is what opsbot's own blindness means.
func (s *renderer) offline(in *model.Incident) blocks {
	return blocks{
		block(s.p.HTML("card.connectivity.why", texts.Args{"probes": clipped(in.Reason.Args["probes"], 200)})),
		block(s.p.HTML("card.connectivity.do")),
	}
}

// unrest is what every message about an incident that comes and goes has to say.
func (s *renderer) unrest(in *model.Incident) blocks {
	if in.Flap == nil || !in.Open() {
		return nil
	}
	return blocks{block(s.p.HTMLN("card.flaps", in.Flap.Changes))}
}

// inHand is who has taken an incident on.
func (s *renderer) inHand(in *model.Incident) blocks {
	if in.Ack == nil || !in.Open() {
		return nil
	}
	return blocks{block(s.p.HTML("card.acked", texts.Args{"who": clipped(in.Ack.Name, 70), "at": s.p.Moment(in.Ack.At, s.now)}))}
}

// remind is a card again, because nobody has taken it on.
func (s *renderer) remind(in *model.Incident) (head, rows, tail blocks) {
	head, rows, tail = s.incident(in, false)
	reminder := block(s.p.HTML("card.remind", texts.Args{"took": s.now.Sub(began(in)).Truncate(time.Minute)}))
	return append(blocks{head[0], reminder}, head[1:]...), rows, tail
}

// mostDaily is how many lines each part of the digest of the day has.
const mostDaily = 5

// daily is the digest of the day: what stands, what is muted, which certificates end, what ails opsbot.
func (s *renderer) daily(f model.Snapshot) (head, rows, tail blocks) {
	head = blocks{block(s.p.HTML("daily.title"))}
	if n := len(f.Open); n > 0 {
		head = append(head, block(s.p.HTMLN("digest.open", n)))
	} else {
		head = append(head, block(s.p.HTML("daily.well")))
	}
	d := f.Daily
	tail = append(tail, s.dailyMutes(d.Mutes)...)
	tail = append(tail, s.certificates(d.Certificates)...)
	if len(d.HealthIssues) > 0 {
		tail = append(tail, block(s.p.HTML("daily.health_issues")))
		for _, t := range d.HealthIssues[:min(len(d.HealthIssues), mostDaily)] {
			tail = append(tail, "• "+escaped(clipped(s.p.Reason(t), 200)))
		}
	}
	return head, s.lines(f.Open), tail
}

func (s *renderer) dailyMutes(mutes []model.Mute) blocks {
	if len(mutes) == 0 {
		return nil
	}
	lines := blocks{block(s.p.HTMLN("daily.mutes", len(mutes)))}
	for i := range mutes[:min(len(mutes), mostDaily)] {
		m := &mutes[i]
		lines = append(lines, block(s.p.HTML("daily.mute", texts.Args{"what": s.muteTarget(m), "until": s.p.Moment(m.Until, s.now)})))
	}
	return s.andMore(lines, len(mutes))
}

func (s *renderer) certificates(all []model.Expiry) blocks {
	if len(all) == 0 {
		return nil
	}
	lines := blocks{block(s.p.HTMLN("daily.certificates", len(all)))}
	for _, e := range all[:min(len(all), mostDaily)] {
		names := make([]string, len(e.Checks))
		for i, id := range e.Checks {
			names[i] = string(id)
		}
		args := texts.Args{"date": s.p.Date(e.At), "names": s.someOf(names, len(names))}
		if left := e.At.Sub(s.now); left > 0 {
			lines = append(lines, block(s.p.HTMLN("daily.certificate", int(left/model.Day), args)))
		} else {
			lines = append(lines, block(s.p.HTML("daily.ended", args)))
		}
	}
	return s.andMore(lines, len(all))
}

// andMore adds how many of all are not among the lines, the first of which is a heading.
func (s *renderer) andMore(lines blocks, all int) blocks {
	if more := all - (len(lines) - 1); more > 0 {
		return append(lines, block(s.p.HTMLN("more", more)))
	}
	return lines
}

// stormTitle is "47 incidents at once", or that they are over.
func (s *renderer) stormTitle(in *model.Incident, down bool) string {
	switch {
	case !down:
		return "🌩 " + s.p.HTML("card.storm.up")
	case in.Storm == nil || in.Storm.Total == 0:
		return "🌩 " + s.p.HTML("card.storm.nameless")
	default:
		return "🌩 " + s.p.HTMLN("card.storm", in.Storm.Total)
	}
}

func (s *renderer) offlineTitle(down bool) string {
	if down {
		return "🙈 " + s.p.HTML("card.connectivity")
	}
	return "👀 " + s.p.HTML("card.connectivity.up")
}
