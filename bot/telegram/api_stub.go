package telegram

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot"
)

// Options say how Telegram is reached. Only Token is required.
type Options struct {
	Token    func() string // a func, so that printing the Options cannot print it
	APIURLs  []string      // in order, with fail-over; default https://api.telegram.org
	Proxies  []string      // "http://…", "https://…", "socks5://…", "direct", in order, with fail-over; default direct
	Clock    Clock
	Timeouts Timeouts
}

// Timeouts bound one call, from dialling to the last byte of the answer.
type Timeouts struct {
	Poll   time.Duration // how long Telegram may hold a poll; default 30 s, at most 50 s
	Slack  time.Duration // what a poll may take beyond that; default 10 s
	Text   time.Duration // default 15 s
	Upload time.Duration // default 120 s
}

// Client is one bot on Telegram, reached by two connection pools: one polls, one sends. It is safe for use by
// several goroutines.
type Client struct{}

// NewClient checks the options; it opens no connection.
func NewClient(o Options) (*Client, error) { return nil, nil }

// Redact takes the token, its secret half, proxy passwords and whatever looks like a token out of a text.
func (c *Client) Redact(text string) string { return text }

// Hook redacts every log entry it sees: add it to the logger first of all hooks.
func (c *Client) Hook() logrus.Hook { return nil }

// Close drops idle connections.
func (c *Client) Close() {}

// Events are what the poller and the sender report beside their work. Each may be nil. They are called from their
// goroutines and must return soon.
type Events struct {
	Health   func(Health)                        // polling began to fail, fails differently, became stale, or works again
	Poison   func(in Intake, err error)          // an update could not be read and was skipped
	Panic    func(in Incoming, v any, at []byte) // a handler panicked: the value and the stack
	Dropped  func(in Incoming)                   // a chat wrote faster than it is handled: not handled
	Migrated func(from, to opsbot.ChatID)        // a group has a new id: rewrite it everywhere
}

// PollerOptions configure a Poller; Handler is required.
type PollerOptions struct {
	Handler Handler
	Journal Journal // default: a MemoryJournal
	Events  Events
	MaxAge  time.Duration // texts older than this are Late; default 5 min
	Queue   int           // updates that may wait for one chat; default 20
	Workers int           // chats handled at once; default 8
	Drain   time.Duration // how long Run waits for handlers after ctx ended; default 5 s
}

// Poller takes updates from Telegram and hands them to the Handler.
type Poller struct{}

// NewPoller makes a poller; Run starts it.
func NewPoller(c *Client, o PollerOptions) *Poller { return nil }

// Run polls until ctx ends, whatever Telegram does; it is called once. It returns nil, or an error when handlers had to be left behind.
func (p *Poller) Run(ctx context.Context) error { return nil }

// Health is safe for use by several goroutines.
func (p *Poller) Health() Health { return Health{} }

// SenderOptions configure a Sender.
type SenderOptions struct {
	Limits   Limits
	Patience time.Duration // the longest wait for a paused chat within one call; default 60 s
	Migrated func(from, to opsbot.ChatID)
}

// Rate is at most N messages in any Per. The zero Rate is no limit.
type Rate struct {
	N   int
	Per time.Duration
}

// Limits are the budget of messages, edits included.
type Limits struct {
	All   Rate // default 25/s
	Chat  Rate // default 1/s
	Group Rate // default 18/min, for groups beside Chat
}

// Sender sends, within the limits, in the order of priority, then of asking. Safe for use by several goroutines.
type Sender struct{}

// NewSender makes a sender; it opens no connection.
func NewSender(c *Client, o SenderOptions) *Sender { return nil }

// Send sends a text. Errors are *opsbot.SendError, ErrDropped, or ctx's.
func (s *Sender) Send(ctx context.Context, o Outgoing) (opsbot.Receipt, error) {
	return opsbot.Receipt{}, nil
}

// Edit makes a message of ours look like o (Topic, ReplyTo and Silent have no meaning). Looking so already is success.
func (s *Sender) Edit(ctx context.Context, message int, o Outgoing) error { return nil }

// Delete removes a message; one that is gone already is success.
func (s *Sender) Delete(ctx context.Context, chat opsbot.ChatID, message int) error { return nil }

// SendDocument uploads a file with o.HTML as its caption.
func (s *Sender) SendDocument(ctx context.Context, o Outgoing, f File) (opsbot.Receipt, error) {
	return opsbot.Receipt{}, nil
}

// SendPhoto uploads a picture with o.HTML as its caption.
func (s *Sender) SendPhoto(ctx context.Context, o Outgoing, f File) (opsbot.Receipt, error) {
	return opsbot.Receipt{}, nil
}

// Answer answers a press, once: a short word at the top of the screen, or a box when alert is set; text may be empty.
func (s *Sender) Answer(ctx context.Context, callback, text string, alert bool) error { return nil }

// ChatAction shows "typing", "upload_document" or the like for five seconds. It never waits.
func (s *Sender) ChatAction(ctx context.Context, chat opsbot.ChatID, topic int, action string) error {
	return nil
}

// SetCommands sets the menu of one scope and language ("" is every other language) when it differs from what is set.
func (s *Sender) SetCommands(ctx context.Context, scope CommandScope, language string, list []BotCommand) error {
	return nil
}
