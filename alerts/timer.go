package alerts

import (
	"context"
	"time"
)

// longestSleep bounds how long Run sleeps, since the wall clock may be set.
const longestSleep = 3 * time.Second

// timer is when the Manager has to judge again by time alone.
type timer struct {
	next time.Time     // zero is never
	wake chan struct{} // tells Run that it has to wake earlier
}

// wakeBy has Run tick at a moment or earlier; zero is never.
func (tm *timer) wakeBy(at time.Time) {
	if at.IsZero() || !tm.next.IsZero() && !at.Before(tm.next) {
		return
	}
	tm.next = at
	select {
	case tm.wake <- struct{}{}:
	default:
	}
}

func (tm *timer) isDue(at time.Time) bool { return !tm.next.IsZero() && !at.Before(tm.next) }

// Tick does what time alone brings: notifications whose wait is over, active hours that open, mutes that warn and end, checks
// that are unknown for long, a commit that is tried again. Its error is the store's.
func (m *Manager) Tick(ctx context.Context) error { return m.update(ctx, (*transaction).passTime) }

// CatchUp is Tick when something is due, and nothing otherwise.
func (m *Manager) CatchUp(ctx context.Context) error {
	if !m.isDue(m.state.now()) {
		return nil
	}
	return m.Tick(ctx)
}

// isDue reports whether something is, or the wall clock was set.
func (m *Manager) isDue(now time.Time) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.timer.isDue(now) || m.state.clock.Stepped(now)
}

// passTime does what is due and finds out when the next thing will be.
func (t *transaction) passTime() {
	t.next = time.Time{}
	for _, s := range timed {
		s.apply(t)
	}
}

// NextWake is when Tick has something to do again; the zero time when nothing is foreseen.
func (m *Manager) NextWake() time.Time {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.timer.next
}

// Run ticks at once and then when it is time, until ctx ends. Errors of the store are kept for Health, and the commit is
// tried again.
func (m *Manager) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			m.gatherNoMore(context.WithoutCancel(ctx))
			return nil
		case <-m.timer.wake:
		case <-timer.C:
		}
		_ = m.CatchUp(ctx) // Health has it
		timer.Reset(m.sleep())
	}
}

func (m *Manager) sleep() time.Duration {
	wake := m.NextWake()
	if wake.IsZero() {
		return longestSleep
	}
	return min(longestSleep, max(0, wake.Sub(m.state.now())))
}

// firstOf returns the first of two moments that is not zero.
func firstOf(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}
