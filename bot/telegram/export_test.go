package telegram

import (
	"time"

	"opsbot/model"
)

// Flooded notes that a chat asked to be left alone for so long, as an answer to a call does.
func (s *Sender) Flooded(chat model.ChatID, wait time.Duration) {
	s.queue.pause(chat, wait)
	s.remember(chat)
}

// Answered notes that a chat accepted a call all the same.
func (s *Sender) Answered(chat model.ChatID) {
	if s.queue.interrupted(chat) {
		s.remember(chat)
	}
}

// Asked is until when a chat asked to be left alone.
func (s *Sender) Asked(chat model.ChatID) time.Time { return s.queue.askedUntil(chat) }

// Decode reads one update; relevant: it is for the Handler.
func Decode(raw []byte) (in Incoming, relevant bool, err error) {
	d, err := decode(raw)
	return d.in, d.relevant, err
}

// UpdateID reads the number of an update alone.
func UpdateID(raw []byte) (int, error) { return updateID(raw) }
