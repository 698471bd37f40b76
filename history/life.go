package history

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// lifeSlack is how late a record that opsbot runs may be: a process suspended for longer measured nothing meanwhile.
const lifeSlack = 3 * lifeEvery

// Live records that opsbot runs, as Run does every minute.
func (b *Recorder) Live(ctx context.Context) error { return b.mark(ctx, lifeSlack) }

// mark records that opsbot runs. A time longer than slack without a record is a gap. Gaps that the store refuses are written
// with the next record: the refusal itself is no gap.
func (b *Recorder) mark(ctx context.Context, slack time.Duration) error {
	now := b.o.Now()
	b.mu.Lock()
	switch {
	case b.alive.IsZero(): // states written by an earlier version say nothing about the time before
		b.gaps = append(b.gaps, model.Span{From: time.UnixMilli(0), To: now})
	case now.Round(0).Sub(b.alive.Round(0)) > slack: // elapsed time stands still while a machine sleeps
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
