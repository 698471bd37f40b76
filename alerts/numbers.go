package alerts

import (
	"context"
	"slices"

	"opsbot/model"
)

// numbers are what readers limited to some clients call incidents and mutes: they count their own, in the order in which they first had to do
// with them.
type numbers struct{ series map[seriesKey]*series }

// seriesKey is what is counted by itself.
type seriesKey struct {
	readers string // model.Scope.Key
	kind    model.NumberKind
}

type series struct {
	last   int64
	number map[int64]int64 // by stored id
	id     map[int64]int64 // by number
}

func newNumbers(stored []model.ReaderNumber) numbers {
	ns := numbers{map[seriesKey]*series{}}
	for _, n := range stored {
		s := ns.of(seriesKey{n.Readers, n.Kind})
		if _, twice := s.id[n.Number]; !twice {
			s.keep(n.ID, n.Number)
		}
	}
	return ns
}

func (ns *numbers) of(key seriesKey) *series {
	s := ns.series[key]
	if s == nil {
		s = &series{number: map[int64]int64{}, id: map[int64]int64{}}
		ns.series[key] = s
	}
	return s
}

func (s *series) keep(id, number int64) {
	s.number[id], s.id[number] = number, id
	s.last = max(s.last, number)
}

// known are the numbers of all ids; false when one is missing.
func (ns *numbers) known(key seriesKey, ids []int64) (found map[int64]int64, all bool) {
	s := ns.series[key]
	if s == nil {
		return nil, len(ids) == 0
	}
	found = make(map[int64]int64, len(ids))
	for _, id := range ids {
		n, known := s.number[id]
		if !known {
			return nil, false
		}
		found[id] = n
	}
	return found, true
}

// give numbers what is not numbered yet, the earliest first, and has that stored.
func (ns *numbers) give(p *pending, key seriesKey, ids []int64) {
	s := ns.of(key)
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if _, known := s.number[id]; known {
			continue
		}
		s.keep(id, s.last+1)
		p.numbers = append(p.numbers, model.ReaderNumber{Readers: key.readers, Kind: key.kind, ID: id, Number: s.last})
	}
}

// Numbers returns what the readers of a limited scope call incidents or mutes, by the ids by which these are stored, and gives them numbers where they
// have none. What is given is stored before it is returned, or with the next commit.
func (m *Manager) Numbers(ctx context.Context, readers model.Scope, kind model.NumberKind, ids []int64) map[int64]int64 {
	key := seriesKey{readers.Key(), kind}
	m.mu.RLock()
	found, all := m.state.numbers.known(key, ids)
	m.mu.RUnlock()
	if all {
		return found
	}
	m.updating.Lock()
	defer m.updating.Unlock()
	m.mu.Lock()
	m.state.numbers.give(m.storage.pending, key, ids)
	found, _ = m.state.numbers.known(key, ids)
	m.mu.Unlock()
	_ = m.commit(ctx) // Health says so; it is pending
	return found
}

// Numbered returns the id of what the readers of a limited scope call by a number; false when they call nothing so.
func (m *Manager) Numbered(readers model.Scope, kind model.NumberKind, number int64) (id int64, known bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := m.state.numbers.series[seriesKey{readers.Key(), kind}]
	if s == nil {
		return 0, false
	}
	id, known = s.id[number]
	return id, known
}

// CountsAt is the scope whose numbers are used at a destination.
func (m *Manager) CountsAt(to model.Destination) model.Scope {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.routing.counts(to)
}

// counts is the scope whose numbers are used at a destination: in a chat that of the chat, whatever its routes are limited to, so that what somebody
// writes there means what the cards say.
func (r *Routing) counts(to model.Destination) model.Scope {
	if to.Chat == 0 {
		return r.routed(to)
	}
	scope, _ := r.ofChat(to)
	return scope
}

// number gives an incident its number at a destination, with its card.
func (t *transaction) number(in *incident, to model.Destination) {
	if readers := t.routing.counts(to); readers.Limited {
		t.numbers.give(t.pending, seriesKey{readers.Key(), model.NumberIncident}, []int64{int64(in.ID)})
	}
}
