package bot

import (
	"context"

	"opsbot/model"
	"opsbot/texts"
)

// cmdWhoAmI shows the id, the role and the access of the user.
func (r *request) cmdWhoAmI(ctx context.Context, _ string) error {
	sees := r.p.T("whoami.everything")
	if r.actor.Scope.Limited {
		sees = r.p.N("whoami.clients", len(r.actor.Scope.Clients), texts.Args{"names": model.Clip(joined(r.actor.Scope.Clients), 200)})
	}
	r.reply(ctx, r.p.HTML("whoami", texts.Args{
		"name": model.Clip(r.actor.Name, 64), "id": int64(r.actor.User), "role": r.actor.Role, "chat": int64(r.in.Chat.ID), "sees": sees,
	}), nil)
	return nil
}
