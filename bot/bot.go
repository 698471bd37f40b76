// Package bot is the chat: it translates between messages and use cases. One file per command, cards, buttons.
//
// It must not know SQL, SSH or how a check is run. Package ops checks permissions. Package telegram speaks the Bot API.
package bot

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// Sender sends and changes messages. A *telegram.Sender is one.
type Sender interface {
	Send(ctx context.Context, o telegram.Outgoing) (model.Receipt, error)
	Edit(ctx context.Context, message int, o telegram.Outgoing) error
	SendDocument(ctx context.Context, o telegram.Outgoing, f telegram.File) (model.Receipt, error)
	SendPhoto(ctx context.Context, o telegram.Outgoing, f telegram.File) (model.Receipt, error)
	Answer(ctx context.Context, callback, text string, alert bool) error
	SetCommands(ctx context.Context, scope telegram.CommandScope, language string, list []telegram.BotCommand) error
}

// Buttons stores the actions of buttons.
type Buttons interface {
	PutButtons(ctx context.Context, buttons map[string]model.Button) error
	Button(ctx context.Context, id string) (model.Button, bool, error)
	// CardAt returns the incident that a message shows.
	CardAt(ctx context.Context, chat model.ChatID, message int) (model.IncidentID, bool, error)
}

// Deps are the dependencies of the chat. All are required.
type Deps struct {
	Actions *ops.Actions
	People  *ops.People
	Sender  Sender
	Buttons Buttons
	// Settings keep which menus Telegram has.
	Settings Settings
	// DoneBy returns the audit entries of an update: what it has done.
	DoneBy func(ctx context.Context, update int) ([]model.AuditEntry, error)
	Texts  *texts.Catalog
	Draw   Draw
	Paired func() // called after pairing: routes may have a new chat
	// Refused is told what was refused to somebody who is unknown: a message or press ("chat"), or a code ("code").
	Refused func(kind string, in telegram.Incoming)
	Me      func() telegram.Identity
	Zone    func() *time.Location // of times in messages
	// Morning is the time of day until which "until morning" mutes, from midnight on; false: that is not offered.
	Morning func() (clock time.Duration, set bool)
	Now     func() time.Time
	After   func(time.Duration) <-chan time.Time
	Log     logrus.FieldLogger
}

// Bot answers people. It is safe for concurrent use.
type Bot struct {
	d        Deps
	commands []command
	names    map[string]string // of commands, as people call them
	tests    testMemory
	watches  watching
}

// New creates a bot.
func New(d Deps) *Bot {
	d.Sender = harmless{d.Sender}
	b := &Bot{d: d}
	b.commands = allCommands()
	b.names = namesOf(b.commands, d.Texts)
	return b
}

// Handle implements telegram.Handler. All access passes through it: what is no order of a person is ignored, and unknown users are
// refused. A button in a channel works for those who have rights of their own: anybody may be a reader.
func (b *Bot) Handle(ctx context.Context, in telegram.Incoming) {
	if !isOrder(in) {
		return
	}
	who := whoOf(in)
	actor, known := b.known(in)
	r := b.request(in, actor)
	switch {
	case in.Kind == telegram.KindText && b.pairing(ctx, r, who):
	case !known && b.unlisted(ctx, in):
	case !known:
		b.refuse(ctx, r, who)
	case in.Refused > 0:
		r.refused(ctx)
	case in.Interrupted:
		b.resume(ctx, r)
	case in.Kind == telegram.KindPress:
		b.press(ctx, r)
	default:
		b.text(ctx, r)
	}
}

// isOrder reports whether a person wrote or pressed it themselves. Not so what was forwarded, what a bot sent or made (via), what was
// written in the name of a chat (anonymous admins, linked channels), and texts in channels, which are not written to the bot.
func isOrder(in telegram.Incoming) bool {
	byPerson := in.User.ID != 0 && !in.User.Bot && in.SenderChat == 0 && !in.Forwarded && !in.ViaBot
	return byPerson && in.Kind != telegram.KindMember && (in.Chat.Type != "channel" || in.Kind == telegram.KindPress)
}

