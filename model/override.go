package model

import "time"

// Override changes for some time who is on call in a schedule.
type Override struct {
	ID       int64     `json:"id"`
	Schedule string    `json:"schedule"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"` // earlier than it was planned, if it was ended
	Person   string    `json:"person"`
	Add      bool      `json:"add,omitempty"`     // Person is on call beside the others; otherwise in their place
	Instead  string    `json:"instead,omitempty"` // only in place of this person, while they are on call; "": of whoever is, also of nobody
	By       string    `json:"by,omitempty"`      // who made it
	Reason   string    `json:"reason,omitempty"`
}

// The errors about on-call duty.
const (
	ErrNoSchedule    ErrorCode = "no_schedule"     // word; Choices: the existing schedules
	ErrNotOnCall     ErrorCode = "not_on_call"     // the requester is nobody of those who can be on call
	ErrOnCallAlready ErrorCode = "on_call_already" // person: they are on call for at least as long
	ErrTakeoverLong  ErrorCode = "takeover_long"   // it would last more than 31 days
	ErrNoOverride    ErrorCode = "no_override"     // no such takeover is under way
)
