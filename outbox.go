package opsbot

import "time"

// DeadLetter is a telling that was given up.
type DeadLetter struct {
	Notification Notification `json:"notification"`
	DeadAt       time.Time    `json:"dead_at"`
	Why          string       `json:"why"` // a SendFailure, or "no_channel"
}

// OutboxList is what the outbox holds, oldest first.
type OutboxList struct {
	Waiting []Notification `json:"waiting"`
	Dead    []DeadLetter   `json:"dead"`
	More    bool           `json:"more,omitempty"` // there is more than is listed
}
