package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// flapping counts how often incidents of the same key began and ended lately.
type flapping struct {
	changes map[string][]time.Time
}

func newFlapping() flapping { return flapping{changes: map[string][]time.Time{}} }

// add takes up changes that were stored.
func (f *flapping) add(key string, at ...time.Time) { f.changes[key] = append(f.changes[key], at...) }

// count notes that an incident begins or ends, and returns how often that of its key did lately, this time included; 0
// without a rule.
func (f *flapping) count(key string, at time.Time, rule Flapping) int {
	if rule.Over == 0 {
		return 0
	}
	f.changes[key] = append(rule.lately(f.changes[key], at), at)
	return len(f.changes[key])
}

// lately is how often an incident of a key began or ended lately.
func (f *flapping) lately(key string, at time.Time, rule Flapping) int {
	return len(rule.lately(slices.Clone(f.changes[key]), at))
}

// lately leaves of changes, in place, those that count at a moment.
func (r *Flapping) lately(changes []time.Time, at time.Time) []time.Time {
	return slices.DeleteFunc(changes, func(t time.Time) bool { return !t.Add(r.Within).After(at) })
}

// forget drops what is too old to count.
func (f *flapping) forget(at time.Time, rule Flapping) {
	for key, times := range f.changes {
		if last := times[len(times)-1]; !last.Add(rule.Within).After(at) {
			delete(f.changes, key)
		}
	}
}

// keep decides over an incident that comes and goes: what it has to be while it does, in place of want. It is
// notified once, as flapping, when it opens again once too often; then it stays open until it has been quiet for long enough.
func (f *flapping) keep(t *transaction, in *incident, want *model.Incident) *model.Incident {
	if in.Flap == nil {
		return want
	}
	flap, works := *in.Flap, want == nil
	if flap.Works != works {
		flap = model.Flap{Changes: flap.Changes + 1, ChangedAt: t.at, Works: works}
	}
	calm := flap.ChangedAt.Add(t.rules.Flapping.Quiet)
	if t.rules.Flapping.Over == 0 || !t.at.Before(calm) || t.isGone(in) {
		return want // an ordinary incident again, or its end
	}
	t.wakeBy(calm)
	if works {
		same := in.Incident
		want = &same
		want.Failing = slices.Clone(in.Failing)
	}
	want.Flap = &flap
	return want
}

// watch has incidents judged again that have been quiet for long enough.
func (f *flapping) watch(t *transaction) {
	for _, in := range t.incidents.open {
		if in.Flap == nil {
			continue
		}
		if calm := in.Flap.ChangedAt.Add(t.rules.Flapping.Quiet); t.at.Before(calm) {
			t.wakeBy(calm)
			continue
		}
		t.markIncident(in)
	}
	f.forget(t.at, t.rules.Flapping)
}

func sameFlap(a, b *model.Flap) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Changes == b.Changes && a.Works == b.Works
}
