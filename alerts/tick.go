package alerts

import (
	"context"
	"time"
)

// longestSleep bounds how long Run sleeps, since the clock that is handed in may jump.
const longestSleep = 15 * time.Second

// Tick does what time alone brings: tellings whose wait is over, hours that open, mutes that warn and end, checks that
// are unknown for long, a commit that is tried again. Its error is the store's.
func (b *Manager) Tick(ctx context.Context) error { return b.update(ctx, (*transaction).byTime) }

// byTime does what is due and finds out when the next thing will be.
func (s *transaction) byTime() {
	s.wakeAt = time.Time{}
	s.settle()
	s.warnUnknown()
	s.openWindows()
	s.timeMutes()
	s.watchFlapping()
	s.remind()
	s.daily()
	s.releaseDue()
}

// NextWake is when Tick has something to do again; the zero time when nothing is foreseen.
func (b *Manager) NextWake() time.Time {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.wakeAt
}

// Run ticks at once and then when it is time, until ctx ends. Errors of the store are kept for Health, and the commit
// is tried again.
func (b *Manager) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.poke:
		case <-timer.C:
		}
		if wake := b.NextWake(); !wake.IsZero() && !b.now().Before(wake) {
			_ = b.Tick(ctx) // Health has it
		}
		timer.Reset(b.sleep())
	}
}

func (b *Manager) sleep() time.Duration {
	wake := b.NextWake()
	if wake.IsZero() {
		return longestSleep
	}
	return min(longestSleep, max(0, wake.Sub(b.now())))
}
