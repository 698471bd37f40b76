package alerts

import (
	"maps"
	"slices"

	"opsbot/model"
)

// explain takes in the open incidents that a burst explains, those of a storm too: which hosts their sources call broken
// says more than that there are many.
func (s *transaction) attachIncidents(group *incident) {
	for _, key := range slices.Sorted(maps.Keys(s.open)) {
		in := s.open[key]
		storm := s.byID[in.Parent]
		if in.Parent == group.ID || (storm != nil && storm.Kind != model.IncidentStorm) || !s.inhibits(group, in) {
			continue
		}
		if storm != nil {
			storm.taken = group
			s.touch(storm, touch{edited: true})
		}
		s.absorb(group, in)
	}
}

// detach lets incidents stand by themselves which are not explained any more: something else broke too.
func (s *transaction) detach(group *incident) {
	for _, in := range s.open {
		if in.Parent == group.ID && in.Kind != model.IncidentStorm && !s.inhibits(group, in) {
			in.Parent = 0
			s.waiting.incidents[in.ID] = in.Incident
			s.touch(in, touch{edited: true, raised: true})
		}
	}
}

func (s *transaction) absorb(group, in *incident) {
	in.Parent = group.ID
	s.waiting.incidents[in.ID] = in.Incident
	s.touch(in, touch{edited: true})
	s.touch(group, touch{raised: true})
	group.dirty = true
}

// attachNew makes an incident that opens part of the burst which explains it, and reports whether there is one.
func (s *transaction) attachNew(in *incident) bool {
	for _, group := range s.groups {
		if group.Open() && s.inhibits(group, in) {
			s.absorb(group, in)
			return true
		}
	}
	return false
}

// explains reports whether an incident is about nothing but what broke on the hosts of a burst, since it began and until soon
// after its last event: what works again and falls an hour later is another matter, although the burst may still stand. What comes
// and goes is told as that.
func (s *transaction) inhibits(group, in *incident) bool {
	if (in.Kind != model.IncidentHost && in.Kind != model.IncidentService) || len(in.Failing) == 0 || in.Flap != nil {
		return false
	}
	if !s.says(group) {
		return false
	}
	began, until := group.EventGroup.Since.Add(-model.EventSlack), group.EventGroup.LastAt.Add(model.EventSlack)
	return !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool {
		t := s.checks[f.Check]
		if t == nil || t.check.Endpoint == nil || !group.hosts[t.check.Endpoint.Host] {
			return true
		}
		since := t.state.NotOKSince()
		return since.Before(began) || since.After(until)
	})
}

// says reports whether a burst is told, or may yet be: what is told nowhere explains nothing.
func (s *transaction) says(group *incident) bool {
	return s.at.Before(group.OpenedAt.Add(EventGroupWait)) || s.worthNotifying(group, model.Scope{})
}

// flaps reports whether all that broke on a burst's hosts comes and goes, and is told as that: each time would be a card more.
func (s *transaction) flaps(group *incident) bool {
	hosts := map[string]bool{}
	for _, id := range group.found.Broke {
		t := s.checks[id]
		if t == nil || !s.fluttering(t.check.Endpoint) {
			return false
		}
		hosts[t.check.Endpoint.Host] = true
	}
	return len(hosts) > 0 && !slices.ContainsFunc(group.found.Hosts, func(h model.HostImpact) bool { return h.Since && !hosts[h.Host] })
}

// fluttering reports whether an endpoint's host or service is told as flapping.
func (s *transaction) fluttering(e *model.Endpoint) bool {
	for _, like := range []model.Incident{{Kind: model.IncidentHost, Host: e.Host}, {Kind: model.IncidentService, ServiceKey: e.ServiceKey}} {
		if in := s.open[like.Key()]; in != nil && in.Flap != nil {
			return true
		}
	}
	return false
}

// yield makes a storm of which a burst took over the last parts one of them, and reports whether it did.
func (s *transaction) yield(storm *incident) bool {
	if over := s.byID[storm.Parent]; over != nil && over.Open() {
		return true
	}
	if storm.taken == nil || !storm.taken.Open() {
		return false
	}
	s.absorb(storm.taken, storm)
	return true
}
