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

// holding are the mutes that hold at a destination.
func holding(mutes []*model.Mute, to model.Destination, at time.Time) []*model.Mute {
	var all []*model.Mute
	for _, m := range mutes {
		if m.Active(at) && (!m.Here || m.Chat == to.Chat && m.Topic == to.Topic) {
			all = append(all, m)
		}
	}
	return all
}

// lastEnd is the last end of the mutes that are meant; zero when there is none. Of two mutes of one thing the later end wins.
func lastEnd(mutes []*model.Mute, meant func(*model.Mute) bool) time.Time {
	var last time.Time
	for _, m := range mutes {
		if m.Until.After(last) && meant(m) {
			last = m.Until
		}
	}
	return last
}

// selectedUntil is until when all of some checks are muted by selectors; of none at all, until when everything is. Zero when one
// of them is not.
func selectedUntil(mutes []*model.Mute, checks []*model.Check) time.Time {
	everything := lastEnd(mutes, func(m *model.Mute) bool { return m.Incident == 0 && m.Selector.IsZero() })
	until := time.Time{}
	for _, c := range checks {
		end := lastEnd(mutes, func(m *model.Mute) bool { return m.Incident == 0 && m.Selector.Matches(c) })
		if end.IsZero() {
			return everything
		}
		until = model.Earlier(until, end)
	}
	if everything.After(until) {
		return everything
	}
	return until
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

// muted reports whether all of an incident that a destination sees is muted there, and until when.
func (s *state) muted(in *incident, to model.Destination) (time.Time, bool) {
	scope, _ := s.routing.scope(to)
	return s.mutedFor(in, to, scope)
}

// mutedFor is muted for readers who see a scope.
func (s *state) mutedFor(in *incident, to model.Destination, scope model.Scope) (time.Time, bool) {
	if len(s.mutes.active) == 0 {
		return time.Time{}, false
	}
	all := s.subjects(in, scope)
	if len(all) == 0 {
		return s.mutedWhole(in, to, s.now())
	}
	var until time.Time
	for i := range all {
		end := s.subjectMutedUntil(in, &all[i], to)
		if end.IsZero() {
			return end, false
		}
		until = model.Earlier(until, end)
	}
	return until, true
}

// mutedWhole is muted for an incident that nobody is affected by: by itself, or by all of its checks being so.
func (s *state) mutedWhole(in *incident, to model.Destination, at time.Time) (time.Time, bool) {
	holding := holding(s.mutes.active, to, at)
	until := lastEnd(holding, func(m *model.Mute) bool { return m.Incident == in.ID })
	var checks []*model.Check
	for _, id := range in.checks() {
		if tr := s.checks.all[id]; tr != nil {
			checks = append(checks, tr.check)
		}
	}
	if end := selectedUntil(holding, checks); end.After(until) {
		until = end
	}
	return until, !until.IsZero()
}

// mutedEverywhere is until when an incident is muted at all destinations that have a card of it; zero when it is not.
func (s *state) mutedEverywhere(in *incident) time.Time {
	var until time.Time
	for _, c := range in.cards {
		end, yes := s.muted(in, c.To)
		if !yes {
			return time.Time{}
		}
		until = model.Earlier(until, end)
	}
	return until
}
