package alerts

import (
	"context"
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
	m.storage.committed(ids)
	return nil
}

// committed begins anew after a commit that gave numbers to the notifications.
func (s *storage) committed(ids []int64) {
	for i := range min(len(ids), len(s.pending.notifications)) {
		s.pending.notifications[i].ID = ids[i]
	}
	s.pending = newPending()
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

// storeError is a commit's failure in words for a person.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	if model.CodeOf(err) == model.ErrStore { // in words already
		return err
	}
	return &model.Error{Code: model.ErrStore, Args: map[string]string{"what": err.Error()}, Err: err}
}