// Knows reports whether an update is an order of somebody who may ask for something there.
func (b *Bot) Knows(in telegram.Incoming) bool {
	_, known := b.known(in)
	return known && isOrder(in)
}

// known returns the rights of the sender; false for who has none.
func (b *Bot) known(in telegram.Incoming) (actor model.Actor, known bool) {
	who := whoOf(in)
	actor, known = b.d.People.Actor(who)
	if known && in.Chat.Type == "channel" {
		_, known = b.d.People.Actor(ops.Who{User: who.User, Private: true})
	}
	return actor, known
}

// refused says that too much came at once.
func (r *request) refused(ctx context.Context) {
	cmd, isCommand := telegram.ParseCommand(r.in.Text)
	if r.in.Kind == telegram.KindPress || isCommand && cmd.For(r.b.d.Me().Username) || r.in.Chat.Private() {
		r.reply(ctx, r.p.HTMLN("too_much", r.in.Refused), nil)
	}
}

// whoOf returns the author of an update, for the directory of users.
func whoOf(in telegram.Incoming) ops.Who {
	return ops.Who{
		User: in.User.ID, Name: in.User.Name, Chat: in.Chat.ID, Topic: in.Topic, Private: in.Chat.Private(),
		Language: language(in.User.Language), Update: in.Update,
	}
}

// language returns the supported language of a language tag.
func language(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if texts.Known(base) {
		return base
	}
	return texts.English
}

// refuse answers unknown users: nothing in groups, one line with their id in private. A press gets an answer everywhere, since its
// button waits for one.
func (b *Bot) refuse(ctx context.Context, r *request, who ops.Who) {
	b.d.Refused("chat", r.in)
	first, err := b.d.People.Refuse(ctx, who, string(r.in.Kind))
	if err != nil {
		b.d.Log.WithError(err).Error("write the audit log")
	}
	r.p = b.printer(&model.Actor{Language: who.Language})
	if r.in.Kind == telegram.KindPress {
		r.replied = true // if it comes too late the group does not read of it
		r.answer(ctx, r.p.T("stranger.press", texts.Args{"id": int64(who.User)}), true)
		return
	}
	if !who.Private || !first || r.in.Kind != telegram.KindText {
		return
	}
	r.reply(ctx, r.p.HTML("stranger", texts.Args{"id": int64(who.User)}), nil)
}

func (b *Bot) printer(actor *model.Actor) *texts.Printer {
	return b.d.Texts.For(actor.Language).In(cmp.Or(actor.Zone, b.d.Zone()))
}

// text runs a command. Other texts get an answer only where they are meant for the bot.
func (b *Bot) text(ctx context.Context, r *request) {
	cmd, isCommand := r.said()
	switch {
	case isCommand && !cmd.For(b.d.Me().Username):
	case isCommand:
		r.run(ctx, cmd)
	default:
		r.notCommand(ctx)
	}
}

// run runs a command line. Commands that are too old, and those that nobody would know of after a crash, are answered, not run.
func (r *request) run(ctx context.Context, cmd telegram.Command) {
	switch {
	case r.in.Late:
		r.fail(ctx, &model.Error{Code: model.ErrCommandExpired, Args: map[string]string{"command": cmd.Name}})
		return
	case r.in.Unkept != nil && commandChanges(cmd):
		r.fail(ctx, unkept(r.in.Unkept))
		return
	}
	for _, c := range r.b.commands {
		if c.name == cmd.Name {
			r.line = "/" + cmd.Name
			r.at(cmd)
			if err := c.run(r, ctx, cmd.Args); err != nil {
				r.fail(ctx, err)
			}
			return
		}
	}
	r.unknown(ctx, cmd)
}

// request is one message or button press being handled.
type request struct {
	b     *Bot
	in    telegram.Incoming
	actor model.Actor
	p     *texts.Printer
	line  string // the command being run, for the choices of an error
	shown int    // the message of ours to edit; 0 sends a new one

	here  string   // the place being shown; "" is one that no button can lead to
	page  int      // of its list, from 1; 0 is the first
	whole bool     // all of its list, as a document
	trail []string // the way back from here
	asked int      // the question of ours that this answers in words; what comes of it replaces the question
	about string   // what a reply to the answer is about: words of a selector, or the place of an incident

	replied bool // an answer has arrived
	repeats bool // an earlier run may have sent the answer
}

