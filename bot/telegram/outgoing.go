package telegram

import (
	"errors"
	"fmt"

	"opsbot/model"
)

// Telegram's limits: https://core.telegram.org/bots/api#sendmessage, #senddocument, #inlinekeyboardbutton.
const (
	MaxText       = 4096  // UTF-16 units after the tags are read
	MaxCaption    = 1024  // the same, under a document or a photo
	MaxRaw        = 32768 // bytes of HTML as written
	MaxData       = 64    // bytes of Button.Data
	MaxAnswer     = 200   // characters of the answer to a press
	MaxUpload     = 50 << 20
	MaxPhoto      = 10 << 20
	maxButtonText = 256 // bytes; not documented, what the server was seen to take
)

// Priority orders what waits for the budget of messages.
type Priority uint8

// The priorities, first served first.
const (
	PriorityReply    Priority = iota // the answer to a person who waits
	PriorityCritical                 // an alert of critical severity
	PriorityNormal                   // the rest
	PriorityProgress                 // never waits: dropped with ErrDropped when the budget is short
)

// ErrDropped is returned for PriorityProgress when the budget is short. Nothing was sent.
var ErrDropped = errors.New("dropped: the message budget is short")

// Outgoing is a message as it shall look. The zero values are "none" and "as usual".
type Outgoing struct {
	Chat     model.ChatID
	Topic    int // 0 is none; 1 (the general topic) is sent as none, as Telegram wants it
	ReplyTo  int // sent without a reply when that message is gone
	HTML     string
	Plain    string // sent in place of HTML when Telegram refuses the markup; empty: HTML without its tags
	Buttons  [][]Button
	Silent   bool
	Priority Priority
	Aside    bool // keeps no order with what else is for its chat: that is sent while this one is on its way
}

// Button is one button under a message: Data comes back in Incoming.Data (at most MaxData bytes), or URL is opened.
type Button struct {
	Text string
	Data string
	URL  string
}

// File is an upload. Outgoing.HTML is its caption.
type File struct {
	Name string
	Data []byte
}

// TooLongError says that a text was not sent because Telegram would refuse it. It is the cause of a SendBad.
type TooLongError struct {
	What  string // "text", "caption", "raw text", "button data", "answer", "file"
	Size  int    // in the unit of the limit
	Limit int
}

// Error reads `text of 5000 is over the limit of 4096`.
func (e *TooLongError) Error() string {
	return fmt.Sprintf("%s of %d is over the limit of %d", e.What, e.Size, e.Limit)
}

// BotCommand is a line of the menu that Telegram shows for "/".
type BotCommand struct {
	Name        string // [a-z0-9_]{1,32}
	Description string // 1 to 256 characters
}

// CommandScope says who sees a list of commands: Type is "default", "all_private_chats", "all_group_chats",
// "all_chat_administrators", "chat", "chat_administrators" or "chat_member"; Chat and User where the type wants them.
type CommandScope struct {
	Type string
	Chat model.ChatID
	User model.UserID
}
