package checks

import (
	"sync"
	"time"

	"opsbot/model"
)

const (
	// slowAfter is how slow a check must be to begin first: many times what a healthy target takes.
	slowAfter = 500 * time.Millisecond
	// slowShare is the part of the open checks that slow ones may take up by beginning first: the others must not wait for
	// them.
	slowShare = 4
)

// slow remembers which checks were slow the last time. A sweep ends no earlier than its slowest check: if that begins
// first, hung targets cost a sweep only one timeout. It is safe for concurrent use.
type slow struct {
	most int

	mu  sync.RWMutex
	ids map[model.CheckID]struct{}
}

func newSlow(most int) *slow { return &slow{most: most, ids: map[model.CheckID]struct{}{}} }

// note records how long a check took.
func (s *slow) note(id model.CheckID, took time.Duration) {
	s.mu.RLock()
	_, known := s.ids[id]
	s.mu.RUnlock()
	if known == (took >= slowAfter) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known {
		delete(s.ids, id)
		return
	}
	if len(s.ids) >= s.most {
		clear(s.ids) // some may have left the inventory: slow ones are recorded again
	}
	s.ids[id] = struct{}{}
}

// first moves the slow ones to the front; the order is kept otherwise. all is not changed.
func (s *slow) first(all []*model.Check) []*model.Check {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.ids) == 0 {
		return all
	}
	sorted := make([]*model.Check, 0, len(all))
	for _, c := range all {
		if _, is := s.ids[c.ID]; is {
			sorted = append(sorted, c)
		}
	}
	for _, c := range all {
		if _, is := s.ids[c.ID]; !is {
			sorted = append(sorted, c)
		}
	}
	return sorted
}
