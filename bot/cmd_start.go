package bot

import (
	"context"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// pairing handles "/start CODE", by which the first admin registers and those who were invited join: it is open to unknown users. It
// reports whether the message was one.
func (b *Bot) pairing(ctx context.Context, r *request, who ops.Who) bool {
	cmd, ok := telegram.ParseCommand(r.in.Text)
	if !ok || cmd.Name != "start" || cmd.Args == "" || r.in.Late || !cmd.For(b.d.Me().Username) {
		return false
	}
	_, known := b.d.People.Actor(who)
	if known && r.in.Interrupted {
		return false // whom an interrupted code made known has nothing left to do
	}
	if !known {
		r.p = b.printer(&model.Actor{Language: who.Language})
	}
	err := b.d.People.Pair(ctx, cmd.Args, who)
	text := "paired"
	if model.CodeOf(err) == model.ErrPairingClosed && who.Private {
		text, err = "joined", b.d.People.Join(ctx, cmd.Args, who)
	}
	if code := model.CodeOf(err); err != nil && (code == model.ErrPairingWrong || code == model.ErrPairingClosed) {
		b.d.Refused("code", r.in)
	}
	switch {
	case err != nil && !known && !who.Private:
		return false // unknown users get no answer in a group
	case model.CodeOf(err) == model.ErrPairingClosed && !known:
		b.closed(ctx, r, who, err)
		return true
	case err != nil:
		r.fail(ctx, err)
		return true
	}
	b.d.Paired()
	actor, _ := b.d.People.Actor(who)
	r = b.request(r.in, actor)
	said, steps := r.p.HTML(text, texts.Args{"name": model.Clip(actor.Name, 64), "role": actor.Role, "sees": r.sees(actor.Scope)}), r.firstSteps()
	all, err := b.d.Actions.Incidents(ctx, r.actor)
	if open := model.CountIncidents(all).Open; err == nil && open > 0 { // they opened before this chat was there: it has no cards of them
		said += "\n" + r.p.HTMLN("count.open", open, nil)
		steps = append(steps, action{label: r.p.T("button.incidents"), name: actRun, args: map[string]string{"line": "/incidents"}})
	}
	r.reply(ctx, said, r.buttons(ctx, 2, steps...))
	return true
}

// closed answers a code while pairing is closed. The reason is shown only while there is no admin.
func (b *Bot) closed(ctx context.Context, r *request, who ops.Who, why error) {
	if b.d.People.HasAdmin() {
		b.refuse(ctx, r, who)
		return
	}
	r.fail(ctx, why)
}

func (r *request) firstSteps() []action {
	return []action{
		{label: r.p.T("button.status"), name: actRun, args: map[string]string{"line": "/status"}},
		{label: r.p.T("button.help"), name: actRun, args: map[string]string{"line": "/help"}},
	}
}

// cmdStart greets a known user.
func (r *request) cmdStart(ctx context.Context, _ string) error {
	r.reply(ctx, r.p.HTML("start.known", texts.Args{"name": model.Clip(r.actor.Name, 64), "role": r.actor.Role}), r.buttons(ctx, 2, r.firstSteps()...))
	return nil
}
