package ops

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// Why a heartbeat may be refused, besides the store's own errors.
var (
	ErrNoHeartbeat       = errors.New("no such heartbeat, or not with this token") // one error for both: names must not be guessable
	ErrHeartbeatMethod   = errors.New("this method does not count here: use POST")
	ErrHeartbeatsTooFast = errors.New("too many calls")
)

// The rate limit of heartbeats of one job. Each call is a write to the disk.
const (
	heartbeatPace  = time.Second // one call each
	heartbeatBurst = 20          // calls in advance: a job that sends start and finish, and curl's retries
)

// HeartbeatDeps are the dependencies of Heartbeats. All are required.
type HeartbeatDeps struct {
	// Token is the token of a check's job; false if there is no such heartbeat.
	Token func(id model.CheckID) (model.Secret, bool)
	// Methods are the HTTP methods with which a check's job may call.
	Methods func(id model.CheckID) []string
	// Save stores a call durably.
	Save func(ctx context.Context, id model.CheckID, b model.HeartbeatCall) error
	// Recheck asks the scheduler to run a check now.
	Recheck func(id model.CheckID)
	Now     func() time.Time
}

// Heartbeats receives heartbeats of jobs. It is safe for concurrent use.
type Heartbeats struct {
	d HeartbeatDeps

	mu    sync.Mutex
	spent map[model.CheckID]time.Time // until when the rate limit is used up, at heartbeatPace
}

// NewHeartbeats returns Heartbeats.
func NewHeartbeats(d HeartbeatDeps) *Heartbeats {
	return &Heartbeats{d: d, spent: map[model.CheckID]time.Time{}}
}

// Admit checks a token and a method before anything of a call is read: nil, ErrNoHeartbeat or ErrHeartbeatMethod.
func (h *Heartbeats) Admit(id model.CheckID, token, method string) error {
	if err := h.known(id, token); err != nil {
		return err
	}
	if !slices.Contains(h.d.Methods(id), method) {
		return ErrHeartbeatMethod
	}
	return nil
}

func (h *Heartbeats) known(id model.CheckID, token string) error {
	want, known := h.d.Token(id)
	// Hashes have equal length and are compared for an unknown name too, so that the time it takes reveals nothing.
	shown, wanted := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(want.Reveal()))
	if same := subtle.ConstantTimeCompare(shown[:], wanted[:]) == 1; !same || !known || want.IsZero() {
		return ErrNoHeartbeat
	}
	return nil
}

// Take receives one call and sets its At. Without an error the call is on the disk, and the check will run soon. Nothing is
// written or stored for a caller without the token.
func (h *Heartbeats) Take(ctx context.Context, id model.CheckID, token string, b model.HeartbeatCall) error {
	if err := h.known(id, token); err != nil {
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
