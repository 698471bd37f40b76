package telegram

import (
	"context"
	"strings"
	"time"

	"opsbot/model"
)

// Handler takes what people do in chats. The poller calls it from several goroutines, one at a time for each chat
// and in the order of sending. It decides first whether the sender may: nothing has been checked before. ctx ends
// when the poller stops. A panic is recovered, counted and reported by the poller.
type Handler interface {
	Handle(ctx context.Context, in Incoming)
}

// Kind is what a person did.
type Kind string

// The kinds.
const (
	KindText   Kind = "text"   // wrote a message
	KindPress  Kind = "press"  // pressed a button under one of our messages
	KindMember Kind = "member" // added us to a chat, promoted us, or threw us out
)

// Incoming is one update. Everything a person can choose (names, texts, data) is untrusted.
type Incoming struct {
	Update     int
	Kind       Kind
	User       User
	Chat       Chat
	Topic      int // 0 is none, or the general topic
	Message    int // the text's id, or of the message under whose button was pressed
	Text       string
	Date       time.Time    // when the text was sent; of a press, when the message with the button was sent
	ReplyTo    int          // the message that the text replies to; 0 is none
	ReplyUser  model.UserID // who wrote that message; 0 is not known
	ReplyData  []string     // Button.Data of the buttons under that message, as it came
	Forwarded  bool         // somebody else wrote the text
	ViaBot     bool         // an inline bot made the text: its user only chose it
	SenderChat model.ChatID // set when a chat speaks (anonymous administrators, channels), else 0
	Callback   string       // of a press: what Sender.Answer wants
	Data       string       // of a press: Button.Data, as it came
	Member     string       // of KindMember: "member", "administrator", "restricted", "left", "kicked"

	// Late: the text is older than PollerOptions.MaxAge now that its turn has come; answer "expired, send again" and do nothing else.
	Late bool
	// Interrupted: an earlier run of the program took this update and did not finish it. Find out what it did, and say so.
	Interrupted bool
	Resumed     bool          // that run had been interrupted in it before
	Age         time.Duration // since the update was taken
	Untold      bool          // nobody can tell what that run did: it was an earlier version's
	Shown       int           // the message that showed how far it was; 0 is none

	// Refused is how many updates of this chat, this one the first, were not handled because too many came at once: say so and do
	// nothing else.
	Refused int

	// Unkept is why the journal could not note this update; nil when it did. After a crash nobody will know of it: answer it, and
	// change nothing.
	Unkept error

	yield func()
	wait  func(func())
	show  func(context.Context, int)
}

// User is who did it.
type User struct {
	ID       model.UserID
	Name     string // first and last name
	Username string // without "@"; may be empty
	Language string // IETF tag of the user's app: "ru", "en-GB"; may be empty
	Bot      bool
}

// Chat is where it was done. ID is 0 for a press under a message that is in no chat of ours.
type Chat struct {
	ID    model.ChatID
	Type  string // "private", "group", "supergroup", "channel"
	Title string // of groups
}

// Private reports whether the chat is one person's.
func (c Chat) Private() bool { return c.Type == "private" }

// Yield lets the next update of the same chat begin while this one goes on: call it before long work. Further calls
// do nothing; when too many yielded handlers run already the chat goes on waiting.
func (in Incoming) Yield() {
	if in.yield != nil {
		in.yield()
	}
}

// Show notes the message that shows how far the handler is, so that it can be changed after a crash.
func (in Incoming) Show(ctx context.Context, message int) {
	if in.show != nil {
		in.show(ctx, message)
	}
}

// Wait calls f, which waits for something outside, such as Telegram. Meanwhile handlers of other chats have the place of this one;
// its chat goes on waiting.
func (in Incoming) Wait(f func()) {
	if in.wait == nil {
		f()
		return
	}
	in.wait(f)
}

// Command is a text that begins with "/".
type Command struct {
	Name string // lower case, without "/"
	Bot  string // the bot it was addressed to by "/name@bot", without "@"; may be empty
	Args string // all that follows, newlines and dashes kept, outer space cut
}

// maxCommandName is Telegram's bound for the name of a command.
const maxCommandName = 32

// ParseCommand reads "/name@bot args". Spaces that do not break, or have no width, are spaces: Telegram's own clients write them
// behind a command. It reports false for a text that is no command.
func ParseCommand(text string) (Command, bool) {
	rest, found := strings.CutPrefix(model.PlainSpaces(text), "/")
	if !found {
		return Command{}, false
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return !isCommandRune(r) })
	if end < 0 {
		end = len(rest)
	}
	c := Command{Name: strings.ToLower(rest[:end])}
	rest = rest[end:]
	if bot, found := strings.CutPrefix(rest, "@"); found {
		end = strings.IndexFunc(bot, func(r rune) bool { return !isCommandRune(r) })
		if end < 0 {
			end = len(bot)
		}
		c.Bot, rest = bot[:end], bot[end:]
	}
	if c.Name == "" || len(c.Name) > maxCommandName || (rest != "" && !strings.ContainsAny(rest[:1], " \t\r\n")) {
		return Command{}, false
	}
	c.Args = strings.TrimSpace(rest)
	return c, true
}

func isCommandRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// For reports whether the command is meant for the bot of that user name: addressed to it, or to nobody.
func (c Command) For(username string) bool { return c.Bot == "" || strings.EqualFold(c.Bot, username) }
