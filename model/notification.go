package model

import (
	"strings"
	"time"
)

// NotificationKind says what a telling is about and how it reaches a chat: by a new message, or by an edit of the card.
type NotificationKind string

// The kinds. All but NotifyUpdated are new messages.
const (
	NotifyOpened     NotificationKind = "opened"      // an incident began: its card
	NotifyRaised     NotificationKind = "raised"      // its severity rose: a new card, the old one points to it
	NotifyResolved   NotificationKind = "resolved"    // it ended; the card is edited by a NotifyUpdated of its own
	NotifyUpdated    NotificationKind = "updated"     // silent: the card shows the snapshot; later edits replace earlier unsent ones
	NotifyMuteEnding NotificationKind = "mute_ending" // a mute is about to end
	NotifyMuteEnded  NotificationKind = "mute_ended"  // a mute ended and something still stands: the cards of all that does
	NotifyDigest     NotificationKind = "digest"      // hours opened, or a first start: what stands, what came and went
	NotifyReminder   NotificationKind = "reminder"    // it still stands, and nobody has it in hand
	NotifyDaily      NotificationKind = "daily"       // once a day: what stands, what is muted, what will run out
	NotifyNotice     NotificationKind = "notice"      // a word about opsbot itself
	NotifyReport     NotificationKind = "report"      // a document about what was seen
)

// Notification is one row of the outbox: a fact for one destination. It is written in the transaction of the state change
// that caused it, and rendered when it is sent, in the chat's language.
type Notification struct {
	ID        int64            `json:"id"`
	Kind      NotificationKind `json:"kind"`
	Incident  IncidentID       `json:"incident,omitempty"` // 0 when it is about no single incident
	To        Destination      `json:"to"`
	Severity  Severity         `json:"severity"`
	Silent    bool             `json:"silent,omitempty"` // arrives without a sound
	Created   time.Time        `json:"created"`
	NotBefore time.Time        `json:"not_before,omitzero"` // zero is at once; it is late when it arrives long after the later of Created and NotBefore
	Snapshot  Snapshot         `json:"snapshot"`

	Attempts int       `json:"attempts"`          // tries that may have reached the channel
	RetryAt  time.Time `json:"retry_at,omitzero"` // the next try is not before this: a backoff, or what the channel asked for; zero is at once
	Repeat   bool      `json:"repeat,omitempty"`  // an earlier try may have arrived: the message says so
}

// Queue says with what a telling is sent in order, among all for one destination: "" for alerts and the like, which must never wait
// behind a report, or behind one recipient of a mail whose server has no time for it; else something of its own.
func (t *Notification) Queue() string {
	var queue string
	if t.Kind == NotifyReport {
		queue = "report"
	}
	if len(t.Snapshot.Only) > 0 {
		queue += ":" + strings.Join(t.Snapshot.Only, ",")
	}
	return queue
}

// Snapshot is what a telling is about, as it was when it was written. Which fields are set follows from the Kind.
type Snapshot struct {
	Incident    *Incident    `json:"incident,omitempty"`     // opened, raised, resolved, updated, reminder
	Mute        *Mute        `json:"mute,omitempty"`         // mute_ending, mute_ended
	Hidden      *Hidden      `json:"hidden,omitempty"`       // mute_ending
	Open        []Incident   `json:"open,omitempty"`         // digest, mute_ended, daily: what is still open, worst first
	Gone        []Incident   `json:"gone,omitempty"`         // digest: what came and went meanwhile
	Notice      *Reason      `json:"notice,omitempty"`       // notice: the code of a text and its arguments
	Report      *Report      `json:"report,omitempty"`       // report
	FirstStart  bool         `json:"first_start,omitempty"`  // digest: of a first start, not of hours
	Backlog     bool         `json:"backlog,omitempty"`      // digest: of what could not be delivered for long, not of hours
	Daily       *Daily       `json:"daily,omitempty"`        // daily: what stands is in Open
	FallbackFor *FallbackFor `json:"fallback_for,omitempty"` // opened, raised, resolved: told here in place of somewhere else
	Only        []string     `json:"only,omitempty"`         // mails: the addresses that are still to get it; the others have it. Empty is all
}

// FallbackFor is the destination in whose place something is told: it cannot be reached. It gets its own as soon as it can.
type FallbackFor struct {
	To    Destination `json:"to"`
	Name  string      `json:"name"`            // of To, for people
	Since time.Time   `json:"since,omitzero"`  // from when on it has failed; zero when it takes nothing for good
	Ended bool        `json:"ended,omitempty"` // it may work again: only the end of what was told here is told here
}

