package bot

import (
	"context"

	"opsbot/model"
	"opsbot/texts"
)

// cmdWhoAmI shows the id, the role and the access of the user.
func (r *request) cmdWhoAmI(ctx context.Context, _ string) error {
	who := block(r.p.HTML("whoami", texts.Args{
		"name": model.Clip(r.actor.Name, 64), "id": int64(r.actor.User), "role": r.actor.Role, "chat": int64(r.in.Chat.ID), "sees": r.sees(r.actor.Scope),
	}))
	r.reply(ctx, blocks{who, r.renderer().zoneLine()}.join(), nil)
	return nil
}

// sees says what a scope lets people see.
func (r *request) sees(scope model.Scope) string {
	if !scope.Limited {
		return r.p.T("whoami.everything")
	}
	return r.p.N("whoami.clients", len(scope.Clients), texts.Args{"names": model.Clip(joined(scope.Clients), 200)})
}
