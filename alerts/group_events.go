package alerts

import (
	"cmp"
	"maps"
	"slices"

	"opsbot/model"
)

// groupMaxTexts is how many texts of the sources an event group keeps.
const groupMaxTexts = 3

// summarizeEvents says what the events of a group are, as far as a scope may see them, and returns the names that no known host has
// and that open critical events are about.
func (g *eventGroup) summarizeEvents(s *state, now *model.EventGroup, found *model.Impact, scope model.Scope) []string {
	hosts := make(map[string]model.HostImpact, len(found.Hosts))
	for _, h := range found.Hosts {
		hosts[h.Host] = h
	}
	var all []model.Event
	for _, e := range s.events.known {
		_, seen := hosts[e.Host]
		switch {
		case !s.belongs(g.in, e) || scope.Limited && !seen:
		case scope.Limited:
			all = append(all, e.Within(s.checks.inv, scope))
		default:
			all = append(all, *e)
		}
	}
	if scope.Limited {
		now.Events = len(all)
	}
	c := groupEvents{hosts: hosts, all: all}
	slices.SortFunc(c.all, c.compare)
	c.count(now)
	c.nameHosts(now)
	now.Texts, now.Acks = c.texts(), c.acks()
	for _, name := range now.Sources {
		if _, disconnected := s.connections.disconnected[name]; disconnected {
			now.Disconnected = append(now.Disconnected, name)
		}
	}
	critical := c.critical()
	now.Critical = firstFew(critical)
	return critical
}

// groupEvents are the events of a group, those that matter most first: active ones, of hosts that are down, severe ones.
type groupEvents struct {
	hosts map[string]model.HostImpact
	all   []model.Event
}

func (c *groupEvents) compare(a, b model.Event) int {
	if a.Active() != b.Active() {
		if a.Active() {
			return -1
		}
		return 1
	}
	return cmp.Or(model.CompareHosts(c.hostOf(&a), c.hostOf(&b)), model.CompareEvents(a, b))
}

// hostOf is the host of an event with its verification; of an unmapped one its name.
func (c *groupEvents) hostOf(e *model.Event) model.HostImpact {
	if h, known := c.hosts[e.Host]; known {
		return h
	}
	return model.HostImpact{Host: e.Name(), Verification: model.VerifyUnchecked}
}

// count counts the events, and names what is not in the inventory.
func (c *groupEvents) count(now *model.EventGroup) {
	sources := map[string]bool{}
	var unmapped, noHost worstNames
	for i := range c.all {
		e := &c.all[i]
		sources[e.Source] = true
		switch {
		case e.IsUnmapped():
			unmapped.add(e)
		case e.Host == "":
			noHost.add(e)
		}
		switch {
		case e.Active() && e.Acked:
			now.Open++
			now.Acked++
		case e.Active():
			now.Open++
		case e.End == model.EndUnconfirmed && c.hostOf(e).Verification != model.VerifyRefuted:
			now.Unsure++
		}
	}
	now.Sources = slices.Sorted(maps.Keys(sources))
	now.UnmappedAll, now.Unmapped = len(unmapped), unmapped.first()
	now.NoHostAll, now.NoHost = len(noHost), noHost.first()
}

// worstNames are names of what is in no inventory, each with the worst active severity of its events, plus one; 0 if none is active.
type worstNames map[string]int

func (w *worstNames) add(e *model.Event) {
	if *w == nil {
		*w = worstNames{}
	}
	rank := 0
	if e.Active() {
		rank = int(e.Severity) + 1
	}
	(*w)[e.Name()] = max((*w)[e.Name()], rank)
}

// first are the first few, worst first.
func (w worstNames) first() []string {
	return firstFew(slices.SortedFunc(maps.Keys(w), func(a, b string) int {
		return cmp.Or(cmp.Compare(w[b], w[a]), model.CompareNatural(a, b))
	}))
}

// nameHosts names the hosts, known or not, that are reported now, and apart those of which all is over at the sources.
func (c *groupEvents) nameHosts(now *model.EventGroup) {
	active := map[model.HostImpact]bool{}
	for i := range c.all {
		if e := &c.all[i]; e.Host != "" || e.IsUnmapped() {
			host := c.hostOf(e)
			active[host] = active[host] || e.Active()
		}
	}
	for _, host := range slices.SortedFunc(maps.Keys(active), model.CompareHosts) {
		if active[host] && host.Verification == model.VerifyRefuted {
			addName(&now.ActiveUp, host.Host)
		}
		switch {
		case active[host]:
			addName(&now.Active, host.Host)
		case host.Verification.Down():
			addName(&now.EndedDown, host.Host)
		default:
			addName(&now.Ended, host.Host)
		}
	}
}

func addName(l *model.NameList, name string) {
	if l.All++; len(l.Names) < stormNames {
		l.Names = append(l.Names, name)
	}
}

// texts are what the sources said, each text once with its hosts.
func (c *groupEvents) texts() []model.SourceText {
	var all []model.SourceText
	at, named := map[string]int{}, map[[2]string]bool{}
	for i := range c.all {
		e := &c.all[i]
		if e.Title == "" || e.Title == e.Host || e.Title == e.Name() && e.Host == "" { // names it only
			continue
		}
		n, there := at[e.Title]
		if !there {
			if n = len(all); n == groupMaxTexts {
				continue
			}
			at[e.Title] = n
			all = append(all, model.SourceText{Text: e.Title, Ended: !e.Active()})
		}
		if pair := [2]string{e.Title, c.hostOf(e).Host}; (e.Host != "" || e.IsUnmapped()) && !named[pair] {
			named[pair] = true
			addName(&all[n].Hosts, pair[1])
		}
	}
	return all
}

// acks are who acknowledged active events at their sources, by source and name.
func (c *groupEvents) acks() []model.SourceAck {
	var all []model.SourceAck
	named := map[[3]string]bool{}
	for i := range c.all {
		e := &c.all[i]
		if !e.Active() || !e.Acked {
			continue
		}
		n := slices.IndexFunc(all, func(a model.SourceAck) bool { return a.Source == e.Source && a.Who == e.AckedBy })
		if n < 0 {
			n = len(all)
			all = append(all, model.SourceAck{Source: e.Source, Who: e.AckedBy})
		}
		all[n].Events++
		if key := [3]string{e.Source, e.AckedBy, c.hostOf(e).Host}; !named[key] {
			named[key] = true
			addName(&all[n].Hosts, key[2])
		}
	}
	slices.SortStableFunc(all, func(a, b model.SourceAck) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Who, b.Who))
	})
	return firstFew(all)
}

// critical are the names, by name, that open critical events about no known host have.
func (c *groupEvents) critical() []string {
	names := map[string]bool{}
	for i := range c.all {
		if e := &c.all[i]; e.Active() && e.Host == "" && e.Severity >= model.SeverityCritical {
			names[e.Name()] = true
		}
	}
	return slices.SortedFunc(maps.Keys(names), model.CompareNatural)
}
