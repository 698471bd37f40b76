package alerts

import (
	"context"
	"time"

	"opsbot"
)

// The constants of waiting.
const (
	// SettleTime is how long the telling of an endpoint's failure waits at least, so that its host can be seen first.
	// It waits at most one timeout of the host's checks longer.
	SettleTime = 2 * time.Second
	// UnknownLimit is how long a check may be unknown before that is a warning of its own.
	UnknownLimit = 15 * time.Minute
	// FirstLookLimit bounds how long a first start collects what is down before it tells.
	FirstLookLimit = 5 * time.Minute
	// HoldGrace is added to the NotBefore of a telling that waits for its hours. The Book replaces it when the hours
	// open; only when no Book runs does the dispatcher send it as it is.
	HoldGrace = time.Minute
)

// Book keeps the states of all checks, the open incidents, what each destination was told of them, and the mutes. All
// methods are safe for concurrent use; readers never wait for a commit.
type Book struct{}

// New makes a Book that goes on where the Memory ends. Nothing is told before the first Tick (or Run): call that
// before the dispatcher starts, so that tellings held for hours which have opened meanwhile become one digest.
func New(o Options) *Book { return &Book{} }

// Handle judges results and commits what they change, with its tellings, in one transaction. Results of checks that are not in
// the inventory are left out. An error is the store's: what was decided is kept, told to nobody, and committed with the
// next change or by Run.
func (b *Book) Handle(ctx context.Context, results ...opsbot.Result) error { return nil }

// HandleLook is Handle for the answer to HostLooker.LookAt: it also ends the wait for that host.
func (b *Book) HandleLook(ctx context.Context, host string, results ...opsbot.Result) error {
	return nil
}

// SetInventory changes to another picture of what there is. What left it is forgotten, and its incidents end with
// ReasonLeftInventory.
func (b *Book) SetInventory(ctx context.Context, inv *opsbot.Inventory) error { return nil }

// SetRouting changes where things are told. A new destination gets what opens from then on; one that is no longer known gets
// nothing more.
func (b *Book) SetRouting(r Routing) {}

// Migrate gives a chat its new id, in everything that is kept and in every Routing to come.
func (b *Book) Migrate(from, to opsbot.ChatID) {}

// Rearm makes a latched check that is down ok again. ErrNothingSelected when it is not down.
func (b *Book) Rearm(ctx context.Context, id opsbot.CheckID, audit opsbot.AuditEntry) error {
	return nil
}

// Preview counts what a mute would hide now.
func (b *Book) Preview(m opsbot.Mute) opsbot.Hidden { return opsbot.Hidden{} }

// Mute stores a mute and its audit line and gives it its number. On an error (ErrStore) nothing is muted.
func (b *Book) Mute(ctx context.Context, m opsbot.Mute, audit opsbot.AuditEntry) (opsbot.Mute, opsbot.Hidden, error) {
	return opsbot.Mute{}, opsbot.Hidden{}, nil
}

// ExtendMute gives a mute that holds another end. ErrNoMute when there is none; on ErrStore it is as it was.
func (b *Book) ExtendMute(ctx context.Context, id opsbot.MuteID, until time.Time, audit opsbot.AuditEntry) (opsbot.Mute, error) {
	return opsbot.Mute{}, nil
}

// EndMute lifts a mute; with report it says what still stands, as if the mute had run out; without (Undo), what was
// never told is told as if there had been no mute. ErrNoMute when there is none; after ErrStore the mute is lifted,
// and stored with the next commit.
func (b *Book) EndMute(ctx context.Context, id opsbot.MuteID, report bool, audit opsbot.AuditEntry) (opsbot.Mute, error) {
	return opsbot.Mute{}, nil
}

// Tick does what time alone brings: tellings whose wait is over, hours that open, mutes that warn and end, checks that
// are unknown for long, a commit that is tried again.
func (b *Book) Tick(ctx context.Context) error { return nil }

// NextWake is when Tick has something to do again; the zero time when nothing is foreseen.
func (b *Book) NextWake() time.Time { return time.Time{} }

// Run ticks when it is time until ctx ends. Errors of the store are kept for Health, and tried again.
func (b *Book) Run(ctx context.Context) error { return nil }

// State is what is remembered of a check; false when it is not in the inventory. A check that never ran has the zero state.
func (b *Book) State(id opsbot.CheckID) (opsbot.CheckState, bool) { return opsbot.CheckState{}, false }

// States returns a copy of the states of all checks of the inventory that ever ran.
func (b *Book) States() map[opsbot.CheckID]opsbot.CheckState { return nil }

// StatesJSON is one line of JSON: {"main-db":true,…}, true unless the check is down, by id; above 200 checks
// {"checks":24000,"ok":…,"failing":…,"down":…,"unknown":…,"not_ok":["id",…]} with at most 200 ids.
func (b *Book) StatesJSON() []byte { return nil }

// ServiceStates judges every client's service in the scope from the judged states, worst first.
func (b *Book) ServiceStates(scope opsbot.Scope) []opsbot.ServiceState { return nil }

// OpenIncidents returns what is open and touches the scope, showing only what lies in it, worst first. MutedUntil is set on those that are
// muted everywhere.
func (b *Book) OpenIncidents(scope opsbot.Scope) []opsbot.Incident { return nil }

// Incident returns one open incident, whole.
func (b *Book) Incident(id opsbot.IncidentID) (opsbot.Incident, bool) {
	return opsbot.Incident{}, false
}

// Mutes returns the mutes that have not ended, by number.
func (b *Book) Mutes() []opsbot.Mute { return nil }

// Health says whether what is decided is also stored.
type Health struct {
	Err   error     // the store's last error; nil after a commit that went well
	Since time.Time // of Err
}

// Health returns the present health.
func (b *Book) Health() Health { return Health{} }
