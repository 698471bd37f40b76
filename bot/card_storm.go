package bot

import (
	"opsbot/model"
	"opsbot/texts"
)

// storm renders many incidents at once: clients, hosts, checks, then the worst services.
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
		lines = append(lines, block(s.p.HTMLN("card.storm.hosts", st.HostsAll, texts.Args{"names": s.p.FirstNames(st.Hosts, st.HostsAll, mostNamed)})))
	}
	if st.ChecksAll > 0 {
		names := make([]string, len(st.Checks))
		for i, id := range st.Checks {
			names[i] = string(id)
		}
		lines = append(lines, block(s.p.HTMLN("card.storm.checks", st.ChecksAll, texts.Args{"names": s.p.FirstNames(names, st.ChecksAll, mostNamed)})))
	}
	lines = append(lines, s.cause(st.Cause))
	lines = append(lines, s.worstServices(in.Affected, st.Services)...)
	if st.Open < st.Total {
		lines = append(lines, block(s.p.HTML("card.storm.open", texts.Args{"open": st.Open, "total": st.Total})))
	}
	return append(lines, block(s.p.HTML("card.storm.details")))
}

// stormTitle is "47 incidents at once", or that the storm is over.
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
