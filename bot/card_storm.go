package bot

import (
	"slices"
	"strings"

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
