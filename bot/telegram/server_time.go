package telegram

import (
	"net/http"
	"sync/atomic"
	"time"
)

// serverTime is how far our wall clock is from Telegram's, as its answers are dated. How old a message is says Telegram's clock alone: with
// ours, every command would be too old while it is wrong by more than that. The zero value trusts ours.
type serverTime struct{ ahead atomic.Int64 }

// note takes in the date of an answer that has just come. It is whole seconds: what is less is no difference.
func (s *serverTime) note(answer http.Header, now time.Time) {
	at, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return
	}
	ahead := now.Round(0).Sub(at)
	if ahead.Abs() < 2*time.Second {
		ahead = 0
	}
	s.ahead.Store(int64(ahead))
}

// age is how old something is that Telegram dated.
func (s *serverTime) age(date, now time.Time) time.Duration {
	return now.Round(0).Sub(date) - time.Duration(s.ahead.Load())
}

// age is how old a message is that Telegram dated.
func (c *Client) age(date, now time.Time) time.Duration { return c.polling.server.age(date, now) }