func (b *Bot) request(in telegram.Incoming, actor model.Actor) *request {
	actor.Update = in.Update
	return &request{b: b, in: in, actor: actor, p: b.printer(&actor)}
}

// outgoing creates a message to the chat and topic of the request.
func (r *request) outgoing(html string, rows [][]telegram.Button) telegram.Outgoing {
	return telegram.Outgoing{
		Chat: r.in.Chat.ID, Topic: r.in.Topic, HTML: html, Buttons: rows, Priority: telegram.PriorityReply,
	}
}

// reply answers, in groups as a reply to the message.
func (r *request) reply(ctx context.Context, html string, rows [][]telegram.Button) {
	r.replyUnless(ctx, nil, html, rows)
}

// replyUnless is reply with what is to be edited later: it is not tried again once there was enough, nor elsewhere. It returns the
// id of the message, 0 if it could not be sent.
func (r *request) replyUnless(ctx context.Context, enough <-chan struct{}, html string, rows [][]telegram.Button) int {
	if back, there := r.backAction(); there {
		rows = append(rows, r.keys(ctx, keyboard{{back}})...)
	}
	o := r.outgoing(html, rows)
	if r.shown != 0 && r.edit(ctx, r.shown, o) {
		return r.shown
	}
	return r.send(ctx, r.quoting(o), enough).Message
}

// quoting makes a message a reply to the one that it answers, in groups.
func (r *request) quoting(o telegram.Outgoing) telegram.Outgoing {
	if r.in.Kind == telegram.KindText && !r.in.Chat.Private() {
		o.ReplyTo = r.in.Message
	}
	return o
}

// failed reports whether sending failed in the given way.
func failed(err error, how model.SendFailure) bool {
	e, ok := errors.AsType[*model.SendError](err)
	return ok && e.Failure == how
}

// fail answers with an error: what is wrong, what to do, and a button for each choice.
func (r *request) fail(ctx context.Context, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if model.CodeOf(err) == model.ErrInternal {
		r.b.d.Log.WithError(err).Error("run a command")
	}
	what, hint := r.p.Error(err)
	var rows [][]telegram.Button
	if e, ok := errors.AsType[*model.Error](err); ok && r.line != "" {
		rows = r.choices(ctx, e)
	}
	r.reply(ctx, blocks{escaped(model.ClipLines(what, 1000)), escaped(hint), r.example(err, hint), r.moreChoices(err)}.join(), rows)
}

// moreChoices says how many choices have no button.
func (r *request) moreChoices(err error) block {
	e, ok := errors.AsType[*model.Error](err)
	if !ok {
		return ""
	}
	n, _ := strconv.Atoi(e.Args["more"])
	if n == 0 {
		return ""
	}
	return r.renderer().more(n)
}

// choices are "did you mean" buttons. Each runs the command with the wrong word replaced.
func (r *request) choices(ctx context.Context, e *model.Error) [][]telegram.Button {
	cmd, _ := r.said()
	var made []action
	for _, choice := range e.Choices {
		line := r.line + " " + corrected(cmd.Args, e.Args["word"], choice)
		made = append(made, action{label: choice, name: actRun, args: map[string]string{"line": line}})
	}
	return r.buttons(ctx, 2, made...)
}

// corrected replaces the wrong word of a command line. The word may be several, or the whole line.
func corrected(said, wrong, choice string) string {
	if at := wordAt(said, wrong); at >= 0 {
		return said[:at] + choice + said[at+len(wrong):]
	}
	return choice
}

// wordAt returns the index of a separate word, -1 if there is none: the "d" of "1d d" is the second.
func wordAt(said, word string) int {
	const apart = " ,\t\n"
	for from := 0; word != ""; {
		i := strings.Index(said[from:], word)
		if i < 0 {
			break
		}
		at, end := from+i, from+i+len(word)
		if (at == 0 || strings.ContainsRune(apart, rune(said[at-1]))) && (end == len(said) || strings.ContainsRune(apart, rune(said[end]))) {
			return at
		}
		from = end
	}
	return -1
}
