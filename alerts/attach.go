package alerts

import (
	"maps"
	"slices"

	"opsbot/model"
)

// attachOpened makes an incident that opens part of the event group or the storm that it belongs to, or else one of those
// that may become a storm.
func (t *transaction) attachOpened(in *incident) {
	if !in.gathers() || t.attachToGroup(in) {
		return
	}
	for _, a := range t.audiences.of(&in.Incident) {
		if st := t.storms.takingIn(t, in, a); st != nil && !t.isQuiet(in, a) {
			st.join(t, in)
		} else {
			t.storms.note(in, a)
		}
	}
}

// attachToGroup makes an incident that opens part of the event group which explains it, and reports whether there is one.
func (t *transaction) attachToGroup(in *incident) bool {
	for _, g := range t.groups.open {
		if g.in.Open() && g.explains(t, in) {
			g.join(t, in)
			return true
		}
	}
	return false
}

// attach takes in the open incidents that an event group explains, those of a storm too: which hosts their sources
// call broken says more than that there are many.
func (g *eventGroup) attach(t *transaction) {
	for _, key := range slices.Sorted(maps.Keys(t.incidents.open)) {
		in := t.incidents.open[key]
		parent := t.incidents.byID[in.Parent]
		if in.Parent == g.in.ID || (parent != nil && parent.storm == nil) || !g.explains(t, in) {
			continue
		}
		for _, st := range t.incidents.stormsOf(in) {
			st.absorbedBy = g
			t.touch(st.in, touch{edited: true})
		}
		g.join(t, in)
	}
}

// touchParts has the parts of an incident gone through.
func (t *transaction) touchParts(in *incident) {
	for _, part := range t.incidents.partsOf(in) {
		t.touch(part, touch{})
	}
}

// detach takes out incidents which an event group does not explain any more: something else broke too. Storms and event groups
// that it took over stay.
func (g *eventGroup) detach(t *transaction) {
	for _, in := range t.incidents.open {
		if in.Parent == g.in.ID && in.gathers() && !g.explains(t, in) {
			in.Parent = 0
			t.store(in)
			t.touch(in, touch{edited: true, raised: true})
		}
	}
}

// join makes an incident part of an event group.
func (g *eventGroup) join(t *transaction, in *incident) {
	in.Parent, in.Storms = g.in.ID, nil
	t.store(in)
	t.touch(in, touch{edited: true})
	t.touch(g.in, touch{raised: true})
	g.dirty = true
}

// explains reports whether an incident is about nothing but what broke on the hosts of an event group, since it began and
// until soon after its last event: what works again and falls an hour later is another matter, although the group may still
// be open. What flaps is notified as that.
func (g *eventGroup) explains(t *transaction, in *incident) bool {
	if (in.Kind != model.IncidentHost && in.Kind != model.IncidentService) || len(in.Failing) == 0 || in.Flap != nil {
		return false
	}
	if g.in.Parent != 0 || !g.mayNotify(t) { // what took it over explains what it would
		return false
	}
	began, until := g.in.EventGroup.Since.Add(-model.EventSlack), g.in.EventGroup.LastAt.Add(model.EventSlack)
	return !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool {
		tr := t.checks.all[f.Check]
		if tr == nil || tr.check.Endpoint == nil || !g.covers(tr.check.Endpoint) {
			return true
		}
		since := tr.state.NotOKSince()
		return since.Before(began) || since.After(until)
	})
}

// mayNotify reports whether an event group is notified, or may yet be: one of which nobody is notified explains nothing.
func (g *eventGroup) mayNotify(t *transaction) bool {
	return t.at.Before(g.in.OpenedAt.Add(EventGroupWait)) || g.worthNotifying(t, model.Scope{})
}

// flaps reports whether all that broke on a group's hosts comes and goes, and is notified as that: each time would be a
// card more.
func (g *eventGroup) flaps(t *transaction) bool {
	hosts := map[string]bool{}
	for _, id := range g.impact.Broke {
		tr := t.checks.all[id]
		if tr == nil || !t.isFlapping(tr.check.Endpoint) {
			return false
		}
		hosts[tr.check.Endpoint.Host] = true
	}
	other := func(h model.HostImpact) bool { return h.Since && !hosts[h.Host] } // broke, and does not flap
	return len(hosts) > 0 && !slices.ContainsFunc(g.impact.Hosts, other)
}

// isFlapping reports whether an endpoint's host or service is notified as flapping.
func (t *transaction) isFlapping(e *model.Endpoint) bool {
	for _, like := range []model.Incident{{Kind: model.IncidentHost, Host: e.Host}, {Kind: model.IncidentService, ServiceKey: e.ServiceKey}} {
		if in := t.incidents.open[like.Key()]; in != nil && in.Flap != nil {
			return true
		}
	}
	return false
}
