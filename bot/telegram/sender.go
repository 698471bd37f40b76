package telegram

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	tele "gopkg.in/telebot.v3"

	"opsbot/model"
)

// SenderOptions configure a Sender; the zero value is a working one.
type SenderOptions struct {
	Limits   Limits
	Patience time.Duration               // the longest wait for a paused chat within one call; default 60 s
	Migrated func(from, to model.ChatID) // a group has a new id: rewrite it everywhere; may be nil

	// A 429 holds beyond the process that got it.
	Paused map[model.ChatID]time.Time               // chats that are to be left alone, and until when; may be nil
	Pause  func(chat model.ChatID, until time.Time) // a chat is to be left alone: remember it for Paused; the zero time: not any more; may be nil

	Accepted func(chat model.ChatID) // a chat took a new message; it must return at once; may be nil
}

// Sender sends: within the limits, by priority, fair between chats, in the order of asking within one, but for Outgoing.Aside. It is safe for
// use by several goroutines.
//
// Errors are ErrDropped or *model.SendError. A 429 is waited for within Patience and then a SendFlood with the rest
// of the wait; it is no attempt. A wait of over model.MostWait is interrupted by one call in as long: Telegram often accepts again
// much earlier than it says. A SendAmbiguous message may have arrived: sending it again is the caller's decision.
// When ctx ends before anything was sent the error is a SendNotSent (or SendFlood) that wraps ctx's.
type Sender struct {
	client *Client
	queue  *queue
	o      SenderOptions

	remembering sync.Mutex // while a pause is stored: an upload beside an alert may be told another
}

// NewSender makes a sender; it opens no connection.
func NewSender(c *Client, o SenderOptions) *Sender {
	o.Patience = cmp.Or(o.Patience, time.Minute)
	if o.Migrated == nil {
		o.Migrated = func(model.ChatID, model.ChatID) {}
	}
	if o.Pause == nil {
		o.Pause = func(model.ChatID, time.Time) {}
	}
	s := &Sender{client: c, queue: newQueue(c.clock, o.Limits.withDefaults(), o.Patience), o: o}
	if o.Accepted == nil {
		s.o.Accepted = func(model.ChatID) {}
	}
	for chat, until := range o.Paused {
		s.queue.pause(chat, max(0, until.Sub(c.clock.Now()))) // by another run's clock
	}
	return s
}

// Send sends a text. What Telegram refuses as a message goes once more without buttons that are links, which become text: it refuses
// links that a person takes for fine. Then it goes as plain text, then as a document. A text over
// MaxText is refused before sending: its SendBad wraps a *TooLongError.
func (s *Sender) Send(ctx context.Context, o Outgoing) (model.Receipt, error) {
	if err := o.check("text", MaxText); err != nil {
		return model.Receipt{}, err
	}
	receipt, err := s.message(ctx, o, o.HTML)
	if replyGone(err) {
		o.ReplyTo = 0
		receipt, err = s.message(ctx, o, o.HTML)
	}
	if perhapsBad(err) && o.hasLinks() {
		o = o.withoutLinks()
		receipt, err = s.message(ctx, o, o.HTML)
	}
	if !perhapsBad(err) {
		return receipt, err
	}
	o = o.plain(err)
	receipt, err = s.message(ctx, o, o.Plain)
	if !perhapsBad(err) {
		return receipt, err
	}
	text := o.Plain
	o.Plain, o.Buttons = "", nil
	return s.upload(ctx, o, document(File{Name: "message.txt", Data: []byte(text)}, ""))
}

// Edit makes a message of ours look like o; Topic, ReplyTo and Silent have no meaning here. Looking so already is
// success. What Telegram refuses goes once more as Send's does, but as a document. SendGone: the message is not there any more.
func (s *Sender) Edit(ctx context.Context, message int, o Outgoing) error {
	if err := o.check("text", MaxText); err != nil {
		return err
	}
	err := s.edit(ctx, message, o, o.HTML)
	if perhapsBad(err) && o.hasLinks() {
		o = o.withoutLinks()
		err = s.edit(ctx, message, o, o.HTML)
	}
	if !perhapsBad(err) {
		return err
	}
	o = o.plain(err)
	return s.edit(ctx, message, o, o.Plain)
}

func (s *Sender) edit(ctx context.Context, message int, o Outgoing, text string) error {
	_, err := s.do(ctx, o, func(b *tele.Bot) (*tele.Message, error) {
		m, err := b.Edit(stored(o.Chat, message), text, o.options())
		if errors.Is(err, tele.ErrTrueResult) {
			return &tele.Message{ID: message}, nil
		}
		return m, err
	})
	if notModified(err) {
		return nil
	}
	return err
}

// SendDocument uploads a file with o.HTML as its caption, at most MaxCaption. One over MaxUpload is refused before
// sending.
func (s *Sender) SendDocument(ctx context.Context, o Outgoing, f File) (model.Receipt, error) {
	return s.sendFile(ctx, o, upload{len(f.Data), MaxUpload, document(f, o.HTML)})
}

// SendPhoto uploads a PNG or JPEG with o.HTML as its caption, at most MaxCaption. One over MaxPhoto is refused before
// sending.
func (s *Sender) SendPhoto(ctx context.Context, o Outgoing, f File) (model.Receipt, error) {
	return s.sendFile(ctx, o, upload{len(f.Data), MaxPhoto, func() tele.Sendable {
		return &tele.Photo{File: tele.FromReader(bytes.NewReader(f.Data)), Caption: o.HTML}
	}})
}

