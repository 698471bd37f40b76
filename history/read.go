package history

import (
	"context"

	"opsbot/model"
)

// taker receives results as they are read: i is the index of the check in the request.
type taker interface {
	one(i int, r seen)
	// hour receives the sum of the hour that begins at at.
	hour(i int, at int64, s *Sum)
	// whole reports whether the sum of the hour that begins at at is enough, instead of its single results.
	whole(at int64) bool
}

// question is a request for results.
type question struct {
	from, to int64         // seconds; to is exclusive
	places   map[int][]int // by group: for each place in it, the index in the request, or -1
}

// newQuestion requests checks over a span. Checks that were never recorded have no results. The caller holds mu.
func (b *Recorder) newQuestion(checks []model.CheckID, span model.Span) question {
	q := question{from: ceilSecond(span.From.UnixMilli()), to: ceilSecond(span.To.UnixMilli()), places: map[int][]int{}}
	for i, id := range checks {
		number, has := b.numbers[id]
		if !has {
			continue
		}
		group := number / groupSize
		if q.places[group] == nil {
			q.places[group] = make([]int, groupSize)
			for place := range q.places[group] {
				q.places[group][place] = -1
			}
		}
		q.places[group][number%groupSize] = i
	}
	return q
}

func ceilSecond(ms int64) int64 { return (ms + 999) / 1000 }

// read passes all results of checks in a span, from the store and from memory, each once.
func (b *Recorder) read(ctx context.Context, checks []model.CheckID, span model.Span, to taker) error {
	b.writing.RLock() // nothing moves from memory to the store meanwhile
	defer b.writing.RUnlock()
	b.mu.Lock()
	q := b.newQuestion(checks, span)
	sealed := b.sealed
	b.mu.Unlock()
	for group := range q.places {
		if err := b.readGroup(ctx, &q, group, to); err != nil {
			return err
		}
	}
	for i := range sealed {
		if err := q.unpack(&sealed[i], to); err != nil {
			return err
		}
	}
	b.readBuffer(&q, len(sealed), to)
	return nil
}

// readBuffer passes what is buffered and not packed; skip packs were already passed, and those sealed since follow.
func (b *Recorder) readBuffer(q *question, skip int, to taker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := skip; i < len(b.sealed); i++ {
		_ = q.unpack(&b.sealed[i], to) // just packed by ourselves
	}
	for _, r := range b.buf {
		if places := q.places[int(r.check/groupSize)]; places != nil {
			q.hand(places[r.check%groupSize], seen{b.base + int64(r.at), r.status, r.class}, to)
		}
	}
}

func (q *question) hand(i int, r seen, to taker) {
	if i >= 0 && r.at >= q.from && r.at < q.to {
		to.one(i, r)
	}
}

// unpack passes the requested results of a pack.
func (q *question) unpack(p *model.Pack, to taker) error {
	places := q.places[p.Group]
	if places == nil {
		return nil
	}
	return eachEntry(p, func(place int, data []byte, in frame) error {
		i := places[place]
		if i < 0 {
			return nil
		}
		return eachSeen(data, in, func(r seen) { q.hand(i, r, to) })
	})
}

// readGroup passes what is stored of a group: hourly sums where they are enough or single results are no longer kept, else
// single results.
func (b *Recorder) readGroup(ctx context.Context, q *question, group int, to taker) error {
	first, last := q.from/hourLength, (q.to-1)/hourLength
	summed := map[int64]bool{}
	hours := model.PackQuery{Kind: model.PackHours, Groups: []int{group}, Span: model.Span{From: second(first * hourLength), To: second((last + 1) * hourLength)}}
	err := b.o.Store.Packs(ctx, hours, func(p *model.Pack) error {
		hour := p.From.Unix() / hourLength
		if !q.covers(hour) || !to.whole(hour*hourLength) {
			return nil
		}
		summed[hour] = true
		return q.unpackHour(p, to)
	})
	if err != nil {
		return err
	}
	singly, err := b.readSingly(ctx, q, group, summed, to)
	if err != nil {
		return err
	}
	return b.o.Store.Packs(ctx, hours, func(p *model.Pack) error {
		hour := p.From.Unix() / hourLength
		if summed[hour] || singly[hour] || hour*hourLength < q.from {
			return nil
		}
		return q.unpackHour(p, to)
	})
}

// covers reports whether the whole hour is requested.
func (q *question) covers(hour int64) bool {
	return hour*hourLength >= q.from && (hour+1)*hourLength <= q.to
}

// readSingly passes the results of hours without a sum, and returns the hours that have results.
func (b *Recorder) readSingly(ctx context.Context, q *question, group int, summed map[int64]bool, to taker) (map[int64]bool, error) {
	found := map[int64]bool{}
	last := (q.to - 1) / hourLength
	for hour := q.from / hourLength; hour <= last; hour++ {
		if summed[hour] {
			continue
		}
		end := hour
		for end < last && !summed[end+1] {
			end++
		}
		span := model.Span{From: second(hour * hourLength), To: second((end + 1) * hourLength)}
		err := b.o.Store.Packs(ctx, model.PackQuery{Kind: model.PackRounds, Groups: []int{group}, Span: span}, func(p *model.Pack) error {
			found[p.From.Unix()/hourLength] = true
			return q.unpack(p, to)
		})
		if err != nil {
			return nil, err
		}
		hour = end
	}
	return found, nil
}

func (q *question) unpackHour(p *model.Pack, to taker) error {
	places := q.places[p.Group]
	return eachEntry(p, func(place int, data []byte, _ frame) error {
		i := places[place]
		if i < 0 {
			return nil
		}
		var s Sum
		if err := addSum(&s, data); err != nil {
			return err
		}
		to.hour(i, p.From.Unix(), &s)
		return nil
	})
}
