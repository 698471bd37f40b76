package alerts

import (
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// bad reports whether a check is part of a problem.
func (s *state) bad(tr *tracked, at time.Time) bool {
	return tr.fails() || s.longUnknown(&tr.state, at)
}

// longUnknown reports whether a check has been unknown for so long that it is a warning. While opsbot is offline that stays
// as it was when it went offline.
func (s *state) longUnknown(st *model.CheckState, at time.Time) bool {
	if offline := s.offline(); offline != nil {
		at = offlineSince(offline)
	}
	return !st.UnknownSince.IsZero() && !at.Before(s.connections.unknownFrom(st).Add(UnknownLimit))
}

// warnUnknown judges again what has been unknown for so long that it is a warning.
func (t *transaction) warnUnknown() {
	if t.offline() != nil {
		return // nothing can be judged, which has an incident of its own
	}
	for _, id := range slices.Collect(maps.Keys(t.checks.unknown)) {
		tr := t.checks.unknown[id]
		if t.longUnknown(&tr.state, t.at) {
			delete(t.checks.unknown, id)
			t.dirty.check(tr)
			continue
		}
		t.wakeBy(t.connections.unknownFrom(&tr.state).Add(UnknownLimit))
	}
}
