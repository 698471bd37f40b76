package bot

import (
	"context"
	"errors"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// An answer that met a fault is tried again, ever more slowly, and given up after a while. Nobody else keeps it: its update is not
// done before, so that a restart meanwhile says what became of the command.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// patience is how long an answer is tried.
type patience struct {
	pauses time.Duration // between tries, in all
	floods time.Duration // waits that Telegram asked for, in all
}

var (
	answerPatience = patience{15 * time.Minute, 24 * time.Hour}
	toastPatience  = patience{45 * time.Second, 45 * time.Second} // Telegram forgets a press after 150 s
)

// sending is how an answer is sent.
type sending func(ctx context.Context, o telegram.Outgoing) (model.Receipt, error)

// answering is one answer on its way to a person.
type answering struct {
	*request
	send     sending
	limit    int // of the text, in UTF-16 units
	patience patience
	enough   <-chan struct{} // of what is to be edited later, which cannot go elsewhere; closed: no further try
	shows    bool            // sent twice it shows once, like an edit: it is never marked, and keeps its place

	asked     telegram.Outgoing // as it was to look
	paused    time.Duration     // so far, between tries
	flooded   time.Duration     // so far, because Telegram asked for it
	ambiguous bool              // a try may have arrived
	moved     bool              // to the new id of the chat
	alone     bool              // without the message that it replies to
	private   bool              // to the person alone, since the chat takes nothing
}

// deliver tries until the answer is taken, or cannot be. The handler of the update works no longer: others go on meanwhile.
func (a *answering) deliver(ctx context.Context, o telegram.Outgoing) (receipt model.Receipt, err error) {
	a.asked, a.ambiguous = o, a.repeats
	a.in.Wait(func() {
		for {
			receipt, err = a.send(ctx, a.outgoing())
			if ctx.Err() != nil || !a.again(ctx, err) {
				return
			}
		}
	})
	return receipt, err
}

// outgoing is the message of the next try: it says that it is late, or may be a repeat.
func (a *answering) outgoing() telegram.Outgoing {
	o := a.asked
	mark := ""
	if by := a.paused + a.flooded; by > lateAfter && !a.shows {
		mark = " " + a.p.HTML("card.late", texts.Args{"by": by})
	}
	if a.ambiguous && !a.shows {
		mark += " " + a.p.HTML("card.repeat")
	}
	if mark == "" {
		return o
	}
	if telegram.Units(o.HTML+mark) > a.limit { // of a caption; a text has room
		o.HTML = ""
	}
	o.HTML += mark
	return o
}

// again waits for the next try, and reports whether there is one.
func (a *answering) again(ctx context.Context, err error) bool {
	failure, ok := errors.AsType[*model.SendError](err)
	if !ok {
		return false
	}
	switch failure.Failure {
	case model.SendAmbiguous:
		a.ambiguous = true
		return a.pause(ctx)
	case model.SendNotSent, model.SendRefused:
		return a.pause(ctx)
	case model.SendFlood:
		d := max(failure.Wait(), firstPause) // the chat may take something long before
		a.flooded += d
		return a.flooded <= a.patience.floods && a.wait(ctx, d)
	case model.SendMigrated:
		return a.follow(failure.MigratedTo)
	case model.SendDenied:
		return a.past(failure.Denial)
	case model.SendChatDead:
		return a.inPrivate()
	case model.SendBad, model.SendGone:
		return a.byItself()
	default:
		return false
	}
}

// past finds a way past what a chat denies.
func (a *answering) past(denial model.Denial) bool {
	switch denial {
	case model.DenialUnclear, model.DenialFiles:
		return a.byItself()
	case model.DenialTopic:
		return a.besideTopic() || a.inPrivate()
	default:
		return a.inPrivate()
	}
}

// besideTopic sends to the chat itself what a topic takes no more.
func (a *answering) besideTopic() bool {
	if a.shows || a.asked.Topic == 0 || a.enough != nil {
		return false
	}
	a.asked.Topic, a.asked.ReplyTo = 0, 0
	return true
}

// isRefused reports whether a message was refused for what it is, not for where it was to go.
func isRefused(err error) bool {
	e, ok := errors.AsType[*model.SendError](err)
	return ok && (e.Failure == model.SendBad || e.Failure == model.SendDenied && (e.Denial == model.DenialUnclear || e.Denial == model.DenialFiles))
}

// pause waits twice as long as the last time.
func (a *answering) pause(ctx context.Context) bool {
	d := min(max(firstPause, a.paused), longestPause)
	a.paused += d
	return a.paused <= a.patience.pauses && a.wait(ctx, d)
}

func (a *answering) wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-a.b.d.After(d):
		return true
	case <-a.enough:
		return false
	case <-ctx.Done():
		return false
	}
}

