package schedule

import (
	"slices"
	"time"

	"opsbot/model"
)

// NextRun is when a check is started next, on the wall clock; zero if that is not known.
func (s *Scheduler) NextRun(id model.CheckID) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	var first time.Time
	note := func(at time.Time) {
		if at.After(now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	for i := range s.queue.items { // of a round that has begun, and what is asked for in addition
		if item := &s.queue.items[i]; slices.Contains(item.ids, id) && (item.again == 0 || item.again == s.again[id]) {
			note(item.at)
		}
	}
	for _, p := range s.plans {
		for offset, ids := range p.ids {
			if !p.next.IsZero() && slices.Contains(ids, id) {
				note(now.Add(p.next.Add(offset).Sub(now.Round(0))))
			}
		}
	}
	if first.IsZero() {
		return first
	}
	return now.Round(0).Add(first.Sub(now))
}
