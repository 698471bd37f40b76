package alerts

import (
	"maps"
	"slices"
	"strings"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// minUnrelated is from how many unrelated event groups on they are one, when the configuration has no rule for storms.
const minUnrelated = 3

// takingIn is the group that an event which begins becomes part of: one that is related to it, one that has no card yet, or one
// of many unrelated hosts; nil when there is none. What is not related opens a group of its own, so that it is heard.
func (gs *eventGroups) takingIn(t *transaction, e *model.Event) *eventGroup {
	var found *eventGroup
	for _, g := range gs.open {
		switch {
		case !g.takesIn(t.at):
		case g.waits(t.at), g.mixed && t.at.Before(g.in.EventGroup.LastAt.Add(t.rules.Storm.Within)):
			found = g
		case g.related(t, e):
			return g
		}
	}
	return found
}

// takesIn reports whether events may still join a group at all: what would join one that became part of another joins that.
func (g *eventGroup) takesIn(at time.Time) bool {
	in := g.in
	return in.Open() && in.Parent == 0 && !at.After(in.EventGroup.LastAt.Add(EventGroupQuiet)) && at.Before(in.OpenedAt.Add(EventGroupMaxLength))
}

// waits reports whether a group is still to have its first card.
func (g *eventGroup) waits(at time.Time) bool { return at.Before(g.in.OpenedAt.Add(EventGroupWait)) }

// related reports whether an event is about a host of a group, about a client of one, or about what the group has in common. What
// the inventory does not know is related to what else it does not know of the same source.
func (g *eventGroup) related(t *transaction, e *model.Event) bool {
	switch {
	case !e.Mapped():
		for _, other := range t.events.known {
			if other.Incident == g.in.ID && other.Source == e.Source && !other.Mapped() {
				return true
			}
		}
		return false
	case e.Host == "":
		return slices.ContainsFunc(e.Located().ClientsAbout(), func(client string) bool { return t.concernsClient(g, client) })
	}
	onHost := slices.ContainsFunc(t.checks.inv.ChecksOfHost(e.Host), func(c *model.Check) bool { return g.aboutClient(c.Client()) })
	return onHost || g.hosts[e.Host] || t.sharesClient(e.Host, g.hosts) || t.sharesMark(e.Host, g.hosts)
}

// concernsClient reports whether a group is about a client, or about a host that carries it.
func (t *transaction) concernsClient(g *eventGroup, client string) bool {
	return g.aboutClient(client) || slices.ContainsFunc(t.checks.inv.ChecksOfClient(client), func(c *model.Check) bool { return g.hosts[c.Endpoint.Host] })
}

// sharesClient reports whether a client on a host is on one of some others too.
func (t *transaction) sharesClient(host string, others map[string]bool) bool {
	seen := map[string]bool{}
	for _, on := range t.checks.inv.ChecksOfHost(host) {
		client := on.Client()
		if seen[client] {
			continue
		}
		seen[client] = true
		if slices.ContainsFunc(t.checks.inv.ChecksOfClient(client), func(c *model.Check) bool { return others[c.Endpoint.Host] }) {
			return true
		}
	}
	return false
}

// sharesMark reports whether a host has a label that it and nearly all of some others have, and few hosts beside them.
func (t *transaction) sharesMark(host string, others map[string]bool) bool {
	h, known := t.checks.inv.Host(host)
	if !known || len(h.Labels) == 0 {
		return false
	}
	all := maps.Clone(others)
	all[host] = true
	marks := t.commonMarks(all)
	for key, value := range h.Labels {
		if marks[mark{key, value}] {
			return true
		}
	}
	return false
}

// mark is a label of hosts.
type mark struct{ key, value string }

// The limits of what hosts have in common, those of the common cause of failures.
const (
	markShare = 95 // percent of the hosts that must have a label
	markFine  = 20 // percent of all hosts with it that may be others
)

// commonMarks are the labels that nearly all of some hosts have, and of which few other hosts are bearers.
func (t *transaction) commonMarks(hosts map[string]bool) map[mark]bool {
	if len(hosts) < 2 {
		return nil
	}
	with, all := map[mark]int{}, map[mark]int{}
	for _, h := range t.checks.inv.Hosts() {
		for key, value := range h.Labels {
			m := mark{key, value}
			if all[m]++; hosts[h.Name] {
				with[m]++
			}
		}
	}
	marks := map[mark]bool{}
	for m, n := range with {
		marks[m] = n > 1 && n*100 >= markShare*len(hosts) && (all[m]-n)*100 <= markFine*all[m]
	}
	return marks
}

// relatedHosts splits hosts, and clients by their clientMark, into those that are related to each other: by a client, or by a label that nearly all of them and few
// others have. Hosts that carry nothing are related to the first.
func (t *transaction) relatedHosts(hosts map[string]bool) [][]string {
	hostsOnly := maps.Clone(hosts)
	maps.DeleteFunc(hostsOnly, func(name string, _ bool) bool { return strings.HasPrefix(name, clientMark) })
	common := t.commonMarks(hostsOnly)
	byMark := map[string]int{} // which part a client, or a label, belongs to
	var parts [][]string
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		marks := t.marksOf(host, common)
		at := -1
		for _, mark := range marks {
			i, known := byMark[mark]
			switch {
			case !known:
			case at < 0:
				at = i
			case i != at: // it joins two parts
				parts[at] = append(parts[at], parts[i]...)
				parts[i] = nil
				moveMarks(byMark, i, at)
			}
		}
		if at < 0 && len(marks) == 0 && len(parts) > 0 {
			at = 0
		}
		if at < 0 {
			at = len(parts)
			parts = append(parts, nil)
		}
		parts[at] = append(parts[at], host)
		for _, mark := range marks {
			byMark[mark] = at
		}
	}
	return slices.DeleteFunc(parts, func(part []string) bool { return len(part) == 0 })
}

