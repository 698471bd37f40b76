package checks

import (
	"sync"
	"time"

	"opsbot/model"
)

const (
	// slowAfter is how long a check takes that is worth beginning first: many times what a target takes that is well.
	slowAfter = 500 * time.Millisecond
	// slowShare is the part of the open checks that may be slow ones which began first: the others must not wait for them.
	slowShare = 4
)

// slow remembers which checks took long the last time. A sweep lasts as long as its slowest check after the moment at which
// that begins: when it begins first, hung targets cost a sweep one timeout and no more. It is safe for concurrent use.
type slow struct {
	most int

	mu  sync.RWMutex
	ids map[model.CheckID]struct{}
}

func newSlow(most int) *slow { return &slow{most: most, ids: map[model.CheckID]struct{}{}} }

// note takes down how long a check took.
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
		clear(s.ids) // some may have left the inventory: those that are still slow come again
	}
	s.ids[id] = struct{}{}
}

// first puts the slow ones at the beginning; the order is kept otherwise. all is not changed.
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
