package bot

import (
	"context"

	"opsbot/model"
	"opsbot/texts"
)

// inviteRoles are what an invitation can give.
var inviteRoles = []string{model.RoleViewer.String(), model.RoleOperator.String(), model.RoleAdmin.String()}

// cmdInvite makes a link by which one person joins: "/invite operator clientA".
func (r *request) cmdInvite(ctx context.Context, args string) error {
	if !r.in.Chat.Private() {
		return &model.Error{Code: model.ErrInvitePrivate}
	}
	ws := words(args)
	if len(ws) == 0 {
		return &model.Error{Code: model.ErrWhichRole, Choices: inviteRoles}
	}
	var role model.Role
	if err := role.UnmarshalText([]byte(ws[0])); err != nil || role == model.RoleNone {
		return &model.Error{Code: model.ErrWhichRole, Args: map[string]string{"word": model.Clip(ws[0], 32)}, Choices: inviteRoles}
	}
	scope, err := r.b.d.Actions.ClientsNamed(r.actor, ws[1:])
	if err != nil {
		return err
	}
	code, ends, err := r.b.d.People.Invite(ctx, r.actor, role, scope)
	if err != nil {
		return err
	}
	r.reply(ctx, r.p.HTML("invite.made", texts.Args{
		"link": trusted("https://t.me/" + r.b.d.Me().Username + "?start=" + code), "role": role, "sees": r.sees(scope), "ends": r.renderer().moment(ends),
	}), nil)
	return nil
}
