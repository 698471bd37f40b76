package alerts

import (
	"maps"

	"opsbot/model"
)

// New makes a Manager that goes on where the Memory ends. Nobody is notified before the first Tick (or Run): call that before
// the dispatcher starts, so that deferred notifications whose hours have opened meanwhile become one digest.
func New(o Options) *Manager {
	now := o.Now()
	recall(&o.Memory)
	anchorMemory(&o.Memory, now)
	m := &Manager{
		requested: requestTargets{verifier: o.Verifier, confirmer: o.Confirmer},
		storage:   storage{store: o.Store, wake: o.Wake, pending: newPending(), gather: gathering{length: o.Gather}},
		timer:     timer{next: now, wake: make(chan struct{}, 1)},
		state: state{
			now: o.Now, policy: policy{rules: o.Rules, routing: o.Routing, audiences: audiencesOf(&o.Routing), moved: map[model.ChatID]model.ChatID{}},
			checks: newChecks(o.Inventory, o.Memory.Checks), verifications: newVerifications(), incidents: newIncidents(o.Memory.LastIncident),
			mutes: newMutes(&o.Memory), events: newEvents(o.Locate), deferred: newDeferrals(firstOf(o.Memory.Daily, now)),
			flapping: newFlapping(), connections: newConnections(), numbers: newNumbers(o.Memory.Numbers),
			paging: newPaging(o.Directory, o.Memory.LastEscalation),
		},
	}
	s := &m.state
	s.clock.Step(now)
	s.restoreEnded(o.Memory.Ended)
	s.restoreOpen(o.Memory.Open)
	s.restoreCards(o.Memory.Cards)
	s.deferred.restore(o.Memory.Deferred, now)
	s.restoreEvents(o.Memory.Events)
	s.restorePaging(m.storage.pending, &o.Memory, now)
	m.storage.pending.restoreChecks(&s.checks, o.Memory.Checks, now)
	if o.Memory.Fresh {
		s.deferred.first = newFirstStart(now.Add(FirstStartLimit), s.checks.all)
	}
	return m
}

// recall puts back what rows that could not be read have left behind. The state of a check that an open incident shows as failing is what
// the incident says of it: without one it would count as ok, and be notified as over. What was attached to an incident that is gone
// stands by itself.
func recall(m *model.Memory) {
	open := make(map[model.IncidentID]bool, len(m.Open))
	for i := range m.Open {
		open[m.Open[i].ID] = true
	}
	for i := range m.Open {
		in := &m.Open[i]
		if in.Parent == in.ID || !open[in.Parent] {
			in.Parent = 0
		}
		maps.DeleteFunc(in.Storms, func(_ string, id model.IncidentID) bool { return !open[id] })
		for _, f := range in.Failing {
			if _, known := m.Checks[f.Check]; known || f.Reason.Code == model.ReasonUnknownLong {
				continue
			}
			if m.Checks == nil {
				m.Checks = map[model.CheckID]model.CheckState{}
			}
			m.Checks[f.Check] = model.CheckState{
				Phase: model.PhaseDown, Remembered: true, Since: f.Since, FailedSince: f.Since, Status: model.StatusFail, Reason: f.Reason, At: f.Since,
			}
		}
	}
}

func (s *state) restoreEnded(all []model.Ended) {
	for i := range all {
		e := &all[i]
		s.flapping.add(e.Key, e.OpenedAt, e.ClosedAt)
		if e.Key == connectivityKey {
			s.connections.wasOffline(e.OpenedAt, e.ClosedAt)
		}
	}
}

func (s *state) restoreOpen(all []model.Incident) {
	for i := range all {
		in := newIncident(&all[i])
		s.keep(in)
		s.flapping.add(in.Key(), in.OpenedAt)
		if in.Kind == model.IncidentConnectivity && s.offline() == nil { // it came and went
			s.connections.wasOffline(in.OpenedAt, in.Flap.ChangedAt)
		}
		s.checks.count(in)
	}
	for i := range all {
		s.storms.restore(s, s.incidents.byID[all[i].ID])
	}
}

func (s *state) restoreCards(all []model.Card) {
	for i := range all {
		card := &all[i]
		in := s.incidents.byID[card.Incident]
		if in == nil {
			continue
		}
		card.Message = 0 // the dispatcher's: what is known here would be old by the next commit
		if card.Down && card.NotifiedAt.IsZero() {
			card.NotifiedAt = s.now() // an earlier version did not keep it
		}
		in.cards = append(in.cards, card)
		if in.group != nil && card.Down {
			in.group.restored, in.group.partitioned = true, true
		}
	}
}

// restoreEvents takes up the open events, and those of open groups.
func (s *state) restoreEvents(all []model.Event) {
	s.events.setInventory(s.checks.inv)
	for i := range all {
		e := all[i]
		if s.events.locate != nil {
			s.events.place(&e)
		}
		s.events.known[e.EventKey] = &e
		s.addPlace(&e)
	}
}

// addPlace makes the host of an event, or what it is about, part of its event group, and of the one that this is part of.
func (s *state) addPlace(e *model.Event) {
	for in := s.incidents.byID[e.Incident]; in != nil && in.group != nil; in = s.incidents.byID[in.Parent] {
		in.group.add(e)
	}
}

// keep takes an open incident into the indexes.
func (s *state) keep(in *incident) {
	s.incidents.add(in)
	switch {
	case in.Kind == model.IncidentHost && !in.Condition().Works():
		s.checks.failed[in.Host] = true
	case in.Kind == model.IncidentStorm:
		s.storms.open = append(s.storms.open, in.storm)
	case in.Kind == model.IncidentEventGroup:
		s.groups.open = append(s.groups.open, in.group)
	case in.Kind == model.IncidentSource && !in.Condition().Works():
		s.connections.disconnected[in.Source] = in.Reason
	}
}
