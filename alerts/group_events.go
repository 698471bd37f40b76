package alerts

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// groupMaxTexts is how many texts of the sources an event group keeps.
const groupMaxTexts = 3

// summarizeEvents says what the events of a group are, as far as a scope may see them, and returns the names that no known host has
// and that open critical events are about.
func (g *eventGroup) summarizeEvents(s *state, now *model.EventGroup, found *model.Impact, scope model.Scope) []untested {
	hosts := make(map[string]model.HostImpact, len(found.Hosts))
	for _, h := range found.Hosts {
		hosts[h.Host] = h
	}
	var all []model.Event
	foreign := false
	for _, e := range s.events.known {
		_, seen := hosts[e.Host]
		switch {
		case !s.belongs(g.in, e):
		case scope.Limited && !seen && !isAbout(e, scope):
			foreign = true
		case scope.Limited:
			all = append(all, e.Within(s.checks.inv, scope))
		default:
			all = append(all, *e)
		}
	}
	if scope.Limited {
		now.Events = len(all)
	}
	if foreign {
		now.Since, now.LastAt = spanOf(all, now)
	}
	c := groupEvents{hosts: hosts, all: all, silent: s.rules.UntestableSilent}
	slices.SortFunc(c.all, c.compare)
	c.count(now)
	c.nameHosts(now)
	now.About = c.about()
	now.Texts, now.Acks, now.Closed = c.texts(), c.acks(), c.closed()
	for _, name := range now.Sources {
		if _, disconnected := s.connections.disconnected[name]; disconnected {
			now.Disconnected = append(now.Disconnected, name)
		}
	}
	critical := c.critical()
	names := make([]string, len(critical))
	for i := range critical {
		names[i] = critical[i].name
	}
	now.Critical = firstFew(names)
	return critical
}

// spanOf is since when some of a group's events have been, and when the last of them came; the group's own of none.
func spanOf(all []model.Event, of *model.EventGroup) (since, last time.Time) {
	for i := range all {
		e := &all[i]
		if began := beginning(e, e.SeenAt); since.IsZero() || began.Before(since) {
			since = began
		}
		if e.SeenAt.After(last) {
			last = e.SeenAt
		}
	}
	if len(all) == 0 {
		return of.Since, of.LastAt
	}
	return since, last
}

