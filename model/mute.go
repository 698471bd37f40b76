package model

import (
	"time"
)

// MuteID numbers mutes from 1.
type MuteID int64

// Mute suppresses the notifications of what it selects; checks keep running. It is computed, not materialised: nothing is
// stored on the checks it hides.
type Mute struct {
	ID       MuteID     `json:"id"`
	StoredID MuteID     `json:"-"` // by which it is stored once ID is a limited reader's own number (Numbering); 0 before that
	Selector Selector   `json:"selector"`
	Incident IncidentID `json:"incident,omitempty"` // set: only this incident; Selector is ignored
	Covers   Named      `json:"covers,omitzero"`    // of an incident: what it consisted of; what joins later is not muted
	Here     bool       `json:"here,omitempty"`     // set: only in the chat it was created in

	Owner     UserID `json:"owner,omitempty"`
	OwnerName string `json:"owner_name"`
	Chat      ChatID `json:"chat,omitempty"` // where it was created, and where its warning and its end are announced; 0: everywhere it hid something
	Topic     int    `json:"topic,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Window    string `json:"window,omitempty"` // the configured maintenance window that created it

	Planned bool      `json:"planned,omitempty"` // planned maintenance, by /maintenance
	Lasts   Duration  `json:"lasts,omitempty"`   // set: it is a length of elapsed time from From on; otherwise From and Until are moments on the wall clock
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	Warned  bool      `json:"warned,omitempty"`
	EndedAt time.Time `json:"ended_at,omitzero"` // when it expired or was removed; zero while it is active
	EndedBy string    `json:"ended_by,omitempty"`
}

// Within is what readers limited to some clients may know of a mute that covers others as well: its number and times, and that it covers
// their clients. Who made it, why, and what else it covers is not theirs: OwnerName and Reason are empty.
func (m *Mute) Within(scope Scope) Mute {
	if !scope.Limited {
		return *m
	}
	return Mute{ID: m.ID, StoredID: m.StoredID, Selector: Selector{Clients: scope.Clients}, Planned: m.Planned, From: m.From, Until: m.Until, Warned: m.Warned, EndedAt: m.EndedAt}
}

// Active reports whether it is in force at t.
func (m *Mute) Active(t time.Time) bool {
	return m.EndedAt.IsZero() && !t.Before(m.From) && t.Before(m.Until)
}

// Outlasts reports whether it mutes all that another one does, from a time to after the end of the other one: that end changes
// nothing.
func (m *Mute) Outlasts(other *Mute, from time.Time) bool {
	return m.Active(from) && m.Until.After(other.Until) && m.includes(other)
}

// includes reports whether it is about all that another one is about.
func (m *Mute) includes(other *Mute) bool {
	switch {
	case m.Here && (!other.Here || m.Chat != other.Chat || m.Topic != other.Topic):
		return false
	case m.Incident != 0:
		return m.Incident == other.Incident && (m.Covers == nil || m.Covers.Includes(other.Covers))
	case other.Incident != 0:
		return m.Selector.IsZero()
	default:
		return m.Selector.Includes(other.Selector)
	}
}

// Maintenance reports whether it is planned maintenance, configured or by /maintenance: failures in it are excused. Any
// other mute only turns notifications off.
func (m *Mute) Maintenance() bool { return m.Planned || m.Window != "" }

// MuteEnd lifts a mute.
type MuteEnd struct {
	ID    MuteID
	Audit AuditEntry // who does it
}

// InForce is the time in which it mutes, or did.
func (m *Mute) InForce() Span {
	if !m.EndedAt.IsZero() && m.EndedAt.Before(m.Until) {
		return Span{m.From, m.EndedAt}
	}
	return Span{m.From, m.Until}
}

// Anchored is the mute as the clocks have it now: of one that lasts for a length the elapsed time counts, and no more than its length
// can be left.
func (m Mute) Anchored(now time.Time) Mute {
	if m.Lasts > 0 && m.EndedAt.IsZero() {
		m.From, m.Until = Since(m.From, now), Within(m.Until, now, time.Duration(m.Lasts))
	}
	return m
}

// Measure has Lasts say how long it is, if it lasts for a length.
func (m *Mute) Measure() {
	if m.Lasts > 0 {
		m.Lasts = Duration(m.Until.Sub(m.From))
	}
}

// maxMuteNotice is the longest time before a mute's end at which its warning is sent.
const maxMuteNotice = 10 * time.Minute

// WarnAt is when its end is announced: ten minutes before, or a quarter of its length if that is less.
func (m *Mute) WarnAt() time.Time {
	return m.Until.Add(-min(maxMuteNotice, m.Until.Sub(m.From)/4))
}

// Hidden counts what a mute selects.
type Hidden struct {
	Checks  int `json:"checks"`
	Clients int `json:"clients"`
	// Gold are the clients of TierGold among them, by name. Services that could be critical are not counted: a service
	// that is down always is, so every endpoint would count.
	Gold   []string `json:"gold,omitempty"`
	Broken int      `json:"broken"` // checks that are down right now
	// Names are what a mute of one incident covers: clients and their services, standalone checks, unmapped hosts. What joins the
	// incident later is not muted.
	Names []string `json:"names,omitempty"`
}

// The bounds above which a mute is wide and needs confirmation.
const (
	wideChecks  = 20
	wideClients = 2
)

// Wide reports whether a mute of this much needs confirmation.
func (h Hidden) Wide() bool { return h.Checks > wideChecks || h.Clients > wideClients }

// MaintenanceWindow is a planned time in which notifications of what it selects are off: a recurring automatic mute. It is
// immutable.
type MaintenanceWindow struct {
	Name     string // unique among the windows
	Selector Selector
	Reason   string
	Length   time.Duration                   // of each occurrence
	Next     func(after time.Time) time.Time // the next start after a time; zero is never
}

// Current returns the start of the window that is in force at t.
func (w *MaintenanceWindow) Current(t time.Time) (from time.Time, holds bool) {
	from = w.Next(t.Add(-w.Length))
	return from, !from.IsZero() && !from.After(t)
}

// DesiredState is what the event sources should hold according to acknowledgements and mutes.
type DesiredState struct {
	Acks     []DesiredAck     // by incident, and by the time of the acknowledgement
	Unacked  []Event          // active ones of open incidents, acknowledged at their source, that no acknowledgement here covers
	Silences []DesiredSilence // by mute
	Cards    []IncidentID     // open incidents whose cards show the result
}

// DesiredAck is an acknowledged open incident.
type DesiredAck struct {
	Incident IncidentID
	Ack      Ack
	Events   []Event // that were active when it was acknowledged, and still are; those of its other acks not again
}

// DesiredSilence is an active mute that sources can hold as well: of an incident, or of whole hosts.
type DesiredSilence struct {
	Mute   Mute
	Events []Event  // active events: those of the incident, or those on the hosts
	Hosts  []string // Host.Name of the inventory, muted as a whole; none for the mute of an incident
}
