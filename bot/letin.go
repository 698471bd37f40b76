package bot

import (
	"context"
	"slices"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/texts"
)

// unlisted handles what an admin writes or presses in a group that nobody has let in: they are asked whether to. It reports whether it was
// that. Nothing else works there, and nobody else gets an answer.
func (b *Bot) unlisted(ctx context.Context, in telegram.Incoming) bool {
	actor, mayLetIn := b.d.People.MayLetIn(whoOf(in))
	if !mayLetIn || in.Chat.Private() || in.Chat.Type == "channel" || in.Refused > 0 {
		return false
	}
	r := b.request(in, actor)
	if in.Kind == telegram.KindPress {
		r.pressUnlisted(ctx)
		return true
	}
	cmd, isCommand := telegram.ParseCommand(in.Text)
	if !isCommand || !cmd.For(b.d.Me().Username) || in.Late {
		return false
	}
	r.reply(ctx, r.p.HTML("letin.role"), r.letInRoles(ctx))
	return true
}

// pressUnlisted presses a button of the question. Those that were sent while the group was known do nothing.
func (r *request) pressUnlisted(ctx context.Context) {
	button, found, err := r.b.d.Buttons.Button(ctx, r.in.Data)
	if err == nil && found && button.Action != actLetIn && button.Action != actCancel {
		r.toast(ctx, &model.Error{Code: model.ErrButtonExpired})
		return
	}
	if r.in.Interrupted {
		r.b.resume(ctx, r)
		return
	}
	r.b.press(ctx, r)
}

// letInRoles are the buttons of what anybody in the group may do.
func (r *request) letInRoles(ctx context.Context) [][]telegram.Button {
	var made []action
	for _, role := range []model.Role{model.RoleViewer, model.RoleOperator, model.RoleNone} {
		made = append(made, action{label: r.p.T("letin.role." + role.String()), name: actLetIn, own: true, args: map[string]string{"role": role.String()}})
	}
	made = append(made, action{label: r.p.T("button.cancel"), name: actCancel, own: true})
	return r.buttons(ctx, 1, made...)
}

// mostLetIn is how many clients the question offers, one each. For other scopes there is the config.
const mostLetIn = 10

// pressLetIn asks which clients the group may see, and then makes it known.
func (r *request) pressLetIn(ctx context.Context, args map[string]string) error {
	var role model.Role
	if err := role.UnmarshalText([]byte(args["role"])); err != nil {
		return &model.Error{Code: model.ErrButtonExpired}
	}
	r.answer(ctx, "", false)
	r.shown = r.in.Message
	client, chosen := args["client"]
	if !chosen {
		r.reply(ctx, r.p.HTML("letin.scope", texts.Args{"role": r.p.T("letin.role." + role.String())}), r.letInScopes(ctx, role))
		return nil
	}
	c := model.Chat{ID: r.in.Chat.ID, Topic: r.in.Topic, Name: model.PersonName(r.in.Chat.Title), Language: r.actor.Language, Role: role}
	if client != "" {
		c.Scope = model.ScopeOf([]string{client})
	}
	if err := r.b.d.People.LetIn(ctx, r.actor, c); err != nil {
		r.fail(ctx, err)
		return nil
	}
	r.b.d.Paired()
	r.reply(ctx, r.p.HTML("letin.done", texts.Args{"role": r.p.T("letin.role." + role.String()), "sees": r.sees(c.Scope)}), nil)
	return nil
}

// letInScopes are the buttons of which clients the group may see.
func (r *request) letInScopes(ctx context.Context, role model.Role) [][]telegram.Button {
	args := func(client string) map[string]string {
		return map[string]string{"role": role.String(), "client": client}
	}
	made := []action{{label: r.p.T("letin.all"), name: actLetIn, own: true, args: args("")}}
	clients := slices.Sorted(slices.Values(r.b.d.Actions.Clients(r.actor.Scope)))
	for _, name := range clients[:min(len(clients), mostLetIn)] {
		made = append(made, action{label: name, name: actLetIn, own: true, args: args(name)})
	}
	made = append(made, action{label: r.p.T("button.cancel"), name: actCancel, own: true})
	return r.buttons(ctx, 2, made...)
}
