package model

import (
	"maps"
	"strings"
)

// Named is a set of subjects, each with whether it was down then: what a destination was notified of, or what a mute or an
// acknowledgement of an incident covers. A nil one is empty, or, of a mute or an acknowledgement, covers all there is.
type Named map[string]bool

// The subjects of an incident.

// ServiceSubject is a client's service: "service:clientA/reports".
func ServiceSubject(key ServiceKey) string { return "service:" + key.String() }

// CheckSubject is a standalone check: "check:main-db".
func CheckSubject(id CheckID) string { return "check:" + string(id) }

// UnmappedSubject is a host of a source that the inventory does not know: "unmapped:db9".
func UnmappedSubject(name string) string { return "unmapped:" + name }

// Covers reports whether a subject is in the set, as bad as it is now: one that is down only if it was down then.
func (n Named) Covers(subject string, down bool) bool {
	was, known := n[subject]
	return known && (was || !down)
}

// Within leaves of a set the services of clients that a scope sees. nil stays nil: it covers all there is.
func (n Named) Within(scope Scope) Named {
	if !scope.Limited || n == nil {
		return n
	}
	seen := Named{}
	for subject, down := range n {
		client, _, isService := strings.Cut(strings.TrimPrefix(subject, "service:"), "/")
		if isService && strings.HasPrefix(subject, "service:") && scope.Sees(client) {
			seen[subject] = down
		}
	}
	return seen
}

// Includes reports whether it covers all of another set.
func (n Named) Includes(other Named) bool {
	for subject, down := range other {
		if !n.Covers(subject, down) {
			return false
		}
	}
	return true
}

// Union is a set of what is in either; a nil one covers all there is.
func (n Named) Union(other Named) Named {
	if n == nil || other == nil {
		return nil
	}
	all := maps.Clone(n)
	for subject, down := range other {
		all.Add(subject, down)
	}
	return all
}

// Add adds a subject. One that was down stays so.
func (n Named) Add(subject string, down bool) { n[subject] = n[subject] || down }

// Uncovered is what an incident consists of now, as far as it is named, and what a set does not cover. A nil set covers all of it.
func (in *Incident) Uncovered(covered Named) Joined {
	var j Joined
	if covered == nil {
		return j
	}
	for i := range in.Affected {
		s := &in.Affected[i]
		if s.Verdict != VerdictOK && !covered.Covers(ServiceSubject(s.ServiceKey), s.Verdict == VerdictDown) {
			j.Services = append(j.Services, *s)
		}
	}
	for _, id := range in.standalone() {
		if !covered.Covers(CheckSubject(id), in.Kind == IncidentCheck && in.Reason.Code != ReasonUnknownLong) {
			j.Checks = append(j.Checks, id)
		}
	}
	if in.EventGroup != nil {
		for _, name := range in.EventGroup.Critical {
			if !covered.Covers(UnmappedSubject(name), false) {
				j.Unmapped = append(j.Unmapped, name)
			}
		}
	}
	return j
}

// standalone are the standalone checks of the incident, as far as they are named.
func (in *Incident) standalone() []CheckID {
	switch {
	case in.Kind == IncidentCheck:
		return []CheckID{in.Check}
	case in.Storm != nil:
		return in.Storm.Checks
	default:
		return nil
	}
}

// IsZero reports whether nothing joined.
func (j *Joined) IsZero() bool {
	return j == nil || len(j.Services)+len(j.Worse)+len(j.Checks)+len(j.Unmapped) == 0
}
