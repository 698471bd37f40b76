package alerts

import (
	"maps"
	"slices"

	"opsbot"
)

// explain takes in the open incidents that a burst explains, those of a storm too: which hosts their sources call broken
// says more than that there are many.
func (s *transaction) explain(burst *incident) {
	for _, key := range slices.Sorted(maps.Keys(s.open)) {
		in := s.open[key]
		storm := s.byID[in.Parent]
		if in.Parent == burst.ID || (storm != nil && storm.Kind != opsbot.IncidentStorm) || !s.explains(burst, in) {
			continue
		}
		if storm != nil {
			storm.taken = burst
			s.touch(storm, touch{edited: true})
		}
		s.takeIn(burst, in)
	}
}

// setFree lets incidents stand by themselves which are not explained any more: something else broke too.
func (s *transaction) setFree(burst *incident) {
	for _, in := range s.open {
		if in.Parent == burst.ID && in.Kind != opsbot.IncidentStorm && !s.explains(burst, in) {
			in.Parent = 0
			s.waiting.incidents[in.ID] = in.Incident
			s.touch(in, touch{edited: true, raised: true})
		}
	}
}

func (s *transaction) takeIn(burst, in *incident) {
	in.Parent = burst.ID
	s.waiting.incidents[in.ID] = in.Incident
	s.touch(in, touch{edited: true})
	s.touch(burst, touch{raised: true})
	burst.stirred = true
}

// explainNew makes an incident that opens part of the burst which explains it, and reports whether there is one.
func (s *transaction) explainNew(in *incident) bool {
	for _, burst := range s.bursts {
		if burst.Open() && s.explains(burst, in) {
			s.takeIn(burst, in)
			return true
		}
	}
	return false
}

// explains reports whether an incident is about nothing but what broke on the hosts of a burst, since it began and until soon
// after its last event: what works again and falls an hour later is another matter, although the burst may still stand. What comes
// and goes is told as that.
func (s *transaction) explains(burst, in *incident) bool {
	if (in.Kind != opsbot.IncidentHost && in.Kind != opsbot.IncidentService) || len(in.Failing) == 0 || in.Flap != nil {
		return false
	}
	if !s.says(burst) {
		return false
	}
	began, until := burst.Burst.Since.Add(-opsbot.EventSlack), burst.Burst.LastAt.Add(opsbot.EventSlack)
	return !slices.ContainsFunc(in.Failing, func(f opsbot.FailingCheck) bool {
		t := s.checks[f.Check]
		if t == nil || t.check.Endpoint == nil || !burst.hosts[t.check.Endpoint.Host] {
			return true
		}
		since := t.state.NotOKSince()
		return since.Before(began) || since.After(until)
	})
}

// says reports whether a burst is told, or may yet be: what is told nowhere explains nothing.
func (s *transaction) says(burst *incident) bool {
	return s.at.Before(burst.OpenedAt.Add(BurstWait)) || s.worthNotifying(burst, opsbot.Scope{})
}

// flaps reports whether all that broke on a burst's hosts comes and goes, and is told as that: each time would be a card more.
func (s *transaction) flaps(burst *incident) bool {
	hosts := map[string]bool{}
	for _, id := range burst.found.Broke {
		t := s.checks[id]
		if t == nil || !s.fluttering(t.check.Endpoint) {
			return false
		}
		hosts[t.check.Endpoint.Host] = true
	}
	return len(hosts) > 0 && !slices.ContainsFunc(burst.found.Hosts, func(h opsbot.HostImpact) bool { return h.Since && !hosts[h.Host] })
}

// fluttering reports whether an endpoint's host or service is told as flapping.
func (s *transaction) fluttering(e *opsbot.Endpoint) bool {
	for _, like := range []opsbot.Incident{{Kind: opsbot.IncidentHost, Host: e.Host}, {Kind: opsbot.IncidentService, ServiceKey: e.ServiceKey}} {
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
	s.takeIn(storm.taken, storm)
	return true
}
