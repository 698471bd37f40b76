package history

import (
	"context"
	"fmt"
	"slices"
	"time"

	"opsbot/model"
)

func second(at int64) time.Time { return time.Unix(at, 0).UTC() }

func hourSpan(hour int64) model.Span {
	return model.Span{From: second(hour * hourLength), To: second((hour + 1) * hourLength)}
}

// unfinishedFor is how far back Start searches for hours without a sum. Single results are kept at least that long.
const unfinishedFor = 47 * time.Hour

// unfinished finds the hours with stored results but no sum, and the last one with a sum: results may have come after it.
func (b *Recorder) unfinished(ctx context.Context) error {
	from := b.o.Now().Add(-unfinishedFor).Truncate(time.Hour)
	rounds, err := b.o.Store.PackedHours(ctx, model.PackRounds, from)
	if err != nil {
		return err
	}
	sums, err := b.o.Store.PackedHours(ctx, model.PackHours, from)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, hour := range rounds {
		if !slices.ContainsFunc(sums, hour.Equal) || hour.Equal(sums[len(sums)-1]) {
			b.fresh[hour.Unix()/hourLength] = true
		}
	}
	return nil
}

// RollUp sums up the past hours for which results were stored since.
func (b *Recorder) RollUp(ctx context.Context) error {
	now := b.o.Now().Unix() / hourLength
	b.mu.Lock()
	var over []int64
	for hour := range b.fresh {
		if hour < now {
			over = append(over, hour)
		}
	}
	groups := b.groups()
	b.mu.Unlock()
	slices.Sort(over)
	for _, hour := range over {
		if err := b.sumHour(ctx, hour, groups); err != nil {
			return fmt.Errorf("sum up an hour: %w", err)
		}
		b.mu.Lock()
		delete(b.fresh, hour)
		b.mu.Unlock()
	}
	return nil
}

// groups returns the groups of all checks. The caller holds mu.
func (b *Recorder) groups() []int {
	most := -1
	for _, number := range b.numbers {
		most = max(most, number/groupSize)
	}
	all := make([]int, most+1)
	for i := range all {
		all[i] = i
	}
	return all
}

// packsAtOnce is how many hourly sums are written in one transaction.
const packsAtOnce = 64

func (b *Recorder) sumHour(ctx context.Context, hour int64, groups []int) error {
	var packs []model.Pack
	sums := make([]Sum, groupSize)
	for i, group := range groups {
		clear(sums)
		some := false
		q := model.PackQuery{Kind: model.PackRounds, Groups: []int{group}, Span: hourSpan(hour)}
		err := b.o.Store.Packs(ctx, q, func(p *model.Pack) error {
			some = true
			return eachEntry(p, func(place int, data []byte, in frame) error {
				return eachSeen(data, in, func(r seen) { sums[place].add(model.Status(r.status), r.class) })
			})
		})
		if err != nil {
			return err
		}
		if some {
			packs = append(packs, packSums(group, hour, sums))
		}
		if len(packs) > 0 && (len(packs) == packsAtOnce || i == len(groups)-1) {
			if err := b.o.Store.SavePacks(ctx, packs); err != nil {
				return err
			}
			packs = packs[:0]
		}
	}
	return nil
}

func packSums(group int, hour int64, sums []Sum) model.Pack {
	p := model.Pack{Kind: model.PackHours, Group: group, Span: hourSpan(hour), Body: appendHead(nil, 0)}
	before := -1
	var data []byte
	for place := range sums {
		if sums[place].Total() == 0 {
			continue
		}
		data = appendSum(data[:0], &sums[place])
		p.Body = appendEntry(p.Body, place, before, data)
		before = place
	}
	return p
}
