package bot

import (
	"slices"

	"opsbot/model"
	"opsbot/texts"
)

// mostJoined is how many names of a kind the first lines of a card have.
const mostJoined = 6

// joined names what has become part of an incident since the last message about it, or got down in it, worst first: the first lines
// of the new card. There are none when the title says it all.
func (s *renderer) joined(in *model.Incident, j *model.Joined) blocks {
	if j.IsZero() || onlyItself(in, j) {
		return nil
	}
	down, affected := split(j.Services)
	var lines blocks
	if names := append(serviceNames(down), checkNames(j.Checks)...); len(names) > 0 {
		lines = append(lines, s.joinedLine("card.joined.down", texts.LevelCritical, names))
	}
	downNow, worse := split(j.Worse)
	if len(downNow) > 0 {
		lines = append(lines, s.joinedLine("card.joined.down_now", texts.LevelCritical, serviceNames(downNow)))
	}
	if len(affected) > 0 {
		lines = append(lines, s.joinedLine("card.joined.affected", texts.OfVerdict(affected[0].Verdict), serviceNames(affected)))
	}
	if len(worse) > 0 {
		lines = append(lines, s.joinedLine("card.joined.worse", texts.OfVerdict(worse[0].Verdict), serviceNames(worse)))
	}
	if len(j.Unmapped) > 0 {
		names := slices.SortedFunc(slices.Values(j.Unmapped), model.CompareNatural)
		lines = append(lines, s.joinedLine("card.joined.unmapped", texts.OfSeverity(in.Severity), names))
	}
	return lines
}

// onlyItself reports whether all that is new of an incident is what its title names.
func onlyItself(in *model.Incident, j *model.Joined) bool {
	own := func(s model.ServiceState) bool {
		return in.Kind == model.IncidentService && s.ServiceKey == in.ServiceKey
	}
	for _, s := range slices.Concat(j.Services, j.Worse) {
		if !own(s) {
			return false
		}
	}
	return len(j.Unmapped) == 0 && (len(j.Checks) == 0 || in.Kind == model.IncidentCheck && slices.Equal(j.Checks, []model.CheckID{in.Check}))
}

func (s *renderer) joinedLine(id string, level texts.Level, names []string) block {
	return marked(level, s.p.HTML(id, texts.Args{"names": s.p.Names(names, mostJoined)}))
}

// split returns the services that are down, and the others, each worst first.
func split(all []model.ServiceState) (down, others []model.ServiceState) {
	for _, s := range slices.SortedStableFunc(slices.Values(all), model.CompareStates) {
		if s.Verdict == model.VerdictDown {
			down = append(down, s)
		} else {
			others = append(others, s)
		}
	}
	return down, others
}

func serviceNames(all []model.ServiceState) []string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Client + " / " + all[i].Service
	}
	return names
}

// uncovered names what of an incident an acknowledgement does not cover: whole clients where none of their services is covered, else
// services; "" if it covers all.
func (s *renderer) uncovered(in *model.Incident, covered model.Named) string {
	left := in.Uncovered(covered)
	some := map[string]bool{} // clients of which something is covered
	for i := range in.Affected {
		a := &in.Affected[i]
		_, known := covered[model.ServiceSubject(a.ServiceKey)]
		some[a.Client] = some[a.Client] || known
	}
	var names []string
	for i := range left.Services {
		one := &left.Services[i]
		name := one.Client
		if some[one.Client] {
			name = one.Client + " / " + one.Service
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	names = append(append(names, checkNames(left.Checks)...), left.Unmapped...)
	return s.p.Names(names, mostNamed)
}
