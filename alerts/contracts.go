package alerts

import (
	"context"
	"time"

	"opsbot/model"
)

// Store keeps what the Manager decides.
type Store interface {
	// Commit writes a Change in one transaction, all of it or nothing, and returns the numbers it gave to
	// Change.Notifications, in their order. After an error the Manager keeps the Change and brings it again, merged with
	// what came since.
	Commit(ctx context.Context, change model.Change) (ids []int64, err error)
}

// Verifier runs checks now: those that a failure or an event touches.
type Verifier interface {
	// VerifyChecks returns at once; the results come back through Manager.Handle, of the first ids first. When they do not, the
	// Manager goes on without them.
	VerifyChecks(ids []model.CheckID)
}

// Confirmer runs a check again before its schedule would.
type Confirmer interface {
	// Again returns at once; the result comes back through Manager.Handle. A later call for the same check replaces an
	// earlier one.
	Again(id model.CheckID, after time.Duration)
}

// Options are what a Manager needs from the rest of the program.
type Options struct {
	Store     Store
	Verifier  Verifier
	Confirmer Confirmer
	Wake      func()           // called after a commit that added notifications: wakes the dispatcher; must return at once
	Now       func() time.Time // the clock of all judging

	// Locate makes what finds the host that an event is about, "" when it is not in the inventory. nil finds none.
	Locate func(inv *model.Inventory) func(e *model.Event) model.Located

	Inventory *model.Inventory
	Routing   Routing
	Rules     Rules
	Memory    model.Memory

	// Directory knows who is paged; nil: nobody is.
	Directory Directory

	// Gather is how long first results that are ok may wait to be stored together; 0: each is stored at once. All else is, and they with it.
	Gather time.Duration
}
