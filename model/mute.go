package model

import (
	"time"
)

// MuteID numbers mutes from 1.
type MuteID int64

// Mute keeps what it picks from being told, never from being measured. It is computed, not materialised: nothing is
// stored on the checks it hides.
type Mute struct {
	ID       MuteID     `json:"id"`
	Selector Selector   `json:"selector"`
	Incident IncidentID `json:"incident,omitempty"` // set: only this incident, Selector is not read
	Here     bool       `json:"here,omitempty"`     // set: only in the chat it was made in

	Owner     UserID `json:"owner,omitempty"`
	OwnerName string `json:"owner_name"`
	Chat      ChatID `json:"chat,omitempty"` // where it was made, and where its warning and its end are said; 0: everywhere it hid something
	Topic     int    `json:"topic,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Window    string `json:"window,omitempty"` // the planned window of the configuration that made it

	Planned bool      `json:"planned,omitempty"` // planned maintenance, by /maintenance
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	Warned  bool      `json:"warned,omitempty"`
	EndedAt time.Time `json:"ended_at,omitzero"` // when it ran out or was lifted; zero while it holds
	EndedBy string    `json:"ended_by,omitempty"`
}

// Active reports whether it holds at t.
func (m *Mute) Active(t time.Time) bool {
	return m.EndedAt.IsZero() && !t.Before(m.From) && t.Before(m.Until)
}

// Maintenance reports whether it is planned maintenance, of the configuration or by /maintenance: what happens in it is
// excused. Any other mute says only that somebody did not want to hear of it.
func (m *Mute) Maintenance() bool { return m.Planned || m.Window != "" }

// InForce is the time in which it mutes, or did.
func (m *Mute) InForce() Span {
	if !m.EndedAt.IsZero() && m.EndedAt.Before(m.Until) {
		return Span{m.From, m.EndedAt}
	}
	return Span{m.From, m.Until}
}

// maxMuteNotice is the longest time before a mute's end at which its warning is said.
const maxMuteNotice = 10 * time.Minute

// WarnAt is when its coming end is said: ten minutes before, or a quarter of its length where that is less.
func (m *Mute) WarnAt() time.Time {
	return m.Until.Add(-min(maxMuteNotice, m.Until.Sub(m.From)/4))
}

// Hidden counts what a mute picks.
type Hidden struct {
	Checks  int `json:"checks"`
	Clients int `json:"clients"`
	// Gold are the clients of TierGold among them, by name. There is no count of what could be critical: a service that is
	// down always is, so that it would be every endpoint.
	Gold   []string `json:"gold,omitempty"`
	Broken int      `json:"broken"` // checks that are down right now
}

// The bounds above which a mute is wide and asks before it holds.
const (
	wideChecks  = 20
	wideClients = 2
)

// Wide reports whether a mute of this much asks first.
func (h Hidden) Wide() bool { return h.Checks > wideChecks || h.Clients > wideClients }

// MaintenanceWindow is a planned time in which what it picks is not told: a mute that comes by itself. It is immutable.
type MaintenanceWindow struct {
	Name     string // unique among the windows
	Selector Selector
	Reason   string
	Length   time.Duration                   // of each
	Next     func(after time.Time) time.Time // the next beginning after a moment; zero is never
}

// Current is the window that holds at t.
func (w *MaintenanceWindow) Current(t time.Time) (from time.Time, holds bool) {
	from = w.Next(t.Add(-w.Length))
	return from, !from.IsZero() && !from.After(t)
}

// DesiredState are what people's acknowledgements and mutes mean to the systems that events come from.
type DesiredState struct {
	Acks     []DesiredAck     // by incident
	Silences []DesiredSilence // by mute
	Cards    []IncidentID     // open incidents whose cards say what became of it
}

// DesiredAck is an open incident that somebody has in hand.
type DesiredAck struct {
	Incident IncidentID
	Ack      Ack
	Events   []Event // that stood when it was acknowledged, still stand, and that nobody has acknowledged at their source
}

// DesiredSilence is a mute that holds and that sources can keep as well: of an incident, or of whole hosts.
type DesiredSilence struct {
	Mute   Mute
	Events []Event  // that stand: those of the incident, or those on the hosts
	Hosts  []string // Host.Name of the inventory, muted as a whole; none of a mute of an incident
}
