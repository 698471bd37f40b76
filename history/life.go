package history

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// lifeSlack is how late a mark of life may be: a process that stood still for longer measured nothing meanwhile.
const lifeSlack = 3 * lifeEvery

// Live marks that opsbot runs, as Run does every minute.
func (b *Recorder) Live(ctx context.Context) error { return b.mark(ctx, lifeSlack) }

// mark notes that opsbot runs. That it did not, or stood still, for longer than slack is a gap. What the store refuses is noted
// with the next mark: that it refused is no gap.
func (b *Recorder) mark(ctx context.Context, slack time.Duration) error {
	now := b.o.Now()
	b.mu.Lock()
	switch {
	case b.alive.IsZero(): // states that an earlier version left say nothing of the time before
		b.gaps = append(b.gaps, model.Span{From: time.UnixMilli(0), To: now})
	case now.Sub(b.alive) > slack:
		b.gaps = append(b.gaps, model.Span{From: b.alive, To: now})
	}
	b.alive = now
	gaps := slices.Clone(b.gaps)
	b.mu.Unlock()
	if err := b.o.Store.SetAlive(ctx, now, gaps); err != nil {
		return err
	}
	b.mu.Lock()
	b.gaps = b.gaps[len(gaps):]
	b.mu.Unlock()
	return nil
}
