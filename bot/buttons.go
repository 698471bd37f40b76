package bot

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
)

// The actions of buttons, with their arguments.
const (
	actRun           = "run"            // line: opens a place; the answer is a new message
	actShow          = "show"           // line: the same, but the answer replaces the message; back: the way back
	actMute          = "mute"           // for, words, incident, reason; from a question also asked, sure
	actUnmute        = "unmute"         // id, undo
	actExtend        = "extend"         // id, for: more time for a mute
	actRecheck       = "recheck"        // incident
	actReset         = "reset"          // check
	actAck           = "ack"            // incident
	actUnack         = "unack"          // incident
	actNote          = "note"           // incident, text: a note that clients read
	actClose         = "close"          // source, id: an open event; from a question also sure
	actHandback      = "handback"       // id: of a takeover
	actCoverTake     = "cover_take"     // id: of a cover
	actCoverRefuse   = "cover_refuse"   // id
	actCoverWithdraw = "cover_withdraw" // id
	actPage          = "page"           // who, text: somebody who is not on call, too
	actEscalate      = "escalate"       // incident; not: the one who presses, who was paged, does not take it

	actCancel = "cancel" // removes the question
	actRows   = "rows"   // test: all rows of a web test as a document
	actSend   = "send"   // words, sure: send a client's report to the client
	actMail   = "mail"   // test: mail its report; to: the recipient, asked for if there are several
	actLogs   = "logs"   // incident, or test: the logs of its hosts

	actInform = "inform" // client, title, text, sure: mail a client what a draft says

	actLetIn = "let_in" // role; of the second question also client, "" is all

	actStopWatch = "stop_watch" // watch
)

// action is a button to be created.
type action struct {
	label string
	name  string
	args  map[string]string
	own   bool // only the user who asked may press it
}

// buttonLife is how long a button works: until somebody returns to the chat the next morning.
const buttonLife = 24 * time.Hour

// cardButtonLife is longer, because incidents last for days. Each edit of a card renews it.
const cardButtonLife = 14 * model.Day

// buttons creates buttons under a message of the chat, at most so many in a row.
func (r *request) buttons(ctx context.Context, most int, actions ...action) [][]telegram.Button {
	return r.keys(ctx, arrange(most, actions))
}

// keys creates the buttons of a keyboard.
func (r *request) keys(ctx context.Context, all keyboard) [][]telegram.Button {
	kept := make(map[string]model.Button)
	rows := make([][]telegram.Button, len(all))
	for i, row := range all {
		for _, a := range row {
			a = r.leads(a)
			user := model.UserID(0)
			if a.own {
				user = r.in.User.ID
			}
			id := newID()
			kept[id] = model.Button{Action: a.name, Args: a.args, Chat: r.in.Chat.ID, User: user, Expires: r.b.d.Now().Add(buttonLife)}
			rows[i] = append(rows[i], telegram.Button{Text: withoutMiddle(a.label, labelRoom[1]), Data: id})
		}
	}
	if len(kept) == 0 {
		return nil
	}
	quickly, cancel := context.WithTimeout(ctx, storeButtonsFor)
	defer cancel()
	if err := r.b.d.Buttons.PutButtons(quickly, kept); err != nil {
		r.b.d.Log.WithError(err).Error("keep buttons")
		return nil // an answer without buttons is better than none
	}
	return rows
}

// storeButtonsFor is how long an answer waits for its buttons to be stored.
const storeButtonsFor = 3 * time.Second

// newID returns 96 random bits.
func newID() string {
	raw := make([]byte, 12)
	_, _ = rand.Read(raw) // crypto/rand.Read never errs
	return base64.RawURLEncoding.EncodeToString(raw)
}

