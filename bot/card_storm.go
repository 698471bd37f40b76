package bot

import (
	"slices"
	"strings"

	"opsbot/model"
	"opsbot/texts"
)

// storm renders many incidents at once: clients, hosts, checks, then the worst services. One of a few lists its incidents.
func (s *renderer) storm(in *model.Incident) blocks {
	st := in.Storm
	switch {
	case st == nil:
		return nil
	case st.Small():
		return s.listedParts(in)
	case len(st.Parts) > 0:
		return append(blocks{s.stormClients(st)}, s.listedParts(in)...)
	}
	lines := blocks{s.stormClients(st)}
	if st.HostsAll > 0 {
		lines = append(lines, block(s.p.HTMLN("card.storm.hosts", st.HostsAll, texts.Args{"names": s.p.FirstNames(st.Hosts, st.HostsAll, mostNamed)})))
	}
	if st.ChecksAll > 0 {
		lines = append(lines, block(s.p.HTMLN("card.storm.checks", st.ChecksAll, texts.Args{"names": s.p.FirstNames(checkNames(st.Checks), st.ChecksAll, mostNamed)})))
	}
	return append(lines, s.serviceLines(in.Affected, st.Services)...)
}

// stormFoot says how much of a storm is still open, and where all of it is.
func (s *renderer) stormFoot(in *model.Incident) blocks {
	st := in.Storm
	if st == nil || len(st.Parts) > 0 {
		return nil
	}
	var lines blocks
	if st.Open < st.Total {
		lines = append(lines, block(s.p.HTML("card.storm.open", texts.Args{"open": st.Open, "total": st.Total})))
	}
	return append(lines, block(s.p.HTML("card.storm.details")))
}

func (s *renderer) stormClients(st *model.Storm) block {
	at := block("")
	if st.Total > 0 && st.Clients > 0 { // without clients the first line says it
		at = block(s.p.HTMLN("card.storm.at_once", st.Total)) + ": "
	}
	if st.Clients == 0 {
		return at + block(s.p.HTML("card.storm.nobody"))
	}
	return at + block(s.p.HTMLN("card.storm.clients", st.Clients, texts.Args{"down": st.Down}))
}

func checkNames(ids []model.CheckID) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return names
}

// listedParts lists a few incidents that opened together, then what services they affect beside those that they name.
func (s *renderer) listedParts(in *model.Incident) blocks {
	var lines blocks
	named := map[model.ServiceKey]bool{}
	for i := range in.Storm.Parts {
		part := &in.Storm.Parts[i]
		lines = append(lines, s.partLine(part))
		named[part.ServiceKey] = true
	}
	var others []model.ServiceState
	for i := range in.Affected {
		if !named[in.Affected[i].ServiceKey] {
			others = append(others, in.Affected[i])
		}
	}
	unnamed := in.Storm.Services - (len(in.Affected) - len(others))
	return append(lines, s.serviceLines(others, unnamed)...)
}

// partLine is an incident of a storm of a few in one line, with its reason unless the line is about a host, whose title says it, and
// what to do.
func (s *renderer) partLine(part *model.Incident) block {
	line := texts.OfIncident(part).Mark() + " " + s.partTitle(part, part.Open())
	if words := s.beside(part); words != "" {
		line += " · " + string(escaped(words))
	}
	if reason := s.brief(part); reason != "" && part.Kind != model.IncidentHost {
		line += " · " + string(escaped(model.Clip(reason, maxDetail)))
	}
	if part.Open() {
		line += string(advice(part))
	}
	return block(line)
}

// stormTitle is the first line of a storm that hits no client: "47 incidents at once", or that it is over.
func (s *renderer) stormTitle(in *model.Incident, down bool) string {
	switch {
	case in.Storm.Small():
		h, _ := s.headed(in)
		return s.firstLine(&h, texts.OfIncident(in).Mark())
	case !down:
		return stormMark + s.p.HTML("card.storm.up")
	case in.Storm == nil || in.Storm.Total == 0:
		return stormMark + s.p.HTML("card.storm.nameless")
	default:
		return stormMark + s.p.HTMLN("card.storm", in.Storm.Total)
	}
}

// worstClient is the worst client of services, the verdict of its worst one, and how many other
// clients there are. Services that are ok do not count.
func worstClient(affected []model.ServiceState) (client string, others int, verdict model.Verdict) {
	seen := map[string]bool{}
	affected = slices.SortedStableFunc(slices.Values(affected), model.CompareStates)
	for i := range affected {
		a := &affected[i]
		if a.Verdict == model.VerdictOK {
			continue
		}
		if len(seen) == 0 {
			client, verdict = a.Client, a.Verdict
		}
		seen[a.Client] = true
	}
	return client, max(0, len(seen)-1), verdict
}

// clientOfParts is worstClient of incidents that ended.
func (s *renderer) clientOfParts(parts []model.Incident) (client string, others int) {
	var all []model.ServiceState
	for i := range parts {
		all = append(all, parts[i].Affected...)
	}
	client, others, _ = worstClient(all)
	return client, others
}

// partNames names incidents: hosts and checks by themselves, services of the client that the title names without it. While some are
// open, only those.
func (s *renderer) partNames(parts []model.Incident, client string, down bool) []string {
	var names []string
	for i := range parts {
		part := &parts[i]
		switch {
		case down && part.Condition().Works():
		case part.Kind == model.IncidentService && part.Client == client:
			names = append(names, part.Service)
		default:
			names = append(names, s.name(part))
		}
	}
	return names
}

// stormName is "storm"; of a small one the names of what it hits.
func (s *renderer) stormName(in *model.Incident) string {
	if !in.Storm.Small() {
		return s.p.T("name.storm")
	}
	client, _, _ := worstClient(in.Affected)
	return model.Clip(strings.TrimSpace(client+" "+s.p.Names(s.partNames(in.Storm.Parts, client, false), model.SmallStorm)), 140)
}
