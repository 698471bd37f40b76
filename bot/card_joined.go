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
	var first []string // names of the first line
	add := func(id string, level texts.Level, names []string) {
		if len(names) == 0 {
			return
		}
		lines = append(lines, s.joinedLine(id, level, names))
		if first == nil {
			first = names
			lines = s.firstFits(lines, names, func(some string) block { return marked(level, s.p.HTML(id, texts.Args{"names": some})) })
		}
	}
	downNow, worse := split(j.Worse)
	add("card.joined.down", texts.LevelCritical, append(serviceNames(down), checkNames(j.Checks)...))
	add("card.joined.down_now", texts.LevelCritical, serviceNames(downNow))
	add("card.joined.affected", levelOf(affected), serviceNames(affected))
	add("card.joined.worse", levelOf(worse), serviceNames(worse))
	add("card.joined.unmapped", texts.OfSeverity(in.Severity), slices.SortedFunc(slices.Values(j.Unmapped), model.CompareNatural))
	return lines
}

// levelOf is the level of the worst of services that are in order.
func levelOf(all []model.ServiceState) texts.Level {
	if len(all) == 0 {
		return texts.LevelOK
	}
	return texts.OfVerdict(all[0].Verdict)
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

// firstFits has the first line of a card that got worse fit the preview of a push: as many names as there is room for, and all of them on
// a line below.
func (s *renderer) firstFits(lines blocks, names []string, short func(names string) block) blocks {
	if len(lines) == 0 || size(plain(string(lines[0]))) <= maxHeadline {
		return lines
	}
	for most := min(len(names)-1, mostJoined); most > 0; most-- {
		if first := short(s.p.FirstNames(names[:most], len(names), most)); most == 1 || size(plain(string(first))) <= maxHeadline {
			return append(blocks{first, escaped(s.p.Names(names, mostJoined))}, lines[1:]...)
		}
	}
	return lines
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
