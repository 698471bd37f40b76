package bot

import (
	"slices"

	"opsbot/model"
	"opsbot/texts"
)

// serviceGroup is services of one client with the same verdict and counts.
type serviceGroup struct {
	model.ServiceState // of the first
	names              []string
}

// groupEqual groups services of a client with the same verdict and counts, in the order of their first.
func groupEqual(all []model.ServiceState) []serviceGroup {
	type key struct {
		client  string
		verdict model.Verdict
		model.Tally
		need int
	}
	at := map[key]int{}
	var groups []serviceGroup
	for _, a := range all {
		k := key{a.Client, a.Verdict, a.Tally, a.Need}
		i, there := at[k]
		if !there {
			i = len(groups)
			at[k] = i
			groups = append(groups, serviceGroup{ServiceState: a})
		}
		groups[i].names = append(groups[i].names, a.Service)
	}
	return groups
}

// of is the group of some of its services.
func (g *serviceGroup) of(names ...string) *serviceGroup {
	some := *g
	some.Service, some.names = names[0], names
	return &some
}

// mostServices limits the services in one line.
const mostServices = 6

// line is "🟡 clientA: reports, store — degraded, 3 of 4 up, needs 2", or of one service
// "🟠 clientA/reports: at risk, 1 of 2 up, needs 1".
func (g *serviceGroup) line(p *texts.Printer) block {
	args := texts.Args{"mark": texts.OfVerdict(g.Verdict).Mark(), "state": p.ServiceState(&g.ServiceState)}
	if len(g.names) == 1 {
		args["name"] = model.Clip(g.String(), 130)
		return block(p.HTML("service.line", args))
	}
	args["client"], args["services"] = model.Clip(g.Client, 70), model.Clip(p.Names(g.names, mostServices), 250)
	return block(p.HTML("service.lines", args))
}

// shownFine is how many ok groups a card shows one by one; more are only counted.
const shownFine = 2

// serviceLines lists the worst of all affected services; many ok ones are counted. all is how many are affected, of which the
// states may be the worst only.
func (s *renderer) serviceLines(worst []model.ServiceState, all int) blocks {
	worst = slices.SortedStableFunc(slices.Values(worst), model.CompareStates)
	groups := groupEqual(worst)
	fine, hidden := 0, 0
	for i := range groups {
		if groups[i].Verdict == model.VerdictOK {
			fine++
		}
	}
	var rows []row
	for i := range groups {
		g := &groups[i]
		if g.Verdict == model.VerdictOK && fine > shownFine {
			hidden += len(g.names)
			continue
		}
		rows = append(rows, row{g.line(s.p), len(g.names)})
	}
	lines := s.first(rows, limit{mostAffected, max(all, len(worst)) - hidden, "card.more_services"})
	if hidden > 0 {
		lines = append(lines, marked(texts.LevelOK, s.p.HTMLN("card.fine", hidden)))
	}
	return lines
}
