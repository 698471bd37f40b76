package bot

import (
	"slices"

	"opsbot/model"
	"opsbot/texts"
)

// affected renders the affected services; for an incident of a service its counts and failing hosts.
func (s *renderer) affected(in *model.Incident) blocks {
	switch in.Kind {
	case model.IncidentService:
	case model.IncidentStorm, model.IncidentEventGroup: // rendered with its own details
		return nil
	default:
		return s.serviceLines(in.Affected, len(in.Affected))
	}
	var lines blocks
	if len(in.Affected) > 0 {
		a := &in.Affected[0]
		lines = blocks{escaped(s.p.ServiceCounts(a))}
	}
	return append(lines, s.failing(in)...)
}

// failing lists the failing hosts of a service, grouped by reason. A group of several hosts has no addresses.
func (s *renderer) failing(in *model.Incident) blocks {
	hosts := map[string][]string{}
	var order []string
	whole := map[string]string{}
	for _, f := range in.Failing {
		reason := s.p.Reason(f.Reason)
		short := withoutPlace(reason)
		if hosts[short] == nil {
			order = append(order, short)
			whole[short] = reason
		}
		hosts[short] = append(hosts[short], model.Clip(hostOf(f.Check), 70))
	}
	slices.SortStableFunc(order, func(a, b string) int { return len(hosts[b]) - len(hosts[a]) })
	var rows []row
	for _, short := range order {
		reason := short
		if len(hosts[short]) == 1 {
			reason = whole[short]
		}
		line := block(s.p.HTML("card.failing", texts.Args{"host": s.p.Names(hosts[short], mostNamed), "reason": model.Clip(reason, 250)}))
		rows = append(rows, row{line, len(hosts[short])})
	}
	return s.first(rows, limit{mostFailing, len(in.Failing), "card.more_failing"})
}

// hostOf returns the host in the id of an endpoint's check.
func hostOf(id model.CheckID) string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '@' {
			return string(id[i+1:])
		}
	}
	return string(id)
}
