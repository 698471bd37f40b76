package notify

import (
	"context"
	"time"

	"opsbot/model"
)

// Channel delivers notifications. Deliver may be called from several goroutines at once, but never concurrently for the same destination
// and the same Notification.Queue: a report may be in progress while an alert is sent there. A failure is an *model.SendError; any other
// error counts as ambiguous. The card is the one of the notification's incident at its destination (zero if there is none): a NotifyUpdated
// changes card.Message, which is never 0 then; a NotifyRaised may also let the message card.Message point to the new one. A report comes
// with its parts, as far as they are stored. The channel marks a message as late by the later of Notification.Created and
// Notification.NotBefore, and marks a Notification.Repeat.
type Channel interface {
	Deliver(ctx context.Context, notification model.Notification, card model.Card) (model.Receipt, error)
}

// Outbox holds the unsent notifications.
type Outbox interface {
	// Due returns, for each destination and Notification.Queue, the first `limit` notifications whose NotBefore is not after now, by ID.
	// RetryAt is ignored: what waits for a retry is returned too, since it holds back what is behind it.
	Due(ctx context.Context, now time.Time, limit int) ([]model.Notification, error)
	// NextDue is the earliest NotBefore after now of all notifications; zero if there is none.
	NextDue(ctx context.Context, now time.Time) (time.Time, error)
	// Begin marks a notification as being sent and counts the attempt. false: it no longer exists (dropped, or replaced: a digest has the
	// number of a notification that it replaces, and another kind).
	Begin(ctx context.Context, id int64, kind model.NotificationKind) (bool, error)
	// Backlog returns the first limit notifications of one destination behind a number, deferred or not, by ID; only those whose Queue
	// is "".
	Backlog(ctx context.Context, to model.Destination, after int64, limit int) ([]model.Notification, error)
	// BacklogSize is how many messages of one destination a digest could replace, and when the oldest was created.
	BacklogSize(ctx context.Context, to model.Destination) (n int, oldest time.Time, err error)
	// Behind returns all notifications of a notification's destination that wait behind it and are about some incidents (0: about no
	// single one), deferred or not, by ID; only those whose Queue is "".
	Behind(ctx context.Context, notification *model.Notification, incidents []model.IncidentID) ([]model.Notification, error)
	// Drop deletes a notification that need not be sent. false: it no longer exists, as with Begin.
	Drop(ctx context.Context, id int64, kind model.NotificationKind) (bool, error)
	// Coalesce replaces notifications that were never tried by a digest, in one transaction; false: one of them is gone or was tried, and
	// nothing is changed. The digest gets the number of the last of them: later notifications stay behind it.
	Coalesce(ctx context.Context, drop []int64, digest model.Notification) (bool, error)
	// Sent deletes a notification and, in the same transaction, stores what it says (Notification.Says), and the receipt's message as the
	// card of its incident and destination if the kind is opened or raised and the message is not 0.
	Sent(ctx context.Context, notification model.Notification, receipt model.Receipt) error
	// ReportParts returns the parts of a notification's report; nil if nothing of it is stored.
	ReportParts(ctx context.Context, notification int64) (*model.ReportParts, error)
	// KeepRecipients unmarks a notification that some recipients of a mail have: it is retried with its new Snapshot, only for those in
	// Snapshot.Only, in their Queue, not before retryAt. What it says counts as delivered.
	KeepRecipients(ctx context.Context, notification model.Notification, retryAt time.Time) error
	// Enqueue adds a notification.
	Enqueue(ctx context.Context, notification model.Notification) error
	// Postpone unmarks notifications after a failed attempt, in one transaction: RetryAt is set, Repeat is set if repeat is true (and never
	// unset).
	Postpone(ctx context.Context, retryAt time.Time, repeat bool, ids ...int64) error
}

// Ledger is what else the dispatcher stores.
type Ledger interface {
	// Card returns the card of an incident at a destination.
	Card(ctx context.Context, incident model.IncidentID, to model.Destination) (model.Card, bool, error)
	// Delivered returns what a destination was last sent about incidents; nothing: it was sent nothing.
	Delivered(ctx context.Context, to model.Destination, incidents []model.IncidentID) (map[model.IncidentID]model.Delivered, error)
	// Closed returns which of the incidents are over, and since when; of one that is no longer stored the zero time.
	Closed(ctx context.Context, incidents []model.IncidentID) (map[model.IncidentID]time.Time, error)
	// AddDeadLetter moves a notification to the dead letters and adds the notice (nil: none) as a new notification, in one transaction.
	AddDeadLetter(ctx context.Context, notification model.Notification, why string, notice *model.Notification) error
	// DropCard sets the message id of a card to 0: the message no longer exists.
	DropCard(ctx context.Context, incident model.IncidentID, to model.Destination) error
	// Migrate gives a chat its new id in notifications, cards, mutes and paired chats, in one transaction.
	Migrate(ctx context.Context, from, to model.ChatID) error
	// Recover marks every notification that was being sent when the program ended as a Repeat. Called once, before anything is sent.
	Recover(ctx context.Context) error
}

