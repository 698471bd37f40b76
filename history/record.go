package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"opsbot/model"
)

// hourLength is an hour in seconds: packs and sums are of hours of UTC.
const hourLength = 3600

// The range of record.at, and how much of it is before the first buffered result: results arrive as they end.
const (
	reach   = 1<<16 - 1
	earlier = hourLength
)

// mostSealed bounds what is kept for a store that refuses it, in bytes. Beyond it the oldest is dropped.
const mostSealed = 8 << 20

// Record records results. It only touches memory: a slow or failing store blocks nobody.
func (b *Recorder) Record(results []model.Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range results {
		r := &results[i]
		number, known := b.numbers[r.Check]
		if !known {
			b.missing = true
			continue
		}
		at := r.At.Unix()
		if off := at - b.base; len(b.buf) == 0 || off < 0 || off > reach || len(b.buf) >= b.o.Room {
			b.seal()
			b.base = at - earlier
		}
		if b.buf == nil {
			b.buf = make([]record, 0, b.o.Room)
		}
		waiting := record{check: uint32(number), at: uint16(at - b.base), status: uint8(r.Status)} //nolint:gosec // a number of a check; within reach
		if r.Status == model.StatusOK {
			waiting.class = classOf(r.Took)
		}
		b.buf = append(b.buf, waiting)
	}
	if len(b.buf) >= b.o.Room {
		select {
		case b.poke <- struct{}{}:
		default:
		}
	}
}

// seal packs the buffer. The caller holds mu.
func (b *Recorder) seal() {
	slices.SortFunc(b.buf, func(x, y record) int {
		return cmp.Or(cmp.Compare(x.check/groupSize, y.check/groupSize), cmp.Compare(b.hourOf(x), b.hourOf(y)),
			cmp.Compare(x.check, y.check), cmp.Compare(x.at, y.at))
	})
	var scratch []byte
	for rest := b.buf; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].check/groupSize == rest[0].check/groupSize && b.hourOf(rest[n]) == b.hourOf(rest[0]) {
			n++
		}
		var p model.Pack
		p, scratch = b.pack(rest[:n], scratch)
		b.sealed = append(b.sealed, p)
		rest = rest[n:]
	}
	b.buf = b.buf[:0]
}

func (b *Recorder) hourOf(r record) int64 { return (b.base + int64(r.at)) / hourLength }

// pack packs results of one group and one hour, ordered by check, then by time. It uses scratch and returns it.
func (b *Recorder) pack(all []record, scratch []byte) (p model.Pack, _ []byte) {
	first, last := all[0].at, all[0].at
	for _, r := range all {
		first, last = min(first, r.at), max(last, r.at)
	}
	p = model.Pack{Kind: model.PackRounds, Group: int(all[0].check / groupSize)}
	p.From, p.To = second(b.base+int64(first)), second(b.base+int64(last)+1)
	before := -1
	in := frame{p.From.Unix(), paceOf(all)}
	body := appendHead(scratch[:0], in.pace)
	var data []byte
	var one []seen
	for len(all) > 0 {
		check := all[0].check
		one = one[:0]
		for len(all) > 0 && all[0].check == check {
			one = append(one, seen{b.base + int64(all[0].at), all[0].status, all[0].class})
			all = all[1:]
		}
		data = appendSeen(data[:0], in, one)
		place := int(check % groupSize)
		body = appendEntry(body, place, before, data)
		before = place
	}
	p.Body = slices.Clone(body)
	return p, body
}

// paceOf is the interval between two results of the first check that has two, in seconds: most others have the same
// schedule.
func paceOf(all []record) int64 {
	for i := 1; i < len(all); i++ {
		if all[i].check == all[i-1].check {
			return int64(all[i].at - all[i-1].at)
		}
	}
	return 0
}

// Number assigns numbers to checks that have none, neighbours together: they are packed together.
func (b *Recorder) Number(ctx context.Context, inv *model.Inventory) error {
	b.numbering.Lock()
	defer b.numbering.Unlock()
	if err := b.recallNumbers(ctx); err != nil {
		return err
	}
	var ids []model.CheckID
	b.mu.Lock()
	for _, c := range inv.Checks() {
		if _, has := b.numbers[c.ID]; !has {
			ids = append(ids, c.ID)
		}
	}
	b.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	first, err := b.o.Store.NumberChecks(ctx, ids)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.unsure = true
		return fmt.Errorf("number checks: %w", err)
	}
	for i, id := range ids {
		b.numbers[id] = first + i
	}
	return nil
}

// recallNumbers loads the stored numbers if some may have been assigned without an answer, so that no check gets a second
// one.
func (b *Recorder) recallNumbers(ctx context.Context) error {
	b.mu.Lock()
	unsure := b.unsure
	b.mu.Unlock()
	if !unsure {
		return nil
	}
	numbers, err := b.o.Store.CheckNumbers(ctx)
	if err != nil {
		return fmt.Errorf("load the numbers of checks: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.numbers, b.unsure = numbers, false
	return nil
}

// numberMissing assigns numbers to checks whose results came before they had one: Number failed for them.
func (b *Recorder) numberMissing(ctx context.Context) error {
	b.mu.Lock()
	missing := b.missing
	b.missing = false
	b.mu.Unlock()
	if !missing {
		return nil
	}
	return b.Number(ctx, b.o.Inventory())
}

// Flush stores everything that is buffered. What the store refuses stays buffered, up to mostSealed.
func (b *Recorder) Flush(ctx context.Context) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	b.seal()
	packs := b.sealed
	b.mu.Unlock()
	if len(packs) == 0 {
		return nil
	}
	err := b.o.Store.SavePacks(ctx, packs)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		return b.bounded(fmt.Errorf("save results: %w", err))
	}
	b.sealed = slices.Clone(b.sealed[len(packs):]) // the rest was sealed meanwhile
	for i := range packs {
		b.fresh[packs[i].From.Unix()/hourLength] = true
	}
	return nil
}

// bounded drops the oldest sealed packs until the rest is within bounds, and reports that. The caller holds mu.
func (b *Recorder) bounded(err error) error {
	size, drop := 0, 0
	for i := len(b.sealed) - 1; i >= 0; i-- {
		if size += len(b.sealed[i].Body); size > mostSealed {
			drop = i + 1
			break
		}
	}
	if drop == 0 {
		return err
	}
	b.sealed = slices.Clone(b.sealed[drop:])
	return fmt.Errorf("%w; the oldest results were dropped", err)
}