func moveMarks(byMark map[string]int, from, to int) {
	for mark, i := range byMark {
		if i == from {
			byMark[mark] = to
		}
	}
}

// marksOf are the clients on a host, and those of some labels that it has.
func (t *transaction) marksOf(host string, common map[mark]bool) []string {
	if client, isClient := strings.CutPrefix(host, clientMark); isClient {
		return []string{"client:" + client}
	}
	var marks []string
	for _, c := range t.checks.inv.ChecksOfHost(host) {
		marks = append(marks, "client:"+c.Client())
	}
	h, _ := t.checks.inv.Host(host)
	for key, value := range h.Labels {
		if common[mark{key, value}] {
			marks = append(marks, "label:"+key+"="+value)
		}
	}
	return marks
}

// partition decides, when the first card of a group is due, what of it is one: what is not related becomes groups of their own, unless
// there are so many that one card for all says more. Groups that are as recent count, and become part of that one.
func (gs *eventGroups) partition(t *transaction, g *eventGroup) {
	g.partitioned = true
	parts := t.relatedHosts(g.names())
	recent := gs.recent(t, g)
	limit := t.rules.Storm.Over
	if limit == 0 {
		limit = minUnrelated
	}
	if len(parts)+len(recent) > limit {
		g.mixed = true
		for _, other := range recent {
			g.absorb(t, other)
		}
		return
	}
	for _, part := range parts[min(1, len(parts)):] {
		gs.split(t, g, part)
	}
}

// recent are the other groups that began within the time in which a storm's incidents are counted.
func (gs *eventGroups) recent(t *transaction, g *eventGroup) []*eventGroup {
	var all []*eventGroup
	for _, other := range gs.open {
		if other != g && other.in.Open() && other.in.Parent == 0 && g.in.OpenedAt.Before(other.in.OpenedAt.Add(t.rules.Storm.Within)) {
			all = append(all, other)
		}
	}
	return all
}

// split makes some hosts of a group a group of their own, which began when it did.
func (gs *eventGroups) split(t *transaction, g *eventGroup, hosts []string) {
	was := g.in.EventGroup
	other := t.open(&model.Incident{Kind: model.IncidentEventGroup, EventGroup: &model.EventGroup{Since: was.Since, LastAt: was.LastAt}}).group
	other.in.OpenedAt, other.partitioned = g.in.OpenedAt, true
	other.take(&g.places, hosts)
	rest := *was
	rest.Events = 0
	for _, e := range t.events.known {
		switch {
		case e.Incident != g.in.ID:
		case other.has(e):
			e.Incident = other.in.ID
			other.in.EventGroup.Events++
			t.pending.events[e.EventKey] = *e
		default:
			rest.Events++
		}
	}
	g.in.EventGroup = &rest
	other.verified = g.verified.of(t.checks.inv, &other.places)
	g.verified = g.verified.of(t.checks.inv, &g.places)
	other.impact = impact.Assess(t.checks.inv, other.question(t.state, model.Scope{}))
	other.summarize(t.state, &other.in.Incident, &other.impact, model.Scope{})
	g.handOver(t, other)
	t.store(g.in)
	t.store(other.in)
}

// handOver makes the parts of a group that are about hosts of another one parts of that one: between the two they would be notified by
// themselves.
func (g *eventGroup) handOver(t *transaction, other *eventGroup) {
	for _, in := range t.incidents.open {
		if in.Parent != g.in.ID || in.storm != nil || len(in.Failing) == 0 {
			continue
		}
		if !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool { return !t.isCovered(other, f.Check) }) {
			other.join(t, in)
		}
	}
	g.dirty, other.dirty = true, true
}

// isCovered reports whether a group is about an endpoint.
func (t *transaction) isCovered(g *eventGroup, id model.CheckID) bool {
	tr := t.checks.all[id]
	return tr != nil && tr.check.Endpoint != nil && g.covers(tr.check.Endpoint)
}

// of is what was verified of the services of some places.
func (v *verified) of(inv *model.Inventory, p *places) verified {
	only := verified{asked: map[model.CheckID]time.Time{}, last: v.last, requested: v.requested, complete: v.complete}
	for key := range p.services(inv) {
		for _, c := range inv.ChecksOfService(key) {
			if asked, known := v.asked[c.ID]; known {
				only.asked[c.ID] = asked
			}
		}
	}
	return only
}

// absorb makes another group part of this one, which is about its hosts as well from now on, and takes over its parts.
func (g *eventGroup) absorb(t *transaction, other *eventGroup) {
	for _, part := range t.incidents.partsOf(other.in) {
		g.join(t, part)
	}
	other.in.Parent = g.in.ID
	t.store(other.in)
	t.touch(other.in, touch{edited: true})
	g.places.join(other.places)
	maps.Copy(g.verified.asked, other.verified.asked)
	grown := *g.in.EventGroup
	grown.Events += other.in.EventGroup.Events
	grown.Since = model.Earlier(grown.Since, other.in.EventGroup.Since)
	g.in.EventGroup = &grown
	t.store(g.in)
}
