package alerts

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// mutes are the mutes that have not ended. A stored one is never changed in place: readers may hold it.
type mutes struct {
	active  []*model.Mute
	planned map[model.MuteID]bool // those that have not begun
	windows map[string]time.Time  // the last beginning of each maintenance window
	last    model.MuteID
}

func newMutes(memory *model.Memory) mutes {
	ms := mutes{planned: map[model.MuteID]bool{}, windows: map[string]time.Time{}, last: memory.LastMute}
	maps.Copy(ms.windows, memory.Windows)
	for i := range memory.Mutes {
		ms.active = append(ms.active, &memory.Mutes[i])
	}
	return ms
}

// index is the place of a mute; -1 when there is none.
func (ms *mutes) index(id model.MuteID) int {
	return slices.IndexFunc(ms.active, func(m *model.Mute) bool { return m.ID == id })
}

// replace changes the mute of the same number.
func (ms *mutes) replace(m *model.Mute) { ms.active[ms.index(m.ID)] = m }

func (ms *mutes) remove(id model.MuteID) {
	ms.active = slices.DeleteFunc(ms.active, func(m *model.Mute) bool { return m.ID == id })
}

// removeOf removes the mutes of one incident alone, and returns them.
func (ms *mutes) removeOf(id model.IncidentID) (removed []model.Mute) {
	ms.active = slices.DeleteFunc(ms.active, func(m *model.Mute) bool {
		if m.Incident != id {
			return false
		}
		removed = append(removed, *m)
		return true
	})
	return removed
}

// until is the last end of the mutes that cover a check of an incident; zero when there is none. check is nil when it is not
// known.
func (ms *mutes) until(id model.IncidentID, check *model.Check, to model.Destination, at time.Time) time.Time {
	var last time.Time
	for _, m := range ms.active {
		if !m.Active(at) || (m.Here && (m.Chat != to.Chat || m.Topic != to.Topic)) {
			continue
		}
		covers := m.Incident == id && id != 0
		if m.Incident == 0 {
			covers = m.Selector.IsZero() || check != nil && m.Selector.Matches(check)
		}
		if covers && m.Until.After(last) {
			last = m.Until
		}
	}
	return last
}

// list returns copies of all mutes, by number.
func (ms *mutes) list() []model.Mute {
	out := make([]model.Mute, len(ms.active))
	for i, m := range ms.active {
		out[i] = *m
	}
	slices.SortFunc(out, func(a, b model.Mute) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (ms *mutes) migrate(moved map[model.ChatID]model.ChatID) {
	for i, m := range ms.active {
		next := *m
		move(&next.Chat, moved)
		ms.active[i] = &next
	}
}

// Mutes returns the mutes that have not ended, by number.
func (m *Manager) Mutes() []model.Mute {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.mutes.list()
}

// mutedUntil is the last end of the mutes that cover a check of an incident; zero when there is none.
func (s *state) mutedUntil(id model.IncidentID, check model.CheckID, to model.Destination, at time.Time) time.Time {
	if len(s.mutes.active) == 0 {
		return time.Time{}
	}
	if tr := s.checks.all[check]; tr != nil {
		return s.mutes.until(id, tr.check, to, at)
	}
	return s.mutes.until(id, nil, to, at)
}

// muted reports whether all of an incident is muted for a destination, and until when.
func (s *state) muted(in *incident, to model.Destination, at time.Time) (time.Time, bool) {
	switch {
	case in.storm != nil:
		return s.mutedStorm(in, to, at)
	case in.group != nil:
		return s.mutedGroup(in, to, at)
	case len(in.Failing) == 0:
		end := s.mutedUntil(in.ID, "", to, at)
		return end, !end.IsZero()
	}
	var until time.Time
	for _, f := range in.Failing {
		end := s.mutedUntil(in.ID, f.Check, to, at)
		if end.IsZero() {
			return time.Time{}, false
		}
		until = model.Earlier(until, end)
	}
	return until, !until.IsZero()
}

// mutedStorm reports whether a storm is muted, by itself or by all its parts being so.
func (s *state) mutedStorm(in *incident, to model.Destination, at time.Time) (time.Time, bool) {
	if end := s.mutedUntil(in.ID, "", to, at); !end.IsZero() {
		return end, true
	}
	var until time.Time
	for _, part := range s.incidents.partsOf(in) {
		end, yes := s.muted(part, to, at)
		if !yes {
			return time.Time{}, false
		}
		until = model.Earlier(until, end)
	}
	return until, !until.IsZero()
}

// mutedGroup reports whether an event group is muted: by itself, or by all that broke, or could not be verified, being so.
// What the inventory does not know is in no mute of hosts.
func (s *state) mutedGroup(in *incident, to model.Destination, at time.Time) (time.Time, bool) {
	if end := s.mutedUntil(in.ID, "", to, at); !end.IsZero() {
		return end, true
	}
	scope, _ := s.routing.scope(to)
	if in.group.unmapped && !scope.Limited {
		return time.Time{}, false
	}
	var until time.Time
	for _, id := range slices.Concat(in.group.impact.Broke, in.group.impact.Unseen) {
		if tr := s.checks.all[id]; tr == nil || !scope.Sees(tr.check.Client()) {
			continue // others' checks are not notified there
		}
		end := s.mutedUntil(0, id, to, at)
		if end.IsZero() {
			return time.Time{}, false
		}
		until = model.Earlier(until, end)
	}
	return until, !until.IsZero()
}

// mutedEverywhere is until when an incident is muted at all destinations that have a card of it; zero when it is not.
func (s *state) mutedEverywhere(in *incident) time.Time {
	var until time.Time
	for _, c := range in.cards {
		end, yes := s.muted(in, c.To, s.now())
		if !yes {
			return time.Time{}
		}
		until = model.Earlier(until, end)
	}
	return until
}
