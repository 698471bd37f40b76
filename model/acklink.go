package model

import "time"

// AckLink is what a link means that acknowledges an incident, once, for the person to whom it was sent. The link itself is not kept.
type AckLink struct {
	Incident IncidentID `json:"incident"`
	Person   string     `json:"person"`
	Gateway  string     `json:"gateway"` // "gateway:voice"
	MadeAt   time.Time  `json:"made_at"`
	UsedAt   time.Time  `json:"used_at,omitzero"` // zero: not yet

	More []IncidentID `json:"more,omitempty"` // the other incidents of a page that is of several
}

// The codes of errors about gateways and links.
const (
	ErrNoLink    ErrorCode = "no_link"    // it is none of ours, or too old
	ErrNoGateway ErrorCode = "no_gateway" // word; Choices: the gateways
	ErrNoPerson  ErrorCode = "no_person"  // word; Choices: the people
	ErrGateway   ErrorCode = "gateway"    // gateway, person, said: the message was not sent
)
