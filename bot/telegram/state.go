package telegram

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// staleAfter is how many poll timeouts without a completed poll are too many.
const staleAfter = 3

// state is the health of the poll loop.
type state struct {
	clock  Clock
	poll   time.Duration
	report func(Health)

	mu    sync.Mutex
	h     Health
	alive time.Time // the last completed poll, or the start
}

func newState(clock Clock, poll time.Duration, report func(Health)) *state {
	return &state{clock: clock, poll: poll, report: report, alive: clock.Now()}
}

func (s *state) snapshot() Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.h
}

func (s *state) count(change func(*Health)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.h)
}

// change applies one and reports it when it is news.
func (s *state) change(f func(h *Health, now time.Time)) {
	s.mu.Lock()
	before := s.h
	f(&s.h, s.clock.Now())
	after := s.h
	s.mu.Unlock()
	if before.Failure != after.Failure || before.Stale != after.Stale || before.Me != after.Me || before.OK() != after.OK() {
		s.report(after)
	}
}

func (s *state) identified(me Identity) {
	s.change(func(h *Health, _ time.Time) {
		h.Me = me
		h.Failure, h.Since, h.Until, h.Error = FailureNone, time.Time{}, time.Time{}, ""
	})
}

// polled notes that a poll was completed; unkept is why the journal refuses what it brings, nil while it works.
func (s *state) polled(unkept error, redact func(string) string) {
	s.change(func(h *Health, now time.Time) {
		h.LastPoll, h.Stale, h.Until = now, false, time.Time{}
		s.alive = now
		if unkept == nil {
			h.Failure, h.Since, h.Error = FailureNone, time.Time{}, ""
			return
		}
		if h.Failure != FailureJournal {
			h.Failure, h.Since = FailureJournal, now
		}
		h.Error = redact(unkept.Error())
	})
}

func (s *state) failed(err error, text string) {
	s.change(func(h *Health, now time.Time) {
		kind := failureKind(err)
		if h.Failure != kind {
			h.Failure, h.Since = kind, now
		}
		h.Error, h.Until = text, time.Time{}
		if e, ok := errors.AsType[*model.SendError](err); ok && e.Failure == model.SendFlood {
			h.Until = now.Add(e.RetryAfter)
		}
	})
}

func failureKind(err error) Failure {
	if errors.Is(err, errJournal) {
		return FailureJournal
	}
	if api, ok := errors.AsType[*apiError](err); ok && api.Code == http.StatusConflict {
		if strings.Contains(strings.ToLower(api.Description), "webhook") {
			return FailureWebhook
		}
		return FailureConflict
	}
	switch failureOf(err) {
	case model.SendRefused:
		return FailureRefused
	case model.SendFlood:
		return FailureFlood
	default:
		return FailureUnreachable
	}
}

// watch reports when no poll completes for too long, whatever the loop is doing.
func (s *state) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.clock.After(s.poll):
		}
		s.change(func(h *Health, now time.Time) {
			h.Stale = now.Sub(s.alive) >= staleAfter*s.poll
		})
	}
}
