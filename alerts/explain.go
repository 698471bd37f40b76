package alerts

import (
	"time"

	"opsbot/model"
)

// Matching are the places in Routes of those that an incident goes by, in order: all that fit, up to the first that does
// not continue. It is pure.
func (r *Routing) Matching(in *model.Incident, about About) []int {
	var places []int
	for i := range r.Routes {
		if !r.Routes[i].matches(in, about.Labels) {
			continue
		}
		places = append(places, i)
		if !r.Routes[i].Continue {
			break
		}
	}
	return places
}

// Opens is when a severity may be told at a target of Route: at itself when at once, zero for never.
func (r *Routing) Opens(t *Target, severity model.Severity, at time.Time) time.Time {
	if r.bypasses(severity) {
		return at
	}
	return t.Hours.NextOpen(at)
}

// Sounds reports whether a severity makes a sound at a target at a moment.
func (t *Target) Sounds(severity model.Severity, at time.Time) bool { return !t.silent(severity, at) }
