package botapi

import (
	"math"
	"net/http"
	"time"
)

// Rate is at most N messages in any Per; the zero Rate is no limit.
type Rate struct {
	N   int
	Per time.Duration
}

// Limits are how many messages the server accepts before it answers 429: for all chats, for one chat, and for one
// group.
type Limits struct {
	All, Chat, Group Rate
}

// TelegramLimits are the limits documented at https://core.telegram.org/bots/faq.
func TelegramLimits() Limits {
	return Limits{All: Rate{30, time.Second}, Chat: Rate{1, time.Second}, Group: Rate{20, time.Minute}}
}

// SetLimits changes the limits from now on.
func (s *Server) SetLimits(l Limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = l
}

// window records when the last messages were accepted.
type window struct{ taken []time.Time }

// wait is how long until one more message keeps the rate.
func (w *window) wait(r Rate, now time.Time) time.Duration {
	if r.N == 0 || len(w.taken) < r.N {
		return 0
	}
	return max(0, w.taken[len(w.taken)-r.N].Add(r.Per).Sub(now))
}

func (w *window) take(now time.Time) {
	const keep = 64
	if len(w.taken) >= 2*keep {
		w.taken = append([]time.Time(nil), w.taken[keep:]...)
	}
	w.taken = append(w.taken, now)
}

// budget counts one message to the chat against the limits, or returns an error to wait; the caller holds the lock.
func (s *Server) budget(c *chat) *apiError {
	now := s.clock.Now()
	wait := max(s.all.wait(s.limits.All, now), c.sent.wait(s.limits.Chat, now))
	if c.ID < 0 {
		wait = max(wait, c.sent.wait(s.limits.Group, now))
	}
	if wait > 0 {
		return s.flood(c.ID, int(math.Ceil(wait.Seconds())))
	}
	s.all.take(now)
	c.sent.take(now)
	return nil
}

// flood is the 429; calls for the chat before its end are marked Early.
func (s *Server) flood(chat int64, seconds int) *apiError {
	s.pauses[chat] = s.clock.Now().Add(time.Duration(seconds) * time.Second)
	return &apiError{Code: http.StatusTooManyRequests, Description: "Too Many Requests: retry later", RetryAfter: seconds}
}