// FallbackCopies stores copies of notifications for other destinations, sent because their own destination fails.
type FallbackCopies interface {
	// Uncopied returns the first limit due messages, not edits, of a severity for a destination that have no fallback copies, by ID; only
	// those whose Queue is "".
	Uncopied(ctx context.Context, to model.Destination, severity model.Severity, now time.Time, limit int) ([]model.Notification, error)
	// AddFallbackCopies adds copies of a notification for other destinations, in one transaction. If the notification was copied before,
	// nothing happens. A copy of the same news from another destination is skipped. It returns how many it added.
	AddFallbackCopies(ctx context.Context, notification model.Notification, copies []model.Notification) (added int, err error)
	// Copied returns where an incident's beginning was sent in place of a destination, and its end was not.
	Copied(ctx context.Context, incident model.IncidentID, from model.Destination) ([]model.Destination, error)
}

// OutageStore keeps what is known of destinations that accept nothing.
type OutageStore interface {
	// Outages returns the destinations that accept nothing.
	Outages(ctx context.Context) ([]model.Outage, error)
	// SetOutage stores that a destination accepts nothing, and adds a notice (nil: none), in one transaction.
	SetOutage(ctx context.Context, o model.Outage, notice *model.Notification) error
	// EndOutage stores that it does again, or that nobody knows, and adds a notice (nil: none), in one transaction.
	EndOutage(ctx context.Context, to model.Destination, notice *model.Notification) error
}

// Fallback is what else can be done for a failing destination. Its zero value is nothing.
type Fallback struct {
	Name  string              // of the failing destination, for people
	To    []model.Destination // where critical notifications are copied to
	After time.Duration       // once nothing was accepted for that long; of a destination that denies us, at once
}

// Store is everything that the dispatcher needs of a store.
type Store interface {
	Outbox
	Ledger
	FallbackCopies
	OutageStore
}

// Options configure a Dispatcher.
type Options struct {
	Store    Store
	Channels map[string]Channel // by model.Destination.Channel; SetChannels changes them
	Now      func() time.Time

	// Elapsed is a clock that nobody sets, for all waits; nil: Now, whose monotonic part is one.
	Elapsed func() time.Duration

	// Notice returns where a notice about a destination, or an undeliverable notification, goes: another destination than the dead one; false: nowhere.
	Notice func(dead model.Destination) (model.Destination, bool)
	// Fallback returns the fallback of a failing destination; nil: none. It is called from several goroutines.
	Fallback func(from model.Destination) Fallback
	// Open returns the open incidents that a destination was routed, as it may see them, worst first, without those whose parent is
	// known there; nil: not known. It is called from several goroutines.
	Open     func(to model.Destination) []model.Incident
	Migrated func(from, to model.ChatID) // called after the store has a chat's new id; may be nil

	// CatchUp has whoever writes notifications do what is due by now, before due ones are read: what waits for active hours is replaced by
	// a digest then, and must not go out by itself because this Dispatcher woke first. nil: nothing. Nothing is read after an error.
	CatchUp func(ctx context.Context) error

	Parallel     int           // concurrent deliveries per channel; 0 is DefaultParallel. Critical notifications go first
	SendTimeout  time.Duration // of one delivery; 0 is DefaultSendTimeout
	StopTime     time.Duration // how long deliveries in progress may go on when Run stops; 0 is DefaultStopTime
	FirstPause   time.Duration // first backoff; 0 is DefaultFirstPause
	LongestPause time.Duration // longest backoff; 0 is DefaultLongestPause
	FirstProbe   time.Duration // first wait after a destination denied us; 0 is DefaultFirstProbe
	LongestProbe time.Duration // longest such wait; 0 is DefaultLongestProbe

	// Paged is called with what became of a page, after the store has it, or of all those of one message; nil: nobody. A page that is tried again
	// is reported as not sent each time, and as sent once it is. It is called from several goroutines, and by none that holds up others.
	Paged func(ctx context.Context, all ...model.PageResult)

	// PageLimit is how many pages of one person arrive in one way; what is more goes out together. Zero: no limit. SetPageLimit changes it.
	PageLimit model.Rate

	// Outage is called when a destination accepts nothing any more, or says another thing about that, and with the zero Failure when that
	// is over. It must not block; nil: nobody.
	Outage func(o model.Outage)
	// Name is a destination's name, for people; nil: its String.
	Name func(to model.Destination) string

	Digests    map[string]bool // channels on which a long backlog becomes one digest
	BacklogAge time.Duration   // 0 is DefaultBacklogAge
}
