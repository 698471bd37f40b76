package inbound

import (
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// hookPatience is for how long the end of an event that asking found may be unknown to the hook: Alertmanager sends ends with
// its group_interval, 5 minutes by default.
const hookPatience = 15 * time.Minute

// State says how the source is heard. Missing ends with what a stream or a hook does not give.
func (w *Watcher) State() model.SourceState {
	s := w.connection.state()
	s.Name, s.Kind, s.Active = w.o.Name, w.o.Kind, w.ledger.Open()
	unannounced := w.ledger.UnannouncedSince()
	if w.o.Client != nil && !s.LastHook.IsZero() && !unannounced.IsZero() && w.o.Now().Sub(unannounced) >= hookPatience {
		s.Missing = append(s.Missing, model.NewReason(model.ReasonSourceHookOff, "since", unannounced.UTC().Format(time.RFC3339)))
	}
	return s
}

// hearing is how a source is heard. It is safe for concurrent use.
type connection struct {
	mu           sync.Mutex
	started      time.Time
	probe        Probe
	partial      []model.Reason // what did not answer in the last poll
	stream       model.Reason   // why there is none now
	answered     time.Time
	hook         time.Time
	failing      model.Reason
	since        time.Time
	away         bool // it was unheard until now, since answered; or opsbot was
	lostAt       time.Time
	foundAt      time.Time
	disconnected bool // and the Sink knows
	greeted      bool // the Sink knows that it is heard, since the start
}

func (h *connection) state() model.SourceState {
	h.mu.Lock()
	defer h.mu.Unlock()
	missing := slices.Concat(h.probe.Missing, h.partial)
	if !h.stream.IsZero() && h.failing.IsZero() { // of a source that is away it goes without saying
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

// hooked notes that a hook came.
func (h *connection) hooked(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hook = now
}

// last is when something last came, the start when nothing did.
func (h *connection) last() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hook.After(h.started) {
		return h.hook
	}
	return h.started
}

// streaming notes why there is no stream, or by the zero Reason that there is one; it reports whether that is new.
func (h *connection) streaming(why model.Reason) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	fresh := h.stream.Code != why.Code
	h.stream = why
	return fresh
}

// lost notes that the source is not heard; it reports whether that, or why, is new.
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

// found notes that the source is heard.
func (h *connection) found(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.away {
		h.lostAt, h.foundAt, h.away = h.answered, now, false
	}
	h.answered, h.failing, h.since = now, model.Reason{}, time.Time{}
}

// news is what the Sink should be told: that the source has been silent for too long, or by the zero Reason that it is heard.
// After a start it is told so once: it may have been silent before.
func (h *connection) news(now time.Time, disconnectedAfter time.Duration) (why model.Reason, due bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.failing.IsZero() {
		return h.failing, disconnectedAfter > 0 && !h.disconnected && now.Sub(h.since) >= disconnectedAfter
	}
	return model.Reason{}, h.disconnected || !h.greeted && !h.answered.IsZero() && h.answered.After(h.started.Add(-1))
}

// told notes what the Sink knows.
func (h *connection) syncState(disconnected bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disconnected, h.greeted = disconnected, h.greeted || !disconnected
}
