package opsbot

import "time"

// Button is a press that may come: what it will do, where, for whom, until when. It is kept on our side under an opaque
// id; a chat only ever holds the id.
type Button struct {
	Action  string            `json:"action"`
	Args    map[string]string `json:"args,omitempty"`
	Chat    ChatID            `json:"chat"`
	User    UserID            `json:"user,omitempty"` // who alone may press it; 0 is anyone who has the right
	Expires time.Time         `json:"expires"`
}
