// Package bot is the chat: it translates between messages and use cases. One file per command, cards, buttons.
//
// It must not know SQL, SSH or how a check is run, and it decides nothing about rights: package ops does. What speaks
// the Bot API is its subfolder telegram.
package bot

import (
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

// Buttons keeps what buttons will do.
type Buttons interface {
	PutButtons(ctx context.Context, buttons map[string]model.Button) error
	Button(ctx context.Context, id string) (model.Button, bool, error)
	// CardAt returns the incident that a message shows.
	CardAt(ctx context.Context, chat model.ChatID, message int) (model.IncidentID, bool, error)
}

// Deps are what the chat needs of the rest of the house. All are required.
type Deps struct {
	Actions *ops.Actions
	People  *ops.People
	Sender  Sender
	Buttons Buttons
	Texts   *texts.Catalog
	Draw    Draw
	Paired  func() // called after somebody was paired: routes may have a new chat
	Me      func() telegram.Identity
	Zone    func() *time.Location // in which moments are written
	Now     func() time.Time
	Log     logrus.FieldLogger
}

// Bot answers people. It is safe for concurrent use.
type Bot struct {
	d        Deps
	commands []command
	tests    testMemory
	watches  watching
}

// New makes a bot.
func New(d Deps) *Bot {
	b := &Bot{d: d}
	b.commands = allCommands()
	return b
}

// Handle implements telegram.Handler. It is the one gate: whoever is not known gets no further, and nothing that was
// forwarded, written in the name of a chat, or sent by a bot is anybody's order.
func (b *Bot) Handle(ctx context.Context, in telegram.Incoming) {
	if in.Kind == telegram.KindMember || in.User.Bot || in.SenderChat != 0 || in.Forwarded || in.Chat.Type == "channel" {
		return
	}
	who := whoOf(in)
	actor, known := b.d.People.Actor(who)
	r := b.request(in, actor)
	switch {
	case in.Kind == telegram.KindText && b.pairing(ctx, r, who):
	case !known:
		b.refuse(ctx, r, who)
	case in.Kind == telegram.KindPress:
		b.press(ctx, r)
	default:
		b.text(ctx, r)
	}
}

// whoOf is the person behind an update, as the directory asks for them.
func whoOf(in telegram.Incoming) ops.Who {
	return ops.Who{
		User: in.User.ID, Name: in.User.Name, Chat: in.Chat.ID, Topic: in.Topic, Private: in.Chat.Private(),
		Language: language(in.User.Language),
	}
}

// language picks one of ours from the tag of a user's app.
func language(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if texts.Known(base) {
		return base
	}
	return texts.English
}

// refuse is all that a stranger ever gets: silence in groups, one line with their id in private.
func (b *Bot) refuse(ctx context.Context, r *request, who ops.Who) {
	first, err := b.d.People.Refuse(ctx, who, string(r.in.Kind))
	if err != nil {
		b.d.Log.WithError(err).Error("write the audit log")
	}
	if !who.Private || !first || r.in.Kind != telegram.KindText {
		return
	}
	r.p = b.printer(who.Language)
	r.reply(ctx, r.p.HTML("stranger", texts.Args{"id": int64(who.User)}), nil)
}

func (b *Bot) printer(lang string) *texts.Printer { return b.d.Texts.For(lang).In(b.d.Zone()) }

// text runs the command that a message is; other words are answered only in private, where they can be meant for nobody else.
func (b *Bot) text(ctx context.Context, r *request) {
	cmd, isCommand := telegram.ParseCommand(r.in.Text)
	switch {
	case isCommand && !cmd.For(b.d.Me().Username):
	case isCommand:
		r.run(ctx, cmd)
	case r.in.Chat.Private() && !r.in.Late && !r.in.Interrupted:
		r.reply(ctx, r.p.HTML("not_a_command"), nil)
	}
}

// run runs a command line. Commands that waited too long or were cut off by a restart are said, not run.
func (r *request) run(ctx context.Context, cmd telegram.Command) {
	args := map[string]string{"command": cmd.Name}
	switch {
	case r.in.Interrupted:
		r.fail(ctx, &model.Error{Code: model.ErrInterrupted, Args: args})
		return
	case r.in.Late:
		r.fail(ctx, &model.Error{Code: model.ErrCommandExpired, Args: args})
		return
	}
	for _, c := range r.b.commands {
		if c.name == cmd.Name {
			r.line = "/" + cmd.Name
			if err := c.run(r, ctx, cmd.Args); err != nil {
				r.fail(ctx, err)
			}
			return
		}
	}
	r.unknown(ctx, cmd)
}

// request is one message or press on its way through the chat.
type request struct {
	b     *Bot
	in    telegram.Incoming
	actor model.Actor
	p     *texts.Printer
	line  string // the command being run, for the choices of an error
	shown int    // the message of ours to change in place of a new one; 0 sends a new one
}

func (b *Bot) request(in telegram.Incoming, actor model.Actor) *request {
	return &request{b: b, in: in, actor: actor, p: b.printer(actor.Language)}
}

// outgoing begins a message to where the request came from.
func (r *request) outgoing(html string, rows [][]telegram.Button) telegram.Outgoing {
	return telegram.Outgoing{
		Chat: r.in.Chat.ID, Topic: r.in.Topic, HTML: html, Buttons: rows, Priority: telegram.PriorityReply,
	}
}

// reply answers; in groups as a reply to the question, so that two who ask are not mixed up. It returns the message's
// id, 0 when it could not be sent: what went wrong is logged, since there is nobody else to tell.
func (r *request) reply(ctx context.Context, html string, rows [][]telegram.Button) int {
	o := r.outgoing(html, rows)
	if r.shown != 0 {
		err := r.b.d.Sender.Edit(ctx, r.shown, o)
		if !failed(err, model.SendGone) {
			r.logged(err)
			return r.shown
		}
	}
	if r.in.Kind == telegram.KindText && !r.in.Chat.Private() {
		o.ReplyTo = r.in.Message
	}
	receipt, err := r.b.d.Sender.Send(ctx, o)
	r.logged(err)
	return receipt.Message
}

// failed reports whether a message failed in one way.
func failed(err error, how model.SendFailure) bool {
	e, ok := errors.AsType[*model.SendError](err)
	return ok && e.Failure == how
}

func (r *request) logged(err error) {
	if err != nil {
		r.b.d.Log.WithError(err).WithField("chat", int64(r.in.Chat.ID)).Error("send an answer")
	}
}

// fail answers with what went wrong, what to do, and, when there is something to choose, buttons that run the command with it.
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
	r.reply(ctx, blocks{escaped(model.ClipLines(what, 1000)), escaped(hint), r.moreChoices(err)}.join(), rows)
}

// moreChoices says that there are more things that a word could be than buttons.
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

// choices are buttons for "did you mean": each runs the same command with the word replaced.
func (r *request) choices(ctx context.Context, e *model.Error) [][]telegram.Button {
	cmd, _ := telegram.ParseCommand(r.in.Text)
	var made []action
	for _, choice := range e.Choices {
		line := r.line + " " + corrected(cmd.Args, e.Args["word"], choice)
		made = append(made, action{label: choice, name: actRun, args: map[string]string{"line": line}})
	}
	return r.buttons(ctx, 2, made...)
}

// corrected is what was said with the wrong word replaced. The word may be several, or all that was said.
func corrected(said, wrong, choice string) string {
	if at := wordAt(said, wrong); at >= 0 {
		return said[:at] + choice + said[at+len(wrong):]
	}
	return choice
}

// wordAt is where a word stands by itself, -1 when it does not: the "d" of "1d d" is the second.
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
