package alerts

import (
	"slices"

	"opsbot"
)

// explain takes in the open incidents that a burst explains, those of a storm too: which hosts their sources call broken
// says more than that there are many.
func (s *step) explain(burst *incident) {
	for _, in := range s.open {
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
func (s *step) setFree(burst *incident) {
	for _, in := range s.open {
		if in.Parent == burst.ID && in.Kind != opsbot.IncidentStorm && !s.explains(burst, in) {
			in.Parent = 0
			s.waiting.incidents[in.ID] = in.Incident
			s.touch(in, touch{edited: true, raised: true})
		}
	}
}

func (s *step) takeIn(burst, in *incident) {
	in.Parent = burst.ID
	s.waiting.incidents[in.ID] = in.Incident
	s.touch(in, touch{edited: true})
	s.touch(burst, touch{raised: true})
	burst.stirred = true
}

// explainNew makes an incident that opens part of the burst which explains it, and reports whether there is one.
func (s *step) explainNew(in *incident) bool {
	for _, burst := range s.bursts {
		if burst.Open() && s.explains(burst, in) {
			s.takeIn(burst, in)
			return true
		}
	}
	return false
}

// explains reports whether an incident is about nothing but what broke on the hosts of a burst, since it began.
func (s *step) explains(burst, in *incident) bool {
	if (in.Kind != opsbot.IncidentHost && in.Kind != opsbot.IncidentService) || len(in.Failing) == 0 {
		return false
	}
	began := burst.Burst.Since.Add(-opsbot.EventSlack)
	return !slices.ContainsFunc(in.Failing, func(f opsbot.FailingCheck) bool {
		t := s.checks[f.Check]
		return t == nil || t.check.Endpoint == nil || !burst.hosts[t.check.Endpoint.Host] || t.state.NotOKSince().Before(began)
	})
}

// yield makes a storm of which a burst took over the last parts one of them, and reports whether it did.
func (s *step) yield(storm *incident) bool {
	if over := s.byID[storm.Parent]; over != nil && over.Open() {
		return true
	}
	if storm.taken == nil || !storm.taken.Open() {
		return false
	}
	s.takeIn(storm.taken, storm)
	return true
}
