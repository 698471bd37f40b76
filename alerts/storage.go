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
