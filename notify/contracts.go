package notify

import (
	"context"
	"time"

	"opsbot/model"
)

// Channel delivers tellings. Deliver may be called from several goroutines at once, but never twice at once with
// tellings of the same destination and the same Notification.Queue: a report may be under way while an alert is sent there. A failure is an *model.SendError; any other error counts as ambiguous. The card is the one of the
// telling's incident at its destination (zero when there is none): a NotifyUpdated changes card.Message, which is never 0 then;
// a NotifyRaised may also let the message card.Message point to the new one. A report comes with its
// parts, as far as they are kept. The channel says "late" by the later of
// Notification.Created and Notification.NotBefore, and marks a Notification.Repeat.
type Channel interface {
	Deliver(ctx context.Context, notification model.Notification, card model.Card) (model.Receipt, error)
}

// Outbox holds the tellings that are not sent.
type Outbox interface {
	// Due returns, for each destination and Notification.Queue, the first `limit` tellings whose NotBefore is not after now, by ID. RetryAt
	// is not looked at: what waits for a retry is returned too, since it holds back what is behind it.
	Due(ctx context.Context, now time.Time, limit int) ([]model.Notification, error)
	// NextDue is the earliest NotBefore after now of all tellings; zero when there is none.
	NextDue(ctx context.Context, now time.Time) (time.Time, error)
	// Begin marks a telling as being tried and counts the attempt. false: it is no longer there (dropped, or replaced: a
	// digest has the number of what it took the place of, and another kind).
	Begin(ctx context.Context, id int64, kind model.NotificationKind) (bool, error)
	// Backlog returns the first limit tellings of one destination whose NotBefore is not after now, by ID; only those whose Queue is "".
	Backlog(ctx context.Context, to model.Destination, now time.Time, limit int) ([]model.Notification, error)
	// Fold puts a digest in the place of tellings that were never tried, in one transaction; false: one of them is gone or
	// was tried, and nothing is changed. The digest gets the number of the last of them: what was written since tells of what
	// became of it later, and comes behind it.
	Coalesce(ctx context.Context, drop []int64, digest model.Notification) (bool, error)
	// Sent removes a telling and, in the same transaction, keeps the receipt's message as the card of its incident and
	// destination when the telling is an open or a raise and the message is not 0.
	Sent(ctx context.Context, notification model.Notification, receipt model.Receipt) error
	// ReportParts returns what the report of a telling is made of; nil when nothing of it is kept.
	ReportParts(ctx context.Context, notification int64) (*model.ReportParts, error)
	// KeepRecipients unmarks a telling that some recipients of a mail have: it goes on as telling.Snapshot says, for those alone whom Snapshot.Only
	// names, in their Queue, not before retryAt.
	KeepRecipients(ctx context.Context, notification model.Notification, retryAt time.Time) error
	// Enqueue adds a telling.
	Enqueue(ctx context.Context, notification model.Notification) error
	// Postpone unmarks a telling that was tried: RetryAt is set, Repeat is set when repeat is true (and never unset).
	Postpone(ctx context.Context, id int64, retryAt time.Time, repeat bool) error
}

// Ledger is what else the dispatcher keeps.
type Ledger interface {
	// Card returns the card of an incident at a destination.
	Card(ctx context.Context, incident model.IncidentID, to model.Destination) (model.Card, bool, error)
	// AddDeadLetter moves a telling to the dead letters and adds the notice (nil: none) as a new telling, in one transaction.
	AddDeadLetter(ctx context.Context, notification model.Notification, why string, notice *model.Notification) error
	// DropCard forgets the message id of a card (sets it to 0): the message is gone.
	DropCard(ctx context.Context, incident model.IncidentID, to model.Destination) error
	// Migrate gives a chat its new id in tellings, cards, mutes and paired chats, in one transaction.
	Migrate(ctx context.Context, from, to model.ChatID) error
	// Recover makes every telling that was being tried when the program ended a Repeat. Called once, before anything is sent.
	Recover(ctx context.Context) error
}

// FallbackCopies keeps what is told elsewhere because its own destination fails.
type FallbackCopies interface {
	// Failing returns the destinations that fail, each since when.
	Failing(ctx context.Context) (map[model.Destination]time.Time, error)
	// SetFailing keeps since when a destination fails; the zero time: it does not.
	SetFailing(ctx context.Context, to model.Destination, since time.Time) error
	// Uncopied returns the first limit messages, not edits, of a severity that wait for a destination, are due and took
	// no detour, by ID; only those whose Queue is "".
	Uncopied(ctx context.Context, to model.Destination, severity model.Severity, now time.Time, limit int) ([]model.Notification, error)
	// AddFallbackCopies adds copies of a telling for other destinations, in one transaction. For a telling that took its detour
	// before nothing happens. What the same news of another destination brought there is left out. It returns how many it
	// added.
	AddFallbackCopies(ctx context.Context, notification model.Notification, copies []model.Notification) (added int, err error)
	// Copied returns where an incident's beginning was told in place of a destination, and its end was not.
	Copied(ctx context.Context, incident model.IncidentID, from model.Destination) ([]model.Destination, error)
}

// Fallback is what else can be done for a destination that fails. Its zero value is nothing.
type Fallback struct {
	Name  string              // of the destination that fails, for people
	To    []model.Destination // where what is critical is told as well
	After time.Duration       // once every try has failed for so long
}

// Store is all that the dispatcher needs of a store.
type Store interface {
	Outbox
	Ledger
	FallbackCopies
}

// Options are what a Dispatcher needs from the rest of the program.
type Options struct {
	Store    Store
	Channels map[string]Channel // by model.Destination.Channel; SetChannels changes them
	Now      func() time.Time

	// Notice says where a word about an undeliverable telling goes: another destination than the dead one; false: nowhere.
	Notice func(dead model.Destination) (model.Destination, bool)
	// Fallback says what else can be done for a destination that fails; nil: nothing. It is asked from several goroutines.
	Fallback func(from model.Destination) Fallback
	Migrated func(from, to model.ChatID) // called after the store took a chat's new id; nil is fine

	Parallel     int           // deliveries at once per channel; 0 is DefaultParallel. Critical tellings take free places first
	SendTimeout  time.Duration // of one delivery; 0 is DefaultSendTimeout
	StopTime     time.Duration // how long deliveries in flight may go on when Run is told to stop; 0 is DefaultStopTime
	FirstPause   time.Duration // first backoff; 0 is DefaultFirstPause
	LongestPause time.Duration // longest backoff; 0 is DefaultLongestPause

	Digests    map[string]bool // channels on which what has piled up for long becomes one digest
	BacklogAge time.Duration   // for so long; 0 is DefaultBacklogAge
}
