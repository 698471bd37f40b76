package bot

import (
	"context"
	"strconv"

	"opsbot/model"
)

// cmdMore is behind the arrow buttons: "/more PAGE WORDS" is a later page of "/status WORDS".
func (r *request) cmdMore(ctx context.Context, args string) error {
	ws := words(args)
	page := 0
	if len(ws) > 1 {
		page, _ = strconv.Atoi(ws[0])
	}
	if page < 1 {
		return &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": "status"}}
	}
	st, err := r.b.d.Actions.Status(ctx, r.actor, ws[1:])
	if err != nil {
		return err
	}
	r.showSelection(ctx, st, page)
	return nil
}
