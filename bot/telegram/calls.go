package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	tele "gopkg.in/telebot.v3"

	"opsbot/model"
)

// A reply that certainly was not sent is tried again a little later: nobody else keeps it. Alerts are kept, and tried
// again, by the outbox.
const (
	replyTries   = 4
	replyBackoff = 200 * time.Millisecond // doubled each time
)

// do sends one message when its turn comes. A flood pauses the chat and keeps the message's place.
func (s *Sender) do(ctx context.Context, o Outgoing, call func(*tele.Bot) (*tele.Message, error)) (model.Receipt, error) {
	chat, p := o.Chat, o.Priority
	t, err := s.queue.enter(chat, p)
	if err != nil {
		return model.Receipt{}, err
	}
	for {
		if err := s.queue.wait(ctx, t); err != nil {
			return model.Receipt{}, err
		}
		if o.Aside {
			s.queue.done(chat, 0) // an upload takes its time
		}
		receipt, err := s.once(ctx, p, call)
		failure, _ := errors.AsType[*model.SendError](err)
		if failure == nil || failure.Failure != model.SendFlood {
			if failure == nil && s.queue.interrupted(chat) {
				s.remember(chat)
			}
			s.free(&o, 0)
			s.noteMigration(chat, failure)
			return receipt, err
		}
		s.free(&o, failure.RetryAfter)
		s.remember(chat)
		if p >= PriorityProgress {
			return receipt, ErrDropped
		}
	}
}

// remember has stored until when a chat asked to be left alone, as it is known then: what was known first is not stored last.
func (s *Sender) remember(chat model.ChatID) {
	s.remembering.Lock()
	defer s.remembering.Unlock()
	s.o.Pause(chat, s.queue.askedUntil(chat))
}

// free lets the next message go to the chat, after a pause when a 429 said so. What is sent aside has let it go before.
func (s *Sender) free(o *Outgoing, pause time.Duration) {
	if o.Aside {
		s.queue.pause(o.Chat, pause)
		return
	}
	s.queue.done(o.Chat, pause)
}

func (s *Sender) noteMigration(chat model.ChatID, failure *model.SendError) {
	if failure != nil && failure.Failure == model.SendMigrated {
		s.o.Migrated(chat, failure.MigratedTo)
	}
}

// once makes the call, and for a reply again while it certainly was not sent.
func (s *Sender) once(ctx context.Context, p Priority, call func(*tele.Bot) (*tele.Message, error)) (model.Receipt, error) {
	pause := replyBackoff
	for try := 1; ; try++ {
		receipt, err := s.guarded(ctx, call)
		if failureOf(err) != model.SendNotSent || p != PriorityReply || try == replyTries {
			return receipt, err
		}
		select {
		case <-s.client.clock.After(pause):
		case <-ctx.Done():
			return receipt, err
		}
		pause *= 2
	}
}

// guarded makes the call and believes only a message with a number. telebot panics on answers it did not foresee.
func (s *Sender) guarded(ctx context.Context, call func(*tele.Bot) (*tele.Message, error)) (receipt model.Receipt, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &model.SendError{Failure: model.SendAmbiguous, Err: fmt.Errorf("telebot panicked: %s", s.client.Redact(fmt.Sprint(v)))}
		}
	}()
	b, err := s.client.bot(ctx, s.client.sending)
	if err != nil {
		return receipt, &model.SendError{Failure: model.SendNotSent, Err: err}
	}
	m, err := call(b)
	if err != nil {
		return receipt, sendError(err)
	}
	if m == nil || m.ID == 0 {
		return receipt, &model.SendError{Failure: model.SendAmbiguous, Err: errors.New("an answer without a message")}
	}
	return model.Receipt{Message: m.ID}, nil
}

// direct makes a call that is no message: no budget, no order.
func (s *Sender) direct(ctx context.Context, call func(*tele.Bot) error) error {
	_, err := s.once(ctx, PriorityReply, func(b *tele.Bot) (*tele.Message, error) {
		return &tele.Message{ID: 1}, call(b)
	})
	return err
}

// SetCommands sets the menu of one scope and language ("" is every language without its own) when it differs from
// what is set; an empty list removes it.
func (s *Sender) SetCommands(ctx context.Context, scope CommandScope, language string, list []BotCommand) error {
	if scope.Type == "" {
		scope.Type = tele.CommandScopeDefault
	}
	where := tele.CommandScope{Type: scope.Type, ChatID: int64(scope.Chat), UserID: int64(scope.User)}
	want := make([]tele.Command, len(list))
	for i, c := range list {
		want[i] = tele.Command{Text: c.Name, Description: c.Description}
	}
	return s.direct(ctx, func(b *tele.Bot) error {
		have, err := b.Commands(where, language)
		switch {
		case err != nil:
			return err
		case sameCommands(have, want):
			return nil
		case len(want) == 0:
			return b.DeleteCommands(where, language)
		}
		return b.SetCommands(where, language, want)
	})
}

func sameCommands(a, b []tele.Command) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
