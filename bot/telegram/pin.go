package telegram

import (
	"context"
	"errors"

	tele "gopkg.in/telebot.v3"

	"opsbot/model"
)

// Pin pins a message of ours without a sound. It is never urgent: ErrDropped when the budget is short, since a group shows a line about it.
// SendGone: the message is not there any more. SendDenied: we have no right to pin. Pinning it again changes nothing.
func (s *Sender) Pin(ctx context.Context, chat model.ChatID, message int) error {
	_, err := s.do(ctx, Outgoing{Chat: chat, Priority: PriorityProgress}, func(b *tele.Bot) (*tele.Message, error) {
		return &tele.Message{ID: message}, b.Pin(stored(chat, message), tele.Silent)
	})
	return err
}

// Unpin takes the pin off a message; one that is not pinned, or is gone, is success. Priority and errors are those of Pin.
func (s *Sender) Unpin(ctx context.Context, chat model.ChatID, message int) error {
	_, err := s.do(ctx, Outgoing{Chat: chat, Priority: PriorityProgress}, func(b *tele.Bot) (*tele.Message, error) {
		return &tele.Message{ID: message}, b.Unpin(tele.ChatID(chat), message)
	})
	if failureOf(err) == model.SendGone {
		return nil
	}
	return err
}

// Pinned returns the message that was pinned last in a chat, whoever pinned it; 0 is none.
func (s *Sender) Pinned(ctx context.Context, chat model.ChatID) (message int, err error) {
	err = s.direct(ctx, func(b *tele.Bot) error {
		c, err := b.ChatByID(int64(chat))
		switch {
		case err != nil:
			return err
		case c == nil || c.ID == 0:
			return &model.SendError{Failure: model.SendAmbiguous, Err: errors.New("an answer without a chat")}
		case c.PinnedMessage != nil:
			message = c.PinnedMessage.ID
		}
		return nil
	})
	return message, err
}
