package model

import (
	"strings"
	"time"
)

// NotificationKind says what a notification is about and how it is delivered: as a new message, or as an edit of the card.
type NotificationKind string

// The kinds. All but NotifyUpdated and NotifyPageOver are new messages.
const (
	NotifyOpened     NotificationKind = "opened"      // an incident was opened: its card
	NotifyRaised     NotificationKind = "raised"      // its severity rose: a new card, to which the old one points
	NotifyResolved   NotificationKind = "resolved"    // it ended; its card is edited by a separate NotifyUpdated
	NotifyUpdated    NotificationKind = "updated"     // silent: edits the card to show the snapshot; replaces earlier unsent edits
	NotifyMuteEnding NotificationKind = "mute_ending" // a mute is about to end
	NotifyMuteEnded  NotificationKind = "mute_ended"  // a mute ended and incidents are still open: their cards
	NotifyDigest     NotificationKind = "digest"      // active hours began, or a first start: what is open, what ended meanwhile
	NotifyReminder   NotificationKind = "reminder"    // it is still open, and nobody acknowledged it
	NotifyDaily      NotificationKind = "daily"       // once a day: what is open, what is muted, what will expire
	NotifyNotice     NotificationKind = "notice"      // a message about opsbot itself
	NotifyReport     NotificationKind = "report"      // a document
	NotifyPage       NotificationKind = "page"        // wakes somebody: always with a sound, before all else, whatever the hours
	NotifyPageOver   NotificationKind = "page_over"   // silent: edits the message of a page to say how it went on
	NotifyShift      NotificationKind = "shift"       // on-call duty has changed hands, will, or will be with nobody
	NotifyCover      NotificationKind = "cover"       // somebody needs to be covered, or what became of it
)

// Notification is one row of the outbox: a snapshot for one destination. It is written in the transaction of the state change that
// caused it, and rendered when it is sent, in the chat's language.
type Notification struct {
	ID        int64            `json:"id"`
	Kind      NotificationKind `json:"kind"`
	Incident  IncidentID       `json:"incident,omitempty"` // 0 if it is about no single incident
	To        Destination      `json:"to"`
	Severity  Severity         `json:"severity"`
	Silent    bool             `json:"silent,omitempty"` // arrives without a sound
	Created   time.Time        `json:"created"`
	NotBefore time.Time        `json:"not_before,omitzero"` // zero is at once; it is late if it arrives long after the later of Created and NotBefore
	Snapshot  Snapshot         `json:"snapshot"`

	Attempts int       `json:"attempts"`          // attempts that may have reached the channel
	RetryAt  time.Time `json:"retry_at,omitzero"` // the next attempt is not before this: a backoff, or what the channel asked for; zero is at once
	Repeat   bool      `json:"repeat,omitempty"`  // an earlier attempt may have arrived: the message says so
	Restored bool      `json:"-"`                 // it is a repeat only because it comes from a backup: many such become a digest, as after a long outage
}

// Queue names the queue, among those of one destination, whose notifications are sent in order: "" for alerts and the like, which
// must never wait for a report or for one recipient whose mail server is slow; otherwise a queue of its own, as each page has.
func (t *Notification) Queue() string {
	var queue string
	switch p := t.Snapshot.Page; {
	case t.Kind == NotifyReport:
		queue = "report"
	case t.Kind == NotifyPage && p != nil:
		return PageQueue(p.Escalation, p.Page)
	case t.Kind == NotifyPageOver:
		queue = "page_over"
	}
	if len(t.Snapshot.Only) > 0 {
		queue += ":" + strings.Join(t.Snapshot.Only, ",")
	}
	return queue
}

// Snapshot is what a notification is about, as of when it was written. Which fields are set follows from the Kind.
type Snapshot struct {
	Incident    *Incident    `json:"incident,omitempty"`     // opened, raised, resolved, updated, reminder
	Mute        *Mute        `json:"mute,omitempty"`         // mute_ending, mute_ended
	Hidden      *Hidden      `json:"hidden,omitempty"`       // mute_ending
	Open        []Incident   `json:"open,omitempty"`         // digest, mute_ended, daily, shift: what is still open, worst first
	Resolved    []Incident   `json:"resolved,omitempty"`     // digest, mute_ended: what the destination was notified of as down before, and is over now
	Gone        []Incident   `json:"gone,omitempty"`         // digest, mute_ended: what opened and ended meanwhile
	Joined      *Joined      `json:"joined,omitempty"`       // raised: what the destination had not been notified of; nil if only the severity rose
	Notice      *Reason      `json:"notice,omitempty"`       // notice: the code of a text and its arguments
	Report      *Report      `json:"report,omitempty"`       // report
	FirstStart  bool         `json:"first_start,omitempty"`  // digest: of a first start, not of active hours
	Backlog     bool         `json:"backlog,omitempty"`      // digest: of what could not be delivered for long, not of active hours
	Daily       *Daily       `json:"daily,omitempty"`        // daily: open incidents are in Open
	Shift       *ShiftNews   `json:"shift,omitempty"`        // shift
	Cover       *CoverNews   `json:"cover,omitempty"`        // cover
	FallbackFor *FallbackFor `json:"fallback_for,omitempty"` // opened, raised, resolved: a copy sent in place of another destination
	Page        *PageInfo    `json:"page,omitempty"`         // page, page_over: beside their incident
	Only        []string     `json:"only,omitempty"`         // mails: addresses still to be delivered; the others have it. Empty means all
}

