package alerts

import (
	"context"
	"errors"
	"time"

	"opsbot/model"
)

// retryStore is the pace at which a commit that failed is tried again when nothing else commits.
const retryStore = time.Second

// storage commits what is decided. What it could not commit stays pending.
type storage struct {
	store   Store
	wake    func() // wakes the dispatcher
	pending *pending
	gather  gathering
}

// GatherFirst is how long first results may wait by default. A crash forgets that these checks have run; they run again.
const GatherFirst = 5 * time.Second

// mostGathered is how many states wait at most.
const mostGathered = 2048

// gathering lets first results wait to be stored together, so that a first round writes each page of the database a few times, not once
// for each check: in its order states are all over the table.
type gathering struct {
	length time.Duration // how long the first of them waits; 0: not at all
	since  time.Time     // since when it does; zero: nothing waits
}

// until is until when all that is pending waits; zero: it does not.
func (g *gathering) until(p *pending, now time.Time) time.Time {
	if g.length == 0 || !p.mayWait() || len(p.checks) >= mostGathered {
		return time.Time{}
	}
	if g.since.IsZero() || now.Before(g.since) {
		g.since = now
	}
	if end := g.since.Add(g.length); now.Before(end) {
		return end
	}
	return time.Time{}
}

// commit stores what is pending. The caller holds updating and not mu: readers go on meanwhile.
func (m *Manager) commit(ctx context.Context) error {
	change := m.storage.pending.change()
	if change.IsZero() {
		return nil
	}
	ids, err := m.storage.store.Commit(ctx, change)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		now := m.state.now()
		m.health = Health{Err: err, Since: firstOf(m.health.Since, now)}
		m.timer.wakeBy(now.Add(retryStore))
		return err
	}
	m.health = Health{}
	m.state.paging.counts.stored(change.Escalations)
	m.storage.committed(ids)
	return nil
}

// gatherNoMore stores what waits, and has nothing wait any more.
func (m *Manager) gatherNoMore(ctx context.Context) {
	m.updating.Lock()
	defer m.updating.Unlock()
	m.storage.gather.length = 0
	_ = m.commit(ctx) // Health has it
}

// committed begins anew after a commit that gave numbers to the notifications.
func (s *storage) committed(ids []int64) {
	for i := range min(len(ids), len(s.pending.notifications)) {
		s.pending.notifications[i].ID = ids[i]
	}
	s.pending, s.gather.since = newPending(), time.Time{}
	if len(ids) > 0 {
		s.wake()
	}
}

// Health says whether what is decided is also stored.
type Health struct {
	Err   error     // the store's last error; nil after a commit that went well
	Since time.Time // of the first error in a row
}

// Health returns the present health.
func (m *Manager) Health() Health {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.health
}

// storable stores what is pending. An error (ErrUnchanged) means that the store refuses writes: a person's action had better not
// begin.
func (m *Manager) storable(ctx context.Context) error {
	m.updating.Lock()
	defer m.updating.Unlock()
	return unchanged(m.commit(ctx))
}

// unchanged is a commit's failure in words for a person whose action had no effect.
func unchanged(err error) error { return inWords(model.ErrUnchanged, err) }

// unstored is a commit's failure in words for a person whose action is in effect, and pending.
func unstored(err error) error { return inWords(model.ErrUnstored, err) }

// storeError is a commit's failure in words for a person.
func storeError(err error) error { return inWords(model.ErrStore, err) }

func inWords(code model.ErrorCode, err error) error {
	if err == nil {
		return nil
	}
	what := err.Error()
	if e, ok := errors.AsType[*model.Error](err); ok && e.Code == model.ErrStore {
		what = e.Args["what"]
	}
	return &model.Error{Code: code, Args: map[string]string{"what": what}, Err: err}
}
