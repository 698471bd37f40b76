package telegram

import "time"

// Failure is why polling does not work.
type Failure string

// The failures.
const (
	FailureNone        Failure = ""
	FailureUnreachable Failure = "unreachable" // nobody answers, or not with the Bot API's answers
	FailureConflict    Failure = "conflict"    // 409: another program polls with this token
	FailureWebhook     Failure = "webhook"     // 409: a webhook is set, so that polls are refused
	FailureRefused     Failure = "refused"     // 401, 404: the token is wrong
	FailureFlood       Failure = "flood"       // 429
	FailureJournal     Failure = "journal"     // updates cannot be noted: they are answered, and change nothing
)

// Health is a snapshot of the poll loop.
type Health struct {
	Me       Identity  // zero until Telegram has told us who we are
	LastPoll time.Time // when a poll last completed; zero before the first
	Failure  Failure   // of the last poll
	Since    time.Time // when Failure began; zero while it is FailureNone
	Until    time.Time // of FailureFlood: how long Telegram wants to be left alone
	Error    string    // what the last failed poll said, without secrets; empty while all is well
	Stale    bool      // no poll has completed for three poll timeouts

	Received, Poisoned, Dropped, Panics int64 // updates since the start
}

// OK reports whether polls complete.
func (h Health) OK() bool { return h.Failure == FailureNone && !h.Stale && !h.LastPoll.IsZero() }

// Identity is who Telegram says we are.
type Identity struct {
	ID       int64
	Username string // without "@"
	Name     string
}
