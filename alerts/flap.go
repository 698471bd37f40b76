package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// countChange notes that an incident begins or ends, and returns how often that of its key did lately, this time included.
func (s *transaction) countChange(key string) int {
	rule := s.rules.Flapping
	if rule.Over == 0 {
		return 0
	}
	lately := slices.DeleteFunc(s.changes[key], func(t time.Time) bool { return !t.Add(rule.Within).After(s.at) })
	lately = append(lately, s.at)
	s.changes[key] = lately
	return len(lately)
}

// forgetChanges drops what is too old to be part of a flapping.
func (s *transaction) forgetChanges() {
	for key, times := range s.changes {
		if last := times[len(times)-1]; !last.Add(s.rules.Flapping.Within).After(s.at) {
			delete(s.changes, key)
		}
	}
}

// flutter decides over an incident that comes and goes: what it has to be while it does, in place of want. It is told
// once, as flapping, when it opens again once too often; then it stays open until it has been as it is for long enough.
func (s *transaction) flutter(in *incident, want *model.Incident) *model.Incident {
	if in.Flap == nil {
		return want
	}
	flap, works := *in.Flap, want == nil
	if flap.Works != works {
		flap = model.Flap{Changes: flap.Changes + 1, ChangedAt: s.at, Works: works}
	}
	calm := flap.ChangedAt.Add(s.rules.Flapping.Quiet)
	if s.rules.Flapping.Over == 0 || !s.at.Before(calm) || s.gone(in) {
		return want // an ordinary incident again, or its end
	}
	s.wakeBy(calm)
	if works {
		same := in.Incident
		want = &same
		want.Failing = slices.Clone(in.Failing)
	}
	want.Flap = &flap
	return want
}

// watchFlapping has incidents judged again that have been as they are for long enough.
func (s *transaction) watchFlapping() {
	for _, in := range s.open {
		if in.Flap == nil {
			continue
		}
		if calm := in.Flap.ChangedAt.Add(s.rules.Flapping.Quiet); s.at.Before(calm) {
			s.wakeBy(calm)
			continue
		}
		s.markIncident(in)
	}
	s.forgetChanges()
}

func sameFlap(a, b *model.Flap) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Changes == b.Changes && a.Works == b.Works
}
