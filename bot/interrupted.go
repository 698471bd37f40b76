package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// runAgainFor is how old a command that only reads may be to be run again after a restart, in place of asking for it.
const runAgainFor = 2 * time.Minute

// resume says what became of what an earlier run of the program did not finish. What it did is in the audit log, which is one
// transaction with the doing: no entry, nothing done. What changes nothing is run again while it is fresh, once.
func (b *Bot) resume(ctx context.Context, r *request) {
	r.repeats = r.in.Resumed // it may have been said already
	r.shown = r.in.Shown
	done, err := b.doneBy(ctx, r.in.Update)
	if err != nil || r.in.Untold {
		r.unknownFate(ctx, err)
		return
	}
	if r.in.Kind == telegram.KindPress {
		b.resumePress(ctx, r, done)
		return
	}
	cmd, isCommand := r.said()
	if !isCommand || !cmd.For(b.d.Me().Username) {
		return
	}
	r.resumeCommand(ctx, cmd, done)
}

// doneBy are the entries of what an update has changed.
func (b *Bot) doneBy(ctx context.Context, update int) ([]model.AuditEntry, error) {
	all, err := b.d.DoneBy(ctx, update)
	return slices.DeleteFunc(all, func(e model.AuditEntry) bool { return !ops.Changed(&e) }), err
}

func (r *request) resumeCommand(ctx context.Context, cmd telegram.Command, done []model.AuditEntry) {
	line := model.PlainSpaces(r.in.Text)
	if _, slash := telegram.ParseCommand(line); !slash { // a button runs commands with one
		line = strings.TrimSpace("/" + cmd.Name + " " + cmd.Args)
	}
	args := texts.Args{"line": model.Clip(line, 200)}
	switch {
	case len(done) > 0:
		r.reply(ctx, r.doneMessage(ctx, r.p.HTML("interrupted.done", args), done), nil)
	case commandChanges(cmd):
		r.reply(ctx, r.p.HTML("interrupted.undone", args), r.sendAgain(ctx, line))
	case r.runsAgain():
		r.run(ctx, cmd)
	default:
		r.reply(ctx, r.p.HTML("interrupted.read", args), r.sendAgain(ctx, line))
	}
}

// runsAgain reports whether to run again what only reads, and begins to mark its answers: one may have arrived.
func (r *request) runsAgain() bool {
	if r.in.Resumed || r.in.Age > runAgainFor {
		return false
	}
	r.in.Interrupted, r.repeats = false, true
	return true
}

// sendAgain is a button that sends the command again, for who sent it.
func (r *request) sendAgain(ctx context.Context, line string) [][]telegram.Button {
	if len(line) > longestLine {
		return nil
	}
	return r.buttons(ctx, 1, action{label: r.p.T("button.send_again"), name: actRun, own: true, args: map[string]string{"line": line}})
}

// doneMessage lists what was done.
func (r *request) doneMessage(ctx context.Context, head string, done []model.AuditEntry) string {
	return message{head: blocks{block(head)}, rows: r.doneLines(ctx, done)}.fit(mostRows, r.renderer().more)
}

func (r *request) doneLines(ctx context.Context, done []model.AuditEntry) (lines blocks) {
	for i := range done {
		e := r.b.d.Actions.ShownEntry(ctx, r.actor, done[i])
		what := strings.TrimSpace(e.Action + " " + strings.TrimSpace(e.Target))
		if e.After != "" {
			what += ": " + strings.TrimSpace(e.After)
		}
		lines = append(lines, escaped("✅ "+model.Clip(what, 160)))
	}
	return lines
}

// resumePress says what became of a press. A button that could be pressed once works again if nothing was done.
func (b *Bot) resumePress(ctx context.Context, r *request, done []model.AuditEntry) {
	button, found, err := b.d.Buttons.Button(ctx, r.in.Data)
	known := found && button.Chat == r.in.Chat.ID && (button.User == 0 || button.User == r.in.User.ID)
	switch {
	case len(done) > 0:
		r.pressDone(ctx, known && button.User != 0, done)
	case err != nil:
		r.toast(ctx, err)
	case !known || button.Used != 0 && button.Used != r.in.Update:
		r.toast(ctx, &model.Error{Code: model.ErrButtonExpired})
	case !changes(&button) && r.runsAgain():
		b.pressed(ctx, r, button)
	default:
		r.pressUndone(ctx, button)
	}
}

// pressUndone asks to press again what did nothing, over the chat, or in the message that shows how far it was.
func (r *request) pressUndone(ctx context.Context, button model.Button) {
	if err := r.b.unused(ctx, r.in.Data, button); err != nil {
		r.toast(ctx, err)
		return
	}
	if r.shown == 0 {
		r.answer(ctx, r.p.T("interrupted.press"), true)
		return
	}
	r.answer(ctx, "", false)
	r.reply(ctx, r.p.HTML("interrupted.press"), nil)
}

// pressDone says what a press did: in place of the question that it answered, else over the chat.
func (r *request) pressDone(ctx context.Context, question bool, done []model.AuditEntry) {
	if !question {
		r.answer(ctx, model.Clip(r.p.T("interrupted.press_done")+" "+plain(r.doneLines(ctx, done).join()), telegram.MaxAnswer), true)
		return
	}
	r.answer(ctx, "", false)
	r.shown = r.in.Message
	r.reply(ctx, r.doneMessage(ctx, r.p.HTML("interrupted.press_done"), done), nil)
}

// commandChanges reports whether a command changes something. "/events" does with "close" only, "/users" with "remove" and
// what somebody may do.
func commandChanges(cmd telegram.Command) bool {
	ws := words(cmd.Args)
	if cmd.Name == "users" {
		return len(ws) > 0 && isRemove(ws[0]) || changesMember(ws)
	}
	if cmd.Name == "oncall" {
		return ops.IsCalendar(ws)
	}
	return ops.Changes(cmd.Name) && (cmd.Name != "events" || len(ws) > 0 && isClose(ws[0]))
}

// changes reports whether the action of a button changes something, so that it must not be done twice.
func changes(button *model.Button) bool {
	switch button.Action {
	case actRun, actShow:
		cmd, _ := telegram.ParseCommand(button.Args["line"])
		return commandChanges(cmd)
	case actSend, actClose, actInform:
		return button.Args["sure"] != ""
	case actLetIn:
		_, chosen := button.Args["client"]
		return chosen
	case actMail:
		return true
	default:
		return ops.Changes(button.Action)
	}
}

// unknownFate says that a command was interrupted, when nobody can find out what it did.
func (r *request) unknownFate(ctx context.Context, err error) {
	if err != nil {
		r.b.d.Log.WithError(err).Error("find out what an interrupted command did")
	}
	if r.in.Kind == telegram.KindPress {
		r.answer(ctx, r.p.T("interrupted.press_untold"), true)
		return
	}
	if cmd, ok := r.said(); ok && cmd.For(r.b.d.Me().Username) {
		r.fail(ctx, &model.Error{Code: model.ErrInterrupted, Args: map[string]string{"command": cmd.Name}})
	}
}

// unkept says that nothing was changed, since the database refused to note who asked for it.
func unkept(err error) error {
	what := err.Error()
	if e, ok := errors.AsType[*model.Error](err); ok {
		what = cmp.Or(e.Args["what"], what)
	}
	return &model.Error{Code: model.ErrUnchanged, Args: map[string]string{"what": what}, Err: err}
}