// Daily is what a day's digest says beside what still stands.
type Daily struct {
	Mutes        []Mute   `json:"mutes,omitempty"`         // that hold, by their end
	Certificates []Expiry `json:"certificates,omitempty"`  // that run out within 30 days, the next one first
	HealthIssues []Reason `json:"health_issues,omitempty"` // what ails opsbot itself
}

// Expiry is the end of a certificate that checks have seen.
type Expiry struct {
	At     time.Time `json:"at"`
	Checks []CheckID `json:"checks"` // that see it end then, by id
}

// Card is what one destination was told of an incident, and the message that shows it there. It exists from the
// incident's opening on for every destination it is routed to, told or not: whoever has no card is told nothing.
type Card struct {
	Incident IncidentID
	To       Destination
	Message  int      // Telegram's message id; 0 until a card was sent
	Down     bool     // its beginning was told: its end will be
	Severity Severity // the highest it was told with; only read when Down
	Reminded int      // reminders that were told
}

// Receipt is what a channel gives back for a message it delivered.
type Receipt struct {
	Message int // Telegram's message id; 0 where there is none

	Later []NotDelivered // of a mail: recipients whom the server refuses for now; the others have it
	Never []NotDelivered // of a mail: recipients whom it refuses for good; the others have it
}

// NotDelivered is a recipient who did not get a mail that others got.
type NotDelivered struct {
	Address string
	Said    string // by the server
}

// SendFailure is a kind of failed delivery; what to do next follows from it.
type SendFailure string

// The failures.
const (
	SendNotSent   SendFailure = "not_sent"    // refused, no DNS: certainly not delivered; try again
	SendAmbiguous SendFailure = "ambiguous"   // timeout, reset, 5xx, garbage: may have been delivered; try again, marked
	SendFlood     SendFailure = "flood"       // 429: wait RetryAfter; no attempt
	SendMigrated  SendFailure = "migrated"    // the chat has a new id, MigratedTo
	SendChatDead  SendFailure = "chat_dead"   // 403, chat not found, thread not found
	SendBad       SendFailure = "bad_message" // 400: this message will never be taken as it is
	SendGone      SendFailure = "gone"        // an edit of a message that is not there any more
	SendRefused   SendFailure = "refused"     // 401, 404: our credentials are refused
)

// SendError is how a channel reports a failed delivery.
type SendError struct {
	Failure    SendFailure
	RetryAfter time.Duration // of SendFlood
	MigratedTo ChatID        // of SendMigrated
	Err        error
}

// Error names the failure and the cause.
func (e *SendError) Error() string {
	if e.Err == nil {
		return string(e.Failure)
	}
	return string(e.Failure) + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

// AuditEntry is one line of who did what.
type AuditEntry struct {
	At     time.Time `json:"at"`
	Actor  Actor     `json:"actor"`
	Action string    `json:"action"` // "mute", "unmute", "pair", "check", "webtest", "report", "refused"
	Target string    `json:"target,omitempty"`
	Before string    `json:"before,omitempty"`
	After  string    `json:"after,omitempty"`
	Result string    `json:"result"` // "ok", or the code of the error
}

// DeadLetter is a telling that was given up.
type DeadLetter struct {
	Notification Notification `json:"notification"`
	DeadAt       time.Time    `json:"dead_at"`
	Why          string       `json:"why"` // a SendFailure, or "no_channel"
}

// OutboxList is what the outbox holds, oldest first.
type OutboxList struct {
	Waiting []Notification `json:"waiting"`
	Dead    []DeadLetter   `json:"dead"`
	More    bool           `json:"more,omitempty"` // there is more than is listed
}

// The codes of what package alerts and package notify say by themselves. The arguments stand behind them.
const (
	ReasonUnknownLong  ReasonCode = "check.unknown"        // since (RFC 3339): could not be judged for long
	ReasonStorm        ReasonCode = "storm"                // total, open (incidents)
	ReasonEventGroup   ReasonCode = "event_group"          // hosts, sources (names)
	ReasonOffline      ReasonCode = "offline"              // probes (names of those that failed), checks (that failed with them)
	ReasonUnseen       ReasonCode = "offline.unknown"      // none: seen while opsbot was blind, which says nothing of the target
	NoticeNotDelivered ReasonCode = "notice.not_delivered" // to (a destination), address, said
	NoticeDeadLetter   ReasonCode = "notice.dead_letter"   // to (a destination), why (a SendFailure or "panic"), said, incident ("12" or "")
	NoticeStoreRefuses ReasonCode = "notice.store_refuses" // since (RFC 3339)
	NoticeStoreBack    ReasonCode = "notice.store_back"    // none
	NoticeReport       ReasonCode = "notice.report"        // name, said: it could not be made
	NoticeMigrated     ReasonCode = "notice.migrate"       // from, to: chat ids
)
