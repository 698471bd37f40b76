package history

import (
	"context"
	"time"

	"opsbot"
)

// lifeSlack is how late a mark of life may be: a process that stood still for longer measured nothing meanwhile.
const lifeSlack = 3 * lifeEvery

// Live marks that opsbot runs, as Run does every minute.
func (b *Book) Live(ctx context.Context) error { return b.mark(ctx, lifeSlack) }

// mark notes that opsbot runs. That it did not, or stood still, for longer than slack is a gap.
func (b *Book) mark(ctx context.Context, slack time.Duration) error {
	now := b.o.Now()
	b.mu.Lock()
	last := b.alive
	b.mu.Unlock()
	var gap opsbot.Span
	switch {
	case last.IsZero(): // states that an earlier version left say nothing of the time before
		gap = opsbot.Span{From: time.UnixMilli(0), To: now}
	case now.Sub(last) > slack:
		gap = opsbot.Span{From: last, To: now}
	}
	if err := b.o.Store.SetAlive(ctx, now, gap); err != nil {
		return err // the next mark says the same; a gap it makes of this time would be wrong
	}
	b.mu.Lock()
	b.alive = now
	b.mu.Unlock()
	return nil
}
