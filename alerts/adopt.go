package alerts

import (
	"maps"
	"slices"

	"opsbot"
)

// explain takes in the open incidents that a burst explains, those of a storm too: which hosts their sources call broken
// says more than that there are many.
func (s *step) explain(burst *incident) {
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

// explains reports whether an incident is about nothing but what broke on the hosts of a burst, since it began and until soon
// after its last event: what works again and falls an hour later is another matter, although the burst may still stand.
func (s *step) explains(burst, in *incident) bool {
	if (in.Kind != opsbot.IncidentHost && in.Kind != opsbot.IncidentService) || len(in.Failing) == 0 {
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
func (s *step) says(burst *incident) bool {
	return s.at.Before(burst.OpenedAt.Add(BurstWait)) || s.worthTelling(burst, opsbot.Scope{})
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