// follow sends to the chat's new id, once. Messages have other numbers there.
func (a *answering) follow(to model.ChatID) bool {
	if a.shows || a.moved || a.enough != nil {
		return false
	}
	a.moved, a.asked.Chat, a.asked.ReplyTo = true, to, 0
	return true
}

// byItself sends once more what was refused, as a reply to nothing: what it replied to may be gone.
func (a *answering) byItself() bool {
	if a.shows || a.alone {
		return false
	}
	a.alone, a.asked.ReplyTo = true, 0
	return true
}

// inPrivate sends to the person alone what their group takes no more. Its buttons belong to the group.
func (a *answering) inPrivate() bool {
	if a.shows || a.private || a.enough != nil || a.in.Chat.Private() || a.in.User.ID == 0 {
		return false
	}
	a.private = true
	a.asked.Chat, a.asked.Topic, a.asked.ReplyTo, a.asked.Buttons = model.ChatID(a.in.User.ID), 0, 0, nil
	head := a.p.HTML("answer.elsewhere", texts.Args{"chat": model.Clip(a.in.Chat.Title, 64)}) + "\n"
	if telegram.Units(head+a.asked.HTML) <= a.limit {
		a.asked.HTML = head + a.asked.HTML
	}
	return true
}

// send sends a message of the answer. A text that is too long goes as a document.
func (r *request) send(ctx context.Context, o telegram.Outgoing, enough <-chan struct{}) model.Receipt {
	a := &answering{request: r, send: r.b.d.Sender.Send, limit: telegram.MaxText, patience: answerPatience, enough: enough}
	receipt, err := a.deliver(ctx, o)
	if _, long := errors.AsType[*telegram.TooLongError](err); long {
		r.document(ctx, plain(o.HTML))
		return receipt
	}
	r.delivered(err)
	return receipt
}

// edit changes a message of ours. It reports false when that cannot be: the answer must be a message of its own.
func (r *request) edit(ctx context.Context, message int, o telegram.Outgoing) bool {
	change := func(ctx context.Context, o telegram.Outgoing) (model.Receipt, error) {
		return model.Receipt{Message: message}, r.b.d.Sender.Edit(ctx, message, o)
	}
	_, err := (&answering{request: r, send: change, patience: answerPatience, shows: true}).deliver(ctx, o)
	for _, final := range []model.SendFailure{model.SendGone, model.SendMigrated, model.SendChatDead, model.SendDenied, model.SendBad} {
		if failed(err, final) {
			return false
		}
	}
	r.delivered(err)
	return true
}

// file sends a document. When Telegram does not take it the answer says so.
func (r *request) file(ctx context.Context, o telegram.Outgoing, f telegram.File) {
	r.upload(ctx, o, f, func(ctx context.Context, o telegram.Outgoing) (model.Receipt, error) {
		return r.b.d.Sender.SendDocument(ctx, o, f)
	})
}

// upload sends a file in some way.
func (r *request) upload(ctx context.Context, o telegram.Outgoing, f telegram.File, send sending) {
	_, err := (&answering{request: r, send: send, limit: telegram.MaxCaption, patience: answerPatience}).deliver(ctx, o)
	if !isRefused(err) {
		r.delivered(err)
		return
	}
	r.b.d.Log.WithError(err).WithField("file", f.Name).Error("send a file")
	o.HTML = blocks{block(o.HTML), block(r.p.HTML("answer.no_file", texts.Args{"file": model.Clip(f.Name, 64)}))}.join()
	r.send(ctx, o, nil)
}

// answer answers a press: a word over the chat, or a box when alert is set. What cannot be said so, and nothing else says, is
// said in the chat.
func (r *request) answer(ctx context.Context, text string, alert bool) {
	toast := func(ctx context.Context, _ telegram.Outgoing) (model.Receipt, error) {
		return model.Receipt{}, r.b.d.Sender.Answer(ctx, r.in.Callback, text, alert)
	}
	a := &answering{request: r, send: toast, patience: toastPatience, shows: true}
	_, err := a.deliver(ctx, telegram.Outgoing{})
	if err == nil || a.ambiguous && !r.repeats && failed(err, model.SendGone) || ctx.Err() != nil { // gone: an earlier try has arrived
		return
	}
	r.b.d.Log.WithError(err).Debug("answer a press")
	if text == "" || r.replied {
		return
	}
	o := r.outgoing(string(escaped(text)), nil)
	o.ReplyTo = r.in.Message
	r.send(ctx, o, nil)
}

// delivered notes the fate of an answer. Errors are only logged: the user cannot be reached.
func (r *request) delivered(err error) {
	if err != nil {
		r.b.d.Log.WithError(err).WithFields(map[string]any{
			"chat": int64(r.in.Chat.ID), "user": int64(r.in.User.ID), "update": r.in.Update,
		}).Error("an answer was given up")
		return
	}
	r.replied = true
}
