package schedule

import (
	"time"

	"opsbot/model"
)

// overdueGrace is how much longer than it may take a result may be under way: a busy machine catches up within seconds.
const overdueGrace = 30 * time.Second

// Overdue are checks that should have a result by now and have none.
type Overdue struct {
	Count  int
	First  model.CheckID // that whose result is due for longest
	Since  time.Time     // when that was due, on the wall clock as it is now
	Moving bool          // meanwhile other runs end: these may wait for them
}

// Late is how long the next start is overdue: next to nothing while Run works.
func (s *Scheduler) Late(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, ok := s.queue.peek()
	if !ok {
		return 0
	}
	return max(0, now.Sub(s.dueSince(next.at)))
}

// Overdue returns what has no result although its slot, its place in the splay, the longest that it may take and half a minute are
// over, in elapsed time: it hangs, or nothing starts it.
func (s *Scheduler) Overdue(now time.Time) Overdue {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := s.awaited(now.Add(-overdueGrace))
	all, longest := Overdue{}, time.Duration(0)
	for id, at := range due {
		takes, known := s.known[id]
		if at = s.dueSince(at); !known || now.Sub(at) <= takes+overdueGrace {
			continue
		}
		all.Count++
		longest = max(longest, takes)
		if since := model.Anchored(at, now); all.First == "" || since.Before(all.Since) {
			all.First, all.Since = id, since
		}
	}
	all.Moving = now.Sub(s.ended) <= longest+overdueGrace
	return all
}

// awaited is since when a result is due of each check of which one is due since before a time: that few are, and everybody who asks for
// the status asks for them. Of checks that are due together the time is looked at once. The caller holds mu.
func (s *Scheduler) awaited(before time.Time) map[model.CheckID]time.Time {
	due := map[model.CheckID]time.Time{}
	note := func(at time.Time, ids ...model.CheckID) {
		if len(ids) == 0 || !s.dueSince(at).Before(before) {
			return
		}
		for _, id := range ids {
			if was, awaited := due[id]; !awaited || at.Before(was) {
				due[id] = at
			}
		}
	}
	for id, at := range s.running {
		if at.Before(before) { // dueSince is no earlier
			note(at, id)
		}
	}
	for i := range s.queue.items {
		s.queue.items[i].each(note)
	}
	return due
}

// dueSince is since when a time in the queue counts as due: while nothing ran, nothing could be started. The caller holds mu.
func (s *Scheduler) dueSince(at time.Time) time.Time {
	if at.Before(s.awake) {
		return s.awake
	}
	return at
}

// each calls f with the checks that an item starts, or whose slot it is, and when these are due.
func (i *item) each(f func(due time.Time, ids ...model.CheckID)) {
	f(i.at, i.ids...)
	if i.slot == nil {
		return
	}
	for offset, ids := range i.slot.ids {
		f(i.at.Add(offset), ids...)
	}
}
