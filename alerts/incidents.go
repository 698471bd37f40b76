package alerts

import (
	"slices"

	"opsbot/model"
)

// incidents are the open ones.
type incidents struct {
	open map[string]*incident           // by Incident.Key
	byID map[model.IncidentID]*incident // and those that ended in this transaction
	last model.IncidentID
}

func newIncidents(last model.IncidentID) incidents {
	return incidents{open: map[string]*incident{}, byID: map[model.IncidentID]*incident{}, last: last}
}

func (ins *incidents) add(in *incident) {
	ins.open[in.Key()] = in
	ins.byID[in.ID] = in
}

// partsOf are the open incidents that are part of another one, in no order.
func (ins *incidents) partsOf(parent *incident) []*incident {
	if parent.storm != nil && parent.Readers.Limited {
		return parent.storm.openParts()
	}
	size := 0
	if parent.Storm != nil {
		size = parent.Storm.Total
	}
	all := make([]*incident, 0, size)
	for _, in := range ins.open {
		if in.Parent == parent.ID {
			all = append(all, in)
		}
	}
	return all
}

// rootParent is the storm or the event group that an incident is part of, by itself or with its host; 0 is none.
func (ins *incidents) rootParent(in *incident) model.IncidentID {
	for parent := ins.byID[in.Parent]; parent != nil; parent = ins.byID[parent.Parent] {
		if parent.Gathered() && parent.Open() {
			return parent.ID
		}
	}
	return 0
}

// inhibited reports whether a destination has the card of the parent of an incident.
func (s *state) inhibited(in *incident, to model.Destination) bool {
	parent := s.parentAt(in, to)
	return parent != nil && parent.card(to) != nil
}

// awaits reports whether an incident is part of an event group that is still to have its first card, so that nobody knows yet where
// it will be inhibited.
func (t *transaction) awaits(in *incident) bool {
	parent := t.incidents.byID[in.Parent]
	return parent != nil && parent.group != nil && parent.Open() && parent.group.waits(t.at)
}

// apply makes an incident what it has to be: it opens, changes or ends.
func (t *transaction) apply(key string, want *model.Incident) {
	in := t.incidents.open[key]
	if in != nil {
		want = t.flapping.keep(t, in, want)
	}
	switch {
	case want == nil && in == nil:
	case want == nil:
		t.end(in)
	case in == nil:
		t.open(want)
	default:
		t.change(in, want)
	}
}

func (t *transaction) open(want *model.Incident) *incident {
	t.incidents.last++
	want.ID, want.OpenedAt, want.Worst = t.incidents.last, t.at, want.Severity
	rule := t.rules.Flapping
	if n := t.flapping.count(want.Key(), t.at, rule); n > rule.Over {
		want.Flap = &model.Flap{Changes: n, ChangedAt: t.at}
		t.wakeBy(t.at.Add(rule.Quiet))
	}
	in := newIncident(want)
	t.keep(in)
	t.store(in)
	t.touch(in, touch{opened: true})
	t.attachOpened(in)
	if in.Kind == model.IncidentHost { // it may be the parent of what is open
		for _, state := range in.Affected {
			t.dirty.services[state.ServiceKey] = true
		}
		t.dirtyChecksOn(in.Host)
	}
	return in
}

func (t *transaction) change(in *incident, want *model.Incident) {
	want.ID, want.OpenedAt, want.Acks, want.Notes = in.ID, in.OpenedAt, in.Acks, in.Notes
	want.Worst = max(in.Worst, in.Severity, want.Severity)
	if want.Parent == 0 {
		want.Parent = t.incidents.rootParent(in)
	}
	t.inherit(in, want)
	for i := range want.Failing {
		want.Failing[i] = steady(in.Failing, want.Failing[i])
	}
	if in.Reason.Code == want.Reason.Code && in.Kind == model.IncidentCheck {
		want.Reason = in.Reason
	}
	if showsSame(&in.Incident, want) {
		return
	}
	t.touch(in, touch{edited: true, raised: want.Severity > in.Severity || affectsMore(&in.Incident, want)})
	left := t.incidents.stormsOf(in)
	in.Incident = *want
	t.store(in)
	for _, st := range left { // it may have been the last of one
		if !isPart(in, st.in) {
			t.touch(st.in, touch{edited: true})
		}
	}
}

// affectsMore reports whether an incident affects a service that it did not before, of which others may have to be notified.
func affectsMore(was, now *model.Incident) bool {
	before := make(map[model.ServiceKey]bool, len(was.Affected))
	for i := range was.Affected {
		before[was.Affected[i].ServiceKey] = true
	}
	return slices.ContainsFunc(now.Affected, func(state model.ServiceState) bool { return !before[state.ServiceKey] })
}

// end closes an incident. It leaves byID when its end has been notified, at the end of the transaction.
func (t *transaction) end(in *incident) {
	if t.isGone(in) {
		in.Reason = model.NewReason(model.ReasonLeftInventory, "name", in.name())
	}
	in.ClosedAt = t.at
	t.store(in)
	t.touch(in, touch{edited: true})
	t.dirtyChecksOn(in.Host)
	for _, c := range t.checks.inv.ChecksOfHost(in.Host) { // services that were part of it get incidents of their own again
		t.dirty.services[c.Endpoint.ServiceKey] = true
	}
	t.flapping.count(in.Key(), t.at, t.rules.Flapping)
	delete(t.incidents.open, in.Key())
	t.storms.open = without(t.storms.open, in.storm)
	t.groups.open = without(t.groups.open, in.group)
}

func without[T any](all []*T, one *T) []*T {
	return slices.DeleteFunc(all, func(other *T) bool { return other == one })
}

// isGone reports whether an incident is about nothing that is in the inventory any more.
func (s *state) isGone(in *incident) bool {
	known := func(f model.FailingCheck) bool { return s.checks.all[f.Check] != nil }
	return len(in.Failing) > 0 && !slices.ContainsFunc(in.Failing, known)
}

// dismissEnded forgets incidents whose end was notified, and the mutes of them alone.
func (t *transaction) dismissEnded() {
	for _, in := range t.order {
		if in.Open() {
			continue
		}
		delete(t.incidents.byID, in.ID)
		for _, m := range t.mutes.removeOf(in.ID) {
			m.EndedAt = t.at
			t.pending.mutes[m.ID] = m
		}
	}
}
