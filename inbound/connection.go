package inbound

import (
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// hookPatience is how long a webhook may lag behind an end found by polling: Alertmanager sends ends with its group_interval,
// 5 minutes by default.
const hookPatience = 15 * time.Minute

// State returns the connection status of the source. Missing ends with what a stream or a hook does not deliver.
func (w *Watcher) State() model.SourceState {
	s := w.connection.state()
	s.Name, s.Kind, s.Active, s.Queried = w.o.Name, w.o.Kind, w.ledger.Open(), w.o.Client != nil
	s.Missing = append(s.Missing, w.odd.reasons(w.o.Now())...)
	unannounced := w.ledger.UnannouncedSince()
	if w.o.Client != nil && !s.LastHook.IsZero() && !unannounced.IsZero() && w.o.Now().Sub(unannounced) >= hookPatience {
		s.Missing = append(s.Missing, model.NewReason(model.ReasonSourceHookOff, "since", unannounced.UTC().Format(time.RFC3339)))
	}
	return s
}

// connection is the connection status of a source. It is safe for concurrent use.
type connection struct {
	mu           sync.Mutex
	started      time.Time
	probe        Probe
	partial      []model.Reason // members that did not answer the last poll
	stream       model.Reason   // why there is none now
	answered     time.Time
	hook         time.Time
	failing      model.Reason
	since        time.Time
	away         bool // it was disconnected until now, since answered; or opsbot was not running
	lostAt       time.Time
	foundAt      time.Time
	disconnected bool // and the Sink knows
	greeted      bool // the Sink knows that it is connected, since the start
}

func (h *connection) state() model.SourceState {
	h.mu.Lock()
	defer h.mu.Unlock()
	missing := slices.Concat(h.probe.Missing, h.partial)
	if !h.stream.IsZero() && h.failing.IsZero() { // redundant for a source that is away
		missing = append(missing, h.stream)
	}
	return model.SourceState{
		Version: h.probe.Version, Answered: h.answered, Failing: h.failing, Since: h.since, Disconnected: h.disconnected, Missing: missing,
		LastHook: h.hook, LostAt: h.lostAt, FoundAt: h.foundAt,
	}
}

func (h *connection) probed(p Probe) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.probe = p
}

func (h *connection) partly(missing []model.Reason) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.partial = missing
}

func (h *connection) well() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failing.IsZero()
}

// hooked records that a hook call arrived.
func (h *connection) hooked(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hook = now
}

// last is when something last arrived, or the start.
func (h *connection) last() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hook.After(h.started) {
		return h.hook
	}
	return h.started
}

// streaming records why there is no stream, or by the zero Reason that there is one; it reports whether that is new.
func (h *connection) streaming(why model.Reason) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	fresh := h.stream.Code != why.Code
	h.stream = why
	return fresh
}

// lost records that the source is disconnected; it reports whether that, or why, is new.
func (h *connection) lost(why model.Reason, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	fresh := h.failing.Code != why.Code
	if h.failing.IsZero() {
		h.since = now
		h.away = h.away || !h.answered.IsZero()
	}
	h.failing = why
	return fresh
}

// found records that the source is connected.
func (h *connection) found(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.away {
		h.lostAt, h.foundAt, h.away = h.answered, now, false
	}
	h.answered, h.failing, h.since = now, model.Reason{}, time.Time{}
}

// news is what the Sink should be notified of: that the source has been disconnected for too long, or by the zero Reason that
// it is connected. After a start that is always sent once: it may have been disconnected before.
func (h *connection) news(now time.Time, disconnectedAfter time.Duration) (why model.Reason, due bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.failing.IsZero() {
		return h.failing, disconnectedAfter > 0 && !h.disconnected && now.Sub(h.since) >= disconnectedAfter
	}
	return model.Reason{}, h.disconnected || !h.greeted && !h.answered.IsZero() && h.answered.After(h.started.Add(-1))
}

// syncState records what the Sink knows.
func (h *connection) syncState(disconnected bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disconnected, h.greeted = disconnected, h.greeted || !disconnected
}
