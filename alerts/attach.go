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
	if storm := t.storms.takingIn(t.at); storm != nil && !t.isQuiet(in) {
		t.joinStorm(in, storm)
		return
	}
	t.storms.recent = append(t.storms.recent, in)
}

// attachToGroup makes an incident that opens part of the event group which explains it, and reports whether there is one.
func (t *transaction) attachToGroup(in *incident) bool {
	for _, group := range t.groups.open {
		if group.Open() && t.explains(group, in) {
			t.joinGroup(group, in)
			return true
		}
	}
	return false
}

// attachIncidents takes in the open incidents that an event group explains, those of a storm too: which hosts their sources
// call broken says more than that there are many.
func (t *transaction) attachIncidents(group *incident) {
	for _, key := range slices.Sorted(maps.Keys(t.incidents.open)) {
		in := t.incidents.open[key]
		parent := t.incidents.byID[in.Parent]
		if in.Parent == group.ID || (parent != nil && parent.storm == nil) || !t.explains(group, in) {
			continue
		}
		if parent != nil {
			parent.storm.absorbedBy = group
			t.touch(parent, touch{edited: true})
		}
		t.joinGroup(group, in)
	}
}

// detach takes out incidents which an event group does not explain any more: something else broke too.
func (t *transaction) detach(group *incident) {
	for _, in := range t.incidents.open {
		if in.Parent == group.ID && in.storm == nil && !t.explains(group, in) {
			in.Parent = 0
			t.store(in)
			t.touch(in, touch{edited: true, raised: true})
		}
	}
}

// joinGroup makes an incident part of an event group.
func (t *transaction) joinGroup(group, in *incident) {
	in.Parent = group.ID
	t.store(in)
	t.touch(in, touch{edited: true})
	t.touch(group, touch{raised: true})
	group.group.dirty = true
}

// explains reports whether an incident is about nothing but what broke on the hosts of an event group, since it began and
// until soon after its last event: what works again and falls an hour later is another matter, although the group may still
// be open. What flaps is notified as that.
func (t *transaction) explains(group, in *incident) bool {
	if (in.Kind != model.IncidentHost && in.Kind != model.IncidentService) || len(in.Failing) == 0 || in.Flap != nil {
		return false
	}
	if !t.mayNotifyGroup(group) {
		return false
	}
	began, until := group.EventGroup.Since.Add(-model.EventSlack), group.EventGroup.LastAt.Add(model.EventSlack)
	return !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool {
		tr := t.checks.all[f.Check]
		if tr == nil || tr.check.Endpoint == nil || !group.group.hosts[tr.check.Endpoint.Host] {
			return true
		}
		since := tr.state.NotOKSince()
		return since.Before(began) || since.After(until)
	})
}

// mayNotifyGroup reports whether an event group is notified, or may yet be: one of which nobody is notified explains nothing.
func (t *transaction) mayNotifyGroup(group *incident) bool {
	return t.at.Before(group.OpenedAt.Add(EventGroupWait)) || t.worthNotifying(group, model.Scope{})
}

// flapsWhole reports whether all that broke on a group's hosts comes and goes, and is notified as that: each time would be a
// card more.
func (t *transaction) flapsWhole(g *eventGroup) bool {
	hosts := map[string]bool{}
	for _, id := range g.impact.Broke {
		tr := t.checks.all[id]
		if tr == nil || !t.flaps(tr.check.Endpoint) {
			return false
		}
		hosts[tr.check.Endpoint.Host] = true
	}
	return len(hosts) > 0 && !slices.ContainsFunc(g.impact.Hosts, func(h model.HostImpact) bool { return h.Since && !hosts[h.Host] })
}

// flaps reports whether an endpoint's host or service is notified as flapping.
func (t *transaction) flaps(e *model.Endpoint) bool {
	for _, like := range []model.Incident{{Kind: model.IncidentHost, Host: e.Host}, {Kind: model.IncidentService, ServiceKey: e.ServiceKey}} {
		if in := t.incidents.open[like.Key()]; in != nil && in.Flap != nil {
			return true
		}
	}
	return false
}
