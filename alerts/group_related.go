package alerts

import (
	"maps"
	"slices"
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
		case g.related(t, e):
			return g
		case g.waits(t.at), g.mixed && t.at.Before(g.in.EventGroup.LastAt.Add(t.rules.Storm.Within)):
			found = g
		}
	}
	return found
}

// takesIn reports whether events may still join a group at all.
func (g *eventGroup) takesIn(at time.Time) bool {
	in := g.in
	return in.Open() && !at.After(in.EventGroup.LastAt.Add(EventGroupQuiet)) && at.Before(in.OpenedAt.Add(EventGroupMaxLength))
}

// waits reports whether a group is still to have its first card.
func (g *eventGroup) waits(at time.Time) bool { return at.Before(g.in.OpenedAt.Add(EventGroupWait)) }

// related reports whether an event is about a host of a group, about a client of one, or about what the group has in common. What
// the inventory does not know is related to what else it does not know of the same source.
func (g *eventGroup) related(t *transaction, e *model.Event) bool {
	if e.Host == "" {
		for _, other := range t.events.known {
			if other.Incident == g.in.ID && other.Source == e.Source && other.Host == "" {
				return true
			}
		}
		return false
	}
	if g.hosts[e.Host] {
		return true
	}
	hosts := slices.Collect(maps.Keys(g.hosts))
	return len(t.relatedHosts(append(hosts, e.Host), g.hosts)) == 1
}

// relatedHosts splits hosts into those that are related to each other: by a client, by being together already, or by a label that
// nearly all of them and few others have. Hosts that carry nothing are related to the first.
func (t *transaction) relatedHosts(hosts []string, together map[string]bool) [][]string {
	slices.Sort(hosts)
	cause := t.causeOfHosts(hosts)
	byMark := map[string]int{} // which part a client, or what is common, belongs to
	var parts [][]string
	for _, host := range hosts {
		marks := t.marksOf(host, cause)
		if together[host] {
			marks = append(marks, "together")
		}
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

// marksOf are the clients on a host, and the cause if all that it carries has its labels.
func (t *transaction) marksOf(host string, cause *model.Cause) []string {
	onHost := t.checks.inv.ChecksOfHost(host)
	var marks []string
	for _, c := range onHost {
		marks = append(marks, "client:"+c.Client())
	}
	if len(onHost) > 0 && !slices.ContainsFunc(onHost, func(c *model.Check) bool { return !cause.Bears(c) }) {
		marks = append(marks, "cause")
	}
	return marks
}

// causeOfHosts is what hosts have in common that few others have, when all on them is taken to fail.
func (t *transaction) causeOfHosts(hosts []string) *model.Cause {
	if len(hosts) < 2 {
		return nil
	}
	var failed, fine []*model.Check
	for _, c := range t.checks.inv.Checks() {
		st := &t.checks.all[c.ID].state
		switch {
		case c.Endpoint != nil && slices.Contains(hosts, c.Endpoint.Host):
			failed = append(failed, c)
		case st.Phase == model.PhaseOK && st.Status == model.StatusOK:
			fine = append(fine, c)
		}
	}
	return impact.CommonCause(failed, fine)
}

// partition decides, when the first card of a group is due, what of it is one: what is not related becomes groups of their own, unless
// there are so many that one card for all says more. Groups that are as recent count, and become part of that one.
func (gs *eventGroups) partition(t *transaction, g *eventGroup) {
	g.partitioned = true
	parts := t.relatedHosts(slices.Collect(maps.Keys(g.hosts)), nil)
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
	for _, host := range hosts {
		delete(g.hosts, host)
		other.hosts[host] = true
	}
	rest := *was
	rest.Events = 0
	for _, e := range t.events.known {
		switch {
		case e.Incident != g.in.ID:
		case other.hosts[e.Host]:
			e.Incident = other.in.ID
			other.in.EventGroup.Events++
			t.pending.events[e.EventKey] = *e
		default:
			rest.Events++
		}
	}
	g.in.EventGroup = &rest
	other.verified = g.verified.of(t.checks.inv, other.hosts)
	g.verified = g.verified.of(t.checks.inv, g.hosts)
	t.store(g.in)
	t.store(other.in)
}

// of is what was verified of the services on some hosts.
func (v *verified) of(inv *model.Inventory, hosts map[string]bool) verified {
	only := verified{asked: map[model.CheckID]time.Time{}, last: v.last, requested: v.requested, complete: v.complete}
	for host := range hosts {
		for _, on := range inv.ChecksOfHost(host) {
			for _, c := range inv.ChecksOfService(on.Endpoint.ServiceKey) {
				if asked, known := v.asked[c.ID]; known {
					only.asked[c.ID] = asked
				}
			}
		}
	}
	return only
}

// absorb makes another group part of this one, which is about its hosts as well from now on.
func (g *eventGroup) absorb(t *transaction, other *eventGroup) {
	other.in.Parent = g.in.ID
	t.store(other.in)
	t.touch(other.in, touch{edited: true})
	maps.Copy(g.hosts, other.hosts)
	maps.Copy(g.verified.asked, other.verified.asked)
	grown := *g.in.EventGroup
	grown.Events += other.in.EventGroup.Events
	grown.Since = model.Earlier(grown.Since, other.in.EventGroup.Since)
	g.in.EventGroup = &grown
	t.store(g.in)
}
