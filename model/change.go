package model

import (
	"time"
)

// Change is everything that one transaction of the alerts.Manager changes in the stored state. A store commits it in one
// database transaction: all of it or nothing.
type Change struct {
	Checks        map[CheckID]CheckState // upserts
	Forget        []CheckID              // checks that left the inventory
	Incidents     []Incident             // upserts, by ID
	Cards         []Card                 // upserts, by Incident and To; Message 0 leaves a known message id alone
	Mutes         []Mute                 // upserts, by ID
	Notifications []Notification         // new rows of the outbox; ID 0: the store numbers them in this order.
	// A NotifyUpdated deletes unsent, untried NotifyUpdated rows of the same incident and destination and gets a new number.
	Events []Event // upserts, by EventKey
	// Transitions are the stored state changes of checks, in the order of evaluation. One whose time is not after an earlier one
	// of the same check is placed right behind it.
	Transitions []Transition
	Daily       time.Time    // when the last daily digest was written; zero keeps the stored value
	Drop        []int64      // notifications that are no longer to be sent (deferred rows that a digest replaces); missing ones are ignored
	Audit       []AuditEntry // who did it, when a person did

	Numbers []ReaderNumber // new ones

	Escalations []Escalation // upserts, by ID
	Stopped     []string     // queues whose notifications are no longer to be sent; before Notifications are added

	Reported map[string]time.Time // last run of each report, by name: the due time it was made for
}

// IsZero reports whether there is nothing to commit.
func (c *Change) IsZero() bool {
	return c.Daily.IsZero() && len(c.Transitions)+len(c.Events)+len(c.Checks)+len(c.Forget)+len(c.Incidents)+len(c.Cards)+len(c.Mutes)+len(c.Notifications)+len(c.Drop)+len(c.Audit)+len(c.Reported)+len(c.Numbers)+len(c.Escalations)+len(c.Stopped) == 0
}

// Memory is the state from which the alerts.Manager starts after a restart.
type Memory struct {
	Checks       map[CheckID]CheckState
	Open         []Incident           // open incidents, by ID
	Cards        []Card               // of open incidents
	Mutes        []Mute               // not ended
	Deferred     []Notification       // unsent, untried notifications with a NotBefore, past or future, by ID
	Events       []Event              // active, or part of an open incident, by SeenAt
	Ended        []Ended              // incidents that ended within the last day, by their end
	Windows      map[string]time.Time // maintenance windows that began within the last days, by name: their last beginning
	Daily        time.Time            // when the last daily digest was written; zero is never
	LastIncident IncidentID           // the highest number ever given
	LastMute     MuteID

	LastEscalation EscalationID
	Numbers        []ReaderNumber // what limited readers call incidents and mutes
	Escalations    []Escalation   // not ended; none where nobody can be paged
	PagesWaiting   []string       // the queues of pages that are in the outbox
	Fresh          bool           // nothing was ever stored: this is a first start
}

// Ended is what is kept of a closed incident: enough to detect flapping.
type Ended struct {
	Key                string // Incident.Key
	OpenedAt, ClosedAt time.Time
}

// QueueStats describes the outbox.
type QueueStats struct {
	Length int       // unsent notifications, deferred ones included
	Oldest time.Time // when the oldest due one became due; zero when none is due
	Dead   int       // dead letters
}
