package schedule

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// plan is one expression with its checks, by their offset.
type plan struct {
	expression model.Schedule
	table      Timetable
	interval   time.Duration
	entries    []model.CheckID
	offsets    []time.Duration // ascending
	ids        map[time.Duration][]model.CheckID

	due   time.Time // the last slot that has begun, on the wall clock
	began time.Time // when it did, in elapsed time; zero is never
	next  time.Time // the slot that is waited for, on the wall clock; zero is none
}

// upcoming is the next slot by the wall clock as it is now. One that would begin soon after the last one is left out: the clock was set,
// and that one was it.
func (p *plan) upcoming(now time.Time) time.Time {
	next := p.table.Next(now)
	if !next.IsZero() && p.soon(now.Add(next.Sub(now.Round(0)))) {
		return p.table.Next(next)
	}
	return next
}

// soon reports whether less than half of its interval is between the last slot and a time.
func (p *plan) soon(at time.Time) bool {
	return !p.began.IsZero() && at.Sub(p.began) < max(p.interval/2, model.MinStep)
}

// begin notes that a slot begins.
func (p *plan) begin(due, now time.Time) { p.due, p.began = due, now }

// planSlots queues the next slot of every expression in place of those that are queued. The caller holds mu.
func (s *Scheduler) planSlots(now time.Time) {
	s.queue.remove(func(i *item) bool { return i.slot != nil })
	for _, p := range s.plans {
		s.planSlot(p, now)
	}
}

// planSlot queues the next slot of an expression: a moment on the wall clock, from here on waited for in elapsed time.
func (s *Scheduler) planSlot(p *plan, now time.Time) {
	p.next = p.upcoming(now)
	if !p.next.IsZero() {
		s.push(item{at: now.Add(p.next.Sub(now.Round(0))), slot: p})
	}
}

// beginRound queues the checks of a slot that is due. The caller holds mu, and queues the next slot.
func (s *Scheduler) beginRound(slot *item, now time.Time) {
	p := slot.slot
	p.begin(p.next, now)
	s.pushRound(p, s.dueSince(slot.at), func(offset time.Duration) time.Duration { return offset })
}

// startNew queues checks that are not in before.
func (s *Scheduler) startNew(before map[model.CheckID]time.Duration, now time.Time) {
	for _, p := range s.plans {
		if p.interval > eager {
			continue
		}
		for offset, ids := range p.ids {
			fresh := slices.DeleteFunc(slices.Clone(ids), func(id model.CheckID) bool { _, was := before[id]; return was })
			if len(fresh) > 0 {
				s.push(item{at: now.Add(squeezed(offset, p)), ids: fresh})
			}
		}
	}
}

// pace is how a round that may have been missed is spread: soon, or as the timetable spreads it if the last one is no more than two
// intervals ago.
func (s *Scheduler) pace(p *plan, last, now time.Time) func(offset time.Duration) time.Duration {
	if s.o.TakenOver && (p.interval < slotWorth || now.Sub(last) <= 2*p.interval) {
		return func(offset time.Duration) time.Duration { return offset }
	}
	return func(offset time.Duration) time.Duration { return squeezed(offset, p) }
}

// squeezed scales an offset to the catch-up time.
func squeezed(offset time.Duration, p *plan) time.Duration {
	span := p.offsets[len(p.offsets)-1] + 1
	if span <= catchUp {
		return offset
	}
	return time.Duration(float64(offset) / float64(span) * float64(catchUp))
}

func (s *Scheduler) plan(entries []Entry) (map[model.Schedule]*plan, error) {
	plans := map[model.Schedule]*plan{}
	for _, e := range entries {
		p := plans[e.Expression]
		if p == nil {
			table, err := parse(string(e.Expression), s.o.Zone)
			if err != nil {
				return nil, fmt.Errorf("schedule %q: %w", e.ID, err)
			}
			p = &plan{expression: e.Expression, table: table, interval: leastInterval(table), ids: map[time.Duration][]model.CheckID{}}
			plans[e.Expression] = p
		}
		p.entries = append(p.entries, e.ID)
	}
	for _, p := range plans {
		s.spread(p)
	}
	return plans, nil
}

// spread gives each check of an expression its offset. One that has the expression for itself starts on time: "at 03:00" is 03:00.
func (s *Scheduler) spread(p *plan) {
	for _, id := range p.entries {
		offset := time.Duration(0)
		if len(p.entries) > 1 {
			offset = s.offset(id, p.interval)
		}
		p.ids[offset] = append(p.ids[offset], id)
	}
	p.offsets = slices.Sorted(maps.Keys(p.ids))
}

// offset is a check's stable offset within the splay, in whole ticks.
func (s *Scheduler) offset(id model.CheckID, interval time.Duration) time.Duration {
	splay := min(s.o.Splay, interval)
	places := uint64(splay / s.o.Tick) //nolint:gosec // lengths of time are not negative
	if places < 2 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))                        // never fails
	return time.Duration(h.Sum64()%places) * s.o.Tick //nolint:gosec // below places
}

// pushRound queues all checks of an expression, from a time on. Its slot counts as served when the last of them has been started: after
// an earlier restart the rest is caught up. The caller holds mu.
func (s *Scheduler) pushRound(p *plan, from time.Time, place func(offset time.Duration) time.Duration) {
	for i, offset := range p.offsets {
		next := item{at: from.Add(place(offset)), ids: p.ids[offset]}
		if i == len(p.offsets)-1 && p.interval >= slotWorth {
			next.ends = &roundEnd{expression: string(p.expression), due: p.due}
		}
		s.push(next)
	}
}