// FallbackFor is the unreachable destination that a fallback copy stands in for. It gets its own notification as soon as it can be
// reached.
type FallbackFor struct {
	To    Destination `json:"to"`
	Name  string      `json:"name"`            // of To, for people
	Since time.Time   `json:"since,omitzero"`  // since when it has failed; zero if it fails permanently
	Ended bool        `json:"ended,omitempty"` // it may work again: only the ends of incidents notified here are still sent here
}

// Daily is what a daily digest has beside open incidents.
type Daily struct {
	Mutes        []Mute   `json:"mutes,omitempty"`         // active ones, by their end
	Certificates []Expiry `json:"certificates,omitempty"`  // that expire within 30 days, the next one first
	HealthIssues []Reason `json:"health_issues,omitempty"` // opsbot's own health issues
	Leader       Reason   `json:"leader,omitzero"`         // who leads, of several opsbots; zero: there is one
}

// Expiry is the end of a certificate seen by checks.
type Expiry struct {
	At     time.Time `json:"at"`
	Checks []CheckID `json:"checks"` // that see this end, by id
}

// Card is what one destination was notified of about an incident, and the message that shows it there. It exists from the
// incident's opening on for every destination it is routed to, notified or not: without a card there is no notification.
type Card struct {
	Incident IncidentID
	To       Destination
	Message  int      // Telegram's message id; 0 until a card was sent
	Down     bool     // its beginning was notified: its end will be
	Severity Severity // the highest it was notified with; only valid if Down
	Reminded int      // reminders sent

	Named      Named     // what the destination was notified of, so that what joins later is news
	NotifiedAt time.Time // when the last message about the incident was written, edits aside; zero is never
	RaisedAt   time.Time // when the last NotifyRaised was; zero is never
}

// Joined is what has become part of an incident, or got down in it, since its destination was last notified, worst first.
type Joined struct {
	Services []ServiceState `json:"services,omitempty"`
	Worse    []ServiceState `json:"worse,omitempty"`    // named before, and worse now: most are down
	Checks   []CheckID      `json:"checks,omitempty"`   // standalone ones
	Unmapped []string       `json:"unmapped,omitempty"` // names of hosts that the inventory does not know
}

// Receipt is what a channel returns for a delivered message.
type Receipt struct {
	Message int // Telegram's message id; 0 if there is none

	Later []NotDelivered // recipients of a mail whom the server refuses for now; the others have it
	Never []NotDelivered // recipients whom it refuses permanently; the others have it
}

// NotDelivered is a recipient who did not get a mail that others got.
type NotDelivered struct {
	Address string
	Said    string // by the server
}

// SendFailure is a kind of failed delivery; it decides what to do next.
type SendFailure string

// The failures.
const (
	SendNotSent   SendFailure = "not_sent"    // refused, no DNS: certainly not delivered; retry
	SendAmbiguous SendFailure = "ambiguous"   // timeout, reset, 5xx, garbage: may have been delivered; retry, marked as repeated
	SendFlood     SendFailure = "flood"       // 429: wait as long as Wait says; no attempt
	SendDenied    SendFailure = "denied"      // 403, chat not found, topic gone: nothing is accepted until a person changes that; kept, and retried ever more seldom
	SendMigrated  SendFailure = "migrated"    // the chat has a new id, MigratedTo
	SendChatDead  SendFailure = "chat_dead"   // no recipient will ever be accepted
	SendBad       SendFailure = "bad_message" // 400: this message will never be accepted
	SendGone      SendFailure = "gone"        // an edit of a message that no longer exists
	SendRefused   SendFailure = "refused"     // 401, 404: our credentials are rejected
)

// SendError is how a channel reports a failed delivery.
type SendError struct {
	Failure    SendFailure
	RetryAfter time.Duration // of SendFlood: for how long it asks to be left alone
	Probe      time.Duration // of SendFlood: when an attempt is worth it in spite of that; 0: see Wait
	MigratedTo ChatID        // of SendMigrated
	Denial     Denial        // of SendDenied
	Err        error
}

// Wait is how long to leave a destination alone after a SendFlood: as long as it asks, at most MostWait.
func (e *SendError) Wait() time.Duration {
	if e.Probe > 0 {
		return min(e.Probe, MostWait)
	}
	return min(e.RetryAfter, MostWait)
}

// Error names the failure and the cause.
func (e *SendError) Error() string {
	if e.Err == nil {
		return string(e.Failure)
	}
	return string(e.Failure) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
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

// DeadLetter is a notification that was given up.
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

// The codes of what package alerts and package notify report themselves. The comment of each lists its arguments.
const (
	ReasonUnknownLong  ReasonCode = "check.unknown"        // since (RFC 3339): unknown for long
	ReasonStorm        ReasonCode = "storm"                // total, open (incidents)
	ReasonEventGroup   ReasonCode = "event_group"          // hosts, sources (names)
	ReasonOffline      ReasonCode = "offline"              // probes (names of those that failed), checks (that failed with them)
	ReasonUnseen       ReasonCode = "offline.unknown"      // none: a result from while opsbot was offline, which says nothing about the target
	ReasonPage         ReasonCode = "page"                 // who (is paged), by, text: of IncidentPage
	NoticeNotDelivered ReasonCode = "notice.not_delivered" // to (a destination), address, said
	NoticeDeadLetter   ReasonCode = "notice.dead_letter"   // to (a destination), why (a SendFailure or "panic"), said, incident ("12" or "")
	NoticeStoreRefuses ReasonCode = "notice.store_refuses" // since (RFC 3339)
	NoticeStoreBack    ReasonCode = "notice.store_back"    // none
	NoticeReport       ReasonCode = "notice.report"        // name, said: it could not be created
	NoticeMigrated     ReasonCode = "notice.migrate"       // from, to: chat ids
	NoticeGatewayTest  ReasonCode = "notice.gateway_test"  // gateway, person
)
