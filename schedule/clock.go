package schedule

import (
	"slices"
	"time"

	"opsbot/model"
)

// standstill is how late Run may wake before it counts as stopped: the process or the machine was.
const standstill = 10 * time.Second

// compareClocks plans anew when the wall clock was set, and returns by how much it was.
func (s *Scheduler) compareClocks(now time.Time) (stepped time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.looked) > watchPace+standstill {
		s.awake = now
		s.spreadLate(now)
	}
	if stepped = s.clock.Step(now); stepped != 0 {
		s.planAnew(now)
	}
	return stepped
}

// spreadLate spreads what became due during a standstill, in its order. What has a slot that is late as well starts with that one alone.
func (s *Scheduler) spreadLate(now time.Time) {
	late := s.queue.remove(func(i *item) bool { return i.slot == nil && !i.at.After(now) })
	again := map[model.CheckID]bool{}
	for _, i := range s.queue.items {
		if i.slot != nil && !i.at.After(now) {
			i.each(func(_ time.Time, ids ...model.CheckID) {
				for _, id := range ids {
					again[id] = true
				}
			})
		}
	}
	slices.SortFunc(late, func(a, b item) int { return a.at.Compare(b.at) })
	for n, i := range late {
		if i.again == 0 {
			i.ids = slices.DeleteFunc(slices.Clone(i.ids), func(id model.CheckID) bool { return again[id] })
		}
		i.at = now.Add(catchUp / time.Duration(len(late)) * time.Duration(n))
		s.push(i)
	}
}

// planAnew plans every expression by the wall clock as it was set. Rounds in progress go on: their checks wait in elapsed time. A slot
// that was passed over begins now, unless the next one comes within the splay anyway.
func (s *Scheduler) planAnew(now time.Time) {
	for _, i := range s.queue.remove(func(i *item) bool { return i.slot != nil && !i.at.After(now) }) {
		s.beginRound(&i, now) // it was due before the clock was set
	}
	waiting := s.waiting()
	for _, p := range s.plans {
		passed := !p.next.IsZero() && p.next.Before(now.Round(0)) && !p.soon(now)
		next := p.upcoming(now)
		if passed && !next.IsZero() && next.Sub(now.Round(0)) > s.o.Splay {
			p.begin(now, now)
			s.pushMissing(p, now, waiting)
		}
	}
	s.planSlots(now)
}

// waiting are the checks of rounds in progress that have not been started.
func (s *Scheduler) waiting() map[model.CheckID]bool {
	all := map[model.CheckID]bool{}
	for _, i := range s.queue.items {
		for _, id := range i.ids {
			all[id] = all[id] || i.again == 0
		}
	}
	return all
}

// pushMissing queues the checks of an expression that are not waiting already.
func (s *Scheduler) pushMissing(p *plan, now time.Time, waiting map[model.CheckID]bool) {
	for i, offset := range p.offsets {
		next := item{at: now.Add(offset)}
		next.ids = slices.DeleteFunc(slices.Clone(p.ids[offset]), func(id model.CheckID) bool { return waiting[id] })
		if i == len(p.offsets)-1 && p.interval >= slotWorth {
			next.ends = &roundEnd{expression: string(p.expression), due: p.due}
		}
		s.push(next)
	}
}