// press runs the action of a button with the permissions of who pressed it.
func (b *Bot) press(ctx context.Context, r *request) {
	button, found, err := b.d.Buttons.Button(ctx, r.in.Data)
	switch {
	case err != nil:
		r.toast(ctx, err)
		return
	case !found || button.Chat != r.in.Chat.ID || button.Used != 0:
		r.toast(ctx, &model.Error{Code: model.ErrButtonExpired})
		return
	case button.User != 0 && button.User != r.in.User.ID:
		r.toast(ctx, &model.Error{Code: model.ErrNotYours})
		return
	}
	b.pressed(ctx, r, button)
}

// pressed runs the action of a button.
func (b *Bot) pressed(ctx context.Context, r *request, button model.Button) {
	matters := changes(&button)
	if r.in.Unkept != nil && matters {
		r.toast(ctx, unkept(r.in.Unkept))
		return
	}
	if err := b.once(ctx, r, button); err != nil && matters {
		r.toast(ctx, unkept(err))
		return
	}
	if err := b.act(ctx, r, button); err != nil {
		r.toast(ctx, err)
	}
}

// once uses up a button that only one user may press, so that a double press runs it once.
func (b *Bot) once(ctx context.Context, r *request, button model.Button) error {
	if button.User == 0 {
		return nil
	}
	button.Used = max(r.in.Update, 1)
	return b.d.Buttons.PutButtons(ctx, map[string]model.Button{r.in.Data: button})
}

// unused lets a button be pressed again.
func (b *Bot) unused(ctx context.Context, id string, button model.Button) error {
	if button.User == 0 {
		return nil
	}
	button.Used = 0
	return b.d.Buttons.PutButtons(ctx, map[string]model.Button{id: button})
}

// toast shows an error over the chat. A press always gets an answer.
func (r *request) toast(ctx context.Context, err error) {
	if model.CodeOf(err) == model.ErrInternal {
		r.b.d.Log.WithError(err).Error("press a button")
	}
	what, hint := r.p.Error(err)
	r.answer(ctx, model.Clip(what+" "+hint, telegram.MaxAnswer), true)
}

func (b *Bot) act(ctx context.Context, r *request, button model.Button) error {
	r.trail = trailOf(button.Args)
	switch button.Action {
	case actRun, actShow:
		return r.visit(ctx, button)
	case actMute:
		return r.pressMute(ctx, button.Args)
	case actUnmute:
		return r.pressUnmute(ctx, button.Args)
	case actHandback:
		return r.pressHandback(ctx, button.Args)
	case actPage:
		return r.pressPage(ctx, button.Args)
	case actEscalate:
		return r.pressEscalate(ctx, button.Args)
	case actCoverTake:
		return r.pressCover(ctx, model.CoverTake, button.Args)
	case actCoverRefuse:
		return r.pressCover(ctx, model.CoverRefuse, button.Args)
	case actCoverWithdraw:
		return r.pressCover(ctx, model.CoverWithdraw, button.Args)
	case actExtend:
		return r.pressExtend(ctx, button.Args)
	case actRecheck:
		return r.pressRecheck(ctx, button.Args)
	case actAck:
		return r.pressAck(ctx, button.Args)
	case actUnack:
		return r.pressUnack(ctx, button.Args)
	case actNote:
		return r.pressNote(ctx, button.Args)
	case actClose:
		return r.pressClose(ctx, button.Args)
	case actReset:
		return r.pressReset(ctx, button.Args)
	case actRows:
		return r.pressRows(ctx, button.Args["test"])
	case actLetIn:
		return r.pressLetIn(ctx, button.Args)
	case actStopWatch:
		return r.pressStopWatch(ctx, button.Args)
	case actSend:
		return r.pressSend(ctx, button.Args)
	case actInform:
		return r.pressInform(ctx, button.Args)
	case actMail:
		return r.pressMail(ctx, button.Args["test"], button.Args["to"])
	case actLogs:
		return r.pressLogs(ctx, button.Args)
	case actCancel:
		r.answer(ctx, "", false)
		r.shown = r.in.Message
		r.reply(ctx, r.p.HTML("cancelled"), nil)
		return nil
	default:
		return &model.Error{Code: model.ErrButtonExpired}
	}
}
