package model

import (
	"time"
)

// Change is everything that one step of judging does to what is remembered. A store commits it in one transaction:
// all of it or nothing.
type Change struct {
	Checks        map[CheckID]CheckState // upserts
	Forget        []CheckID              // checks that left the inventory
	Incidents     []Incident             // upserts, by ID
	Cards         []Card                 // upserts, by Incident and To; Message 0 leaves a known message id alone
	Mutes         []Mute                 // upserts, by ID
	Notifications []Notification         // new rows of the outbox; ID 0: the store numbers them in this order.
	// A NotifyUpdated deletes unsent, untried TellEdits of the same incident and destination and gets a new number.
	Events []Event // upserts, by EventKey
	// Transitions are what is remembered of checks for good, in the order of their judging. One that is not after an earlier one
	// of its check comes right behind it.
	Transitions []Transition
	Daily       time.Time    // when the digest of a day was written; zero leaves what is known alone
	Drop        []int64      // tellings that are no longer to be sent (held rows that a digest replaces); gone already is fine
	Audit       []AuditEntry // who did it, when a person did

	Reported map[string]time.Time // reports by their name, and the due moment that each was made for
}

// IsZero reports whether there is nothing to commit.
func (c *Change) IsZero() bool {
	return c.Daily.IsZero() && len(c.Transitions)+len(c.Events)+len(c.Checks)+len(c.Forget)+len(c.Incidents)+len(c.Cards)+len(c.Mutes)+len(c.Notifications)+len(c.Drop)+len(c.Audit)+len(c.Reported) == 0
}

// Memory is what judging starts from after a restart.
type Memory struct {
	Checks       map[CheckID]CheckState
	Open         []Incident           // open incidents, by ID
	Cards        []Card               // of open incidents
	Mutes        []Mute               // not ended
	Deferred     []Notification       // unsent, untried tellings with a NotBefore, whether it has passed or not, by ID
	Events       []Event              // that stand, or that an open incident took in, by SeenAt
	Ended        []Ended              // incidents that ended within the last day, by their end
	Windows      map[string]time.Time // the planned windows that began within the last days, by name: their last beginning
	Daily        time.Time            // when the last digest of a day was written; zero is never
	LastIncident IncidentID           // the highest number ever given
	LastMute     MuteID
	Fresh        bool // nothing was ever stored: this is a first start
}

// Ended is what is remembered of an incident that is over: enough to see that it comes and goes.
type Ended struct {
	Key                string // Incident.Key
	OpenedAt, ClosedAt time.Time
}

// QueueStats describes the outbox.
type QueueStats struct {
	Length int       // unsent tellings, held ones included
	Oldest time.Time // when the oldest due one became due; zero when none is due
	Dead   int       // dead letters
}