// document makes a fresh one for each try: telebot reads it to its end.
func document(f File, caption string) func() tele.Sendable {
	return func() tele.Sendable {
		return &tele.Document{File: tele.FromReader(bytes.NewReader(f.Data)), FileName: f.Name, Caption: caption}
	}
}

// upload is a file to be sent.
type upload struct {
	size, limit int // bytes
	make        func() tele.Sendable
}

func (s *Sender) sendFile(ctx context.Context, o Outgoing, f upload) (model.Receipt, error) {
	if err := o.check("caption", MaxCaption); err != nil {
		return model.Receipt{}, err
	}
	switch {
	case f.size == 0:
		return model.Receipt{}, &model.SendError{Failure: model.SendBad, Err: errors.New("the file is empty")}
	case f.size > f.limit:
		return model.Receipt{}, tooLong("file", f.size, f.limit)
	}
	return s.upload(ctx, o, f.make)
}

func (s *Sender) upload(ctx context.Context, o Outgoing, file func() tele.Sendable) (model.Receipt, error) {
	return s.create(ctx, o, file)
}

func (s *Sender) message(ctx context.Context, o Outgoing, text string) (model.Receipt, error) {
	return s.create(ctx, o, func() tele.Sendable { return sendable(text) })
}

// create sends a new message, and reports that its chat takes them.
func (s *Sender) create(ctx context.Context, o Outgoing, what func() tele.Sendable) (model.Receipt, error) {
	receipt, err := s.do(ctx, o, func(b *tele.Bot) (*tele.Message, error) {
		return b.Send(tele.ChatID(o.Chat), what(), o.options())
	})
	if err == nil {
		s.o.Accepted(o.Chat)
	}
	return receipt, err
}

// sendable is a text as telebot sends it.
type sendable string

// Send implements tele.Sendable.
func (t sendable) Send(b *tele.Bot, to tele.Recipient, o *tele.SendOptions) (*tele.Message, error) {
	return b.Send(to, string(t), o)
}

// Delete removes a message of ours; one that is gone already is success. Telegram allows it for 48 hours.
func (s *Sender) Delete(ctx context.Context, chat model.ChatID, message int) error {
	err := s.direct(ctx, func(b *tele.Bot) error { return b.Delete(stored(chat, message)) })
	if api, ok := errors.AsType[*apiError](err); ok && hasAny(api.Description, "message to delete not found|message_id_invalid") {
		return nil
	}
	return err
}

// Answer answers a press, once and within 150 s: a word at the top of the screen, or a box when alert is set. The
// text may be empty, and is cut to MaxAnswer characters. It does not wait for the budget. SendGone: too late.
func (s *Sender) Answer(ctx context.Context, callback, text string, alert bool) error {
	text = model.ClipLines(text, MaxAnswer)
	return s.direct(ctx, func(b *tele.Bot) error {
		return b.Respond(&tele.Callback{ID: callback}, &tele.CallbackResponse{Text: text, ShowAlert: alert})
	})
}

// ChatAction shows "typing", "upload_document" or the like for five seconds. It does not wait for the budget.
func (s *Sender) ChatAction(ctx context.Context, chat model.ChatID, topic int, action string) error {
	return s.direct(ctx, func(b *tele.Bot) error {
		if topic = thread(topic); topic == 0 {
			return b.Notify(tele.ChatID(chat), tele.ChatAction(action))
		}
		return b.Notify(tele.ChatID(chat), tele.ChatAction(action), topic)
	})
}

// generalTopic is a thread that Telegram shows and does not take.
const generalTopic = 1

func thread(topic int) int {
	if topic == generalTopic {
		return 0
	}
	return topic
}

// options are made afresh for each call: telebot changes them.
func (o Outgoing) options() *tele.SendOptions {
	opts := &tele.SendOptions{
		DisableNotification: o.Silent, DisableWebPagePreview: true, AllowWithoutReply: true, ThreadID: thread(o.Topic),
	}
	if o.HTML != "" {
		opts.ParseMode = tele.ModeHTML
	}
	if o.ReplyTo != 0 {
		opts.ReplyTo = &tele.Message{ID: o.ReplyTo}
	}
	if len(o.Buttons) > 0 {
		opts.ReplyMarkup = &tele.ReplyMarkup{InlineKeyboard: keyboard(o.Buttons)}
	}
	return opts
}

func keyboard(rows [][]Button) [][]tele.InlineButton {
	out := make([][]tele.InlineButton, len(rows))
	for i, row := range rows {
		for _, b := range row {
			out[i] = append(out[i], tele.InlineButton{Text: b.Text, Data: b.Data, URL: b.URL})
		}
	}
	return out
}

func stored(chat model.ChatID, message int) tele.StoredMessage {
	return tele.StoredMessage{MessageID: strconv.Itoa(message), ChatID: int64(chat)}
}

// perhapsBad reports whether another form of the message may be accepted: this one is at fault, or nobody knows what is.
func perhapsBad(err error) bool {
	e, ok := errors.AsType[*model.SendError](err)
	return ok && (e.Failure == model.SendBad || e.Failure == model.SendDenied && e.Denial == model.DenialUnclear)
}

// failureOf is the kind of a failed delivery, "" for success and for what is no SendError.
func failureOf(err error) model.SendFailure {
	if e, ok := errors.AsType[*model.SendError](err); ok {
		return e.Failure
	}
	return ""
}

// sendError gives err as an *model.SendError, without telebot's and net/http's words around it. What none of them
// foresaw is ambiguous.
func sendError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*model.SendError](err); ok {
		return e
	}
	return &model.SendError{Failure: model.SendAmbiguous, Err: fmt.Errorf("telebot: %w", err)}
}
