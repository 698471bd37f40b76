package model

import "time"

// PinnedMessage is the message of ours that is pinned in a chat or topic, or is to be.
type PinnedMessage struct {
	Chat  ChatID `json:"chat"`
	Topic int    `json:"topic,omitempty"` // 0 is none

	Message   int       `json:"message"`           // 0: there is none, one is to be sent
	Shows     string    `json:"shows,omitempty"`   // a hash of what it shows
	ChangedAt time.Time `json:"changed_at"`        // when it was sent, or edited last
	Pinned    bool      `json:"pinned,omitempty"`  // Telegram took the pin
	Former    []int     `json:"former,omitempty"`  // messages before it that may be pinned still
	Refused   bool      `json:"refused,omitempty"` // Telegram refuses to pin it, and the admins were told
}

// At is where the message is.
func (m *PinnedMessage) At() Destination {
	return Destination{Channel: "telegram", Chat: m.Chat, Topic: m.Topic}
}
