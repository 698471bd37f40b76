package ops

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"opsbot/model"
)

// What a call of a job may be refused with, besides the store's own errors.
var (
	ErrNoHeartbeat       = errors.New("no such heartbeat, or not with this token") // one error for both: names are not to be guessed
	ErrHeartbeatsTooFast = errors.New("too many calls")
)

// How fast one job may call. Each call is a write to the disk.
const (
	heartbeatPace  = time.Second // a call for each
	heartbeatBurst = 20          // calls in advance: a job that says start and finish, with what curl repeats
)

// HeartbeatDeps are what Heartbeats need of the rest of the house. All are required.
type HeartbeatDeps struct {
	// Token is what the job of a check must show; false when there is no such heartbeat.
	Token func(id model.CheckID) (model.Secret, bool)
	// Save puts a call on the disk.
	Save func(ctx context.Context, id model.CheckID, b model.HeartbeatCall) error
	// Recheck asks the schedule to run a check now.
	Recheck func(id model.CheckID)
	Now     func() time.Time
}

// Heartbeats takes the calls of jobs. It is safe for concurrent use.
type Heartbeats struct {
	d HeartbeatDeps

	mu    sync.Mutex
	spent map[model.CheckID]time.Time // until when what was called is paid for, at heartbeatPace
}

// NewHeartbeats makes Heartbeats.
func NewHeartbeats(d HeartbeatDeps) *Heartbeats {
	return &Heartbeats{d: d, spent: map[model.CheckID]time.Time{}}
}

// Admit says whether a call would be taken from whoever shows this token: nil, or ErrNoHeartbeat.
func (h *Heartbeats) Admit(id model.CheckID, token string) error {
	want, known := h.d.Token(id)
	// Of equal lengths, and compared for an unknown name too: the time it takes tells nothing.
	shown, wanted := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(want.Reveal()))
	if same := subtle.ConstantTimeCompare(shown[:], wanted[:]) == 1; !same || !known || want.IsZero() {
		return ErrNoHeartbeat
	}
	return nil
}

// Take takes one call; its At is set here. Without an error the call is on the disk, and the check is about to be looked at.
// Nothing is written, and nothing remembered, for whoever does not know the token.
func (h *Heartbeats) Take(ctx context.Context, id model.CheckID, token string, b model.HeartbeatCall) error {
	if err := h.Admit(id, token); err != nil {
		return err
	}
	b.At = h.d.Now()
	if !h.pay(id, b.At) {
		return ErrHeartbeatsTooFast
	}
	if err := h.d.Save(ctx, id, b); err != nil {
		return err
	}
	h.d.Recheck(id)
	return nil
}

func (h *Heartbeats) pay(id model.CheckID, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	until := h.spent[id]
	if until.Before(now) || until.Sub(now) > heartbeatBurst*heartbeatPace { // the latter: the clock was set back
		until = now
	}
	if until = until.Add(heartbeatPace); until.Sub(now) > heartbeatBurst*heartbeatPace {
		return false
	}
	h.spent[id] = until
	return true
}