// groupEvents are the events of a group, those that matter most first: active ones, of hosts that are down, severe ones.
type groupEvents struct {
	hosts  map[string]model.HostImpact
	all    []model.Event
	silent map[string]bool // sources whose untestable events are not critical
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
		case !e.Mapped():
			noHost.add(e)
		}
		switch {
		case e.Active() && e.Acked:
			now.Open++
			now.Acked++
		case e.Active():
			now.Open++
		case e.End == model.EndClosed:
			now.ClosedByHand++
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
		if e := &c.all[i]; (e.Host != "" || e.IsUnmapped()) && e.End != model.EndClosed { // that is not over there
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

// texts are what the sources said, each text once with its hosts; first what is critical and cannot be verified.
func (c *groupEvents) texts() []model.SourceText {
	var all []model.SourceText
	at, named := map[string]int{}, map[[2]string]bool{}
	for _, e := range c.byWeight() {
		bare := e.Title == "" || e.Title == e.Host || e.Title == e.Name() && !e.Mapped() // names it only
		if bare && (!c.isUntested(e) || !saysMore(e)) {
			continue
		}
		n, there := at[e.Title]
		if !there {
			if n = len(all); n == groupMaxTexts {
				continue
			}
			at[e.Title] = n
			all = append(all, c.text(e))
		}
		if pair := [2]string{e.Title, c.hostOf(e).Host}; (e.Host != "" || len(e.Names) > 0) && !named[pair] {
			named[pair] = true
			addName(&all[n].Hosts, pair[1])
		}
	}
	return all
}

// byWeight are the events, first what is critical and cannot be verified; that an unknown host cannot be reached is said of it apart.
func (c *groupEvents) byWeight() []*model.Event {
	all := make([]*model.Event, 0, len(c.all))
	for _, first := range []bool{true, false} {
		for i := range c.all {
			e := &c.all[i]
			if heavy := c.isUntested(e) && (!e.IsUnmapped() || !e.IsOfReach()); heavy == first {
				all = append(all, e)
			}
		}
	}
	return all
}

// text is what a source said of an event; of one that nobody can verify, all that it said.
func (c *groupEvents) text(e *model.Event) model.SourceText {
	text := model.SourceText{Text: cmp.Or(e.Title, e.Name()), Ended: !e.Active()}
	if c.isUntested(e) {
		text.Link, text.Runbook, text.Labels = e.URL, e.RunbookURL(), e.Labels
	}
	return text
}

// saysMore reports whether an event says more than its title.
func saysMore(e *model.Event) bool { return e.URL != "" || e.RunbookURL() != "" || len(e.Labels) > 0 }

// about are the clients that active events are about without a host.
func (c *groupEvents) about() (clients model.NameList) {
	seen := map[string]bool{}
	for i := range c.all {
		for _, client := range c.all[i].Located().ClientsAbout() {
			if c.all[i].Active() && !seen[client] {
				seen[client] = true
				addName(&clients, client)
			}
		}
	}
	return clients
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

// closed are who closed events here by hand, by name.
func (c *groupEvents) closed() []model.ClosedEvents {
	var all []model.ClosedEvents
	named := map[[2]string]bool{}
	for i := range c.all {
		e := &c.all[i]
		if e.End != model.EndClosed {
			continue
		}
		n := slices.IndexFunc(all, func(one model.ClosedEvents) bool { return one.Who == e.ClosedBy })
		if n < 0 {
			n = len(all)
			all = append(all, model.ClosedEvents{Who: e.ClosedBy})
		}
		all[n].Events++
		if key := [2]string{e.ClosedBy, c.hostOf(e).Host}; !named[key] {
			named[key] = true
			addName(&all[n].Names, key[1])
		}
	}
	slices.SortStableFunc(all, func(a, b model.ClosedEvents) int { return cmp.Compare(a.Who, b.Who) })
	return firstFew(all)
}

// untested is an open critical event that no check can verify.
type untested struct {
	name     string
	severity model.Severity // of the notification
	place    model.Located
}

// critical are the open critical events that no check can verify, by name: of what is in no inventory the worst of each name.
func (c *groupEvents) critical() []untested {
	names := map[string]untested{}
	for i := range c.all {
		e := &c.all[i]
		if !c.isUntested(e) {
			continue
		}
		one := untested{e.Name(), model.SeverityCritical, e.Located()}
		if e.Mapped() {
			one.name = cmp.Or(e.Host, strings.Join(e.Located().ClientsAbout(), ", ")) + ": " + cmp.Or(e.Service, e.Title)
		}
		if c.silent[e.Source] && (!e.Mapped() || e.HostUnknown) {
			one.severity = model.SeverityWarning
		}
		if known := names[one.name]; one.severity > known.severity {
			names[one.name] = one
		}
	}
	all := make([]untested, 0, len(names))
	for _, name := range slices.SortedFunc(maps.Keys(names), model.CompareNatural) {
		all = append(all, names[name])
	}
	return all
}

// isUntested reports whether an event is an open critical one that no check can verify: it is about no known host, about one on which
// nothing is checked, or about something else than whether it can be reached.
func (c *groupEvents) isUntested(e *model.Event) bool {
	return isUntested(e, c.hosts[e.Host].Verification, c.silent)
}

func isUntested(e *model.Event, found model.Verification, silent map[string]bool) bool {
	switch {
	case !e.Active() || e.Severity < model.SeverityCritical || e.Suppressed:
		return false
	case !e.Mapped(), e.HostUnknown:
		return true
	default:
		return !silent[e.Source] && (found == model.VerifyBare || !e.IsOfReach())
	}
}
