package storetest

import (
	"testing"

	"opsbot/model"
)

// coalescing replaces many messages by one, or changes nothing.
func coalescing(t *testing.T, open Opener) {
	db := open(t, "x")
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{
		notification(model.NotifyOpened, 1, ops), notification(model.NotifyOpened, 2, ops), notification(model.NotifyResolved, 1, ops), notification(model.NotifyOpened, 1, night),
	}}))
	backlog := must[[]model.Notification](t)(db.Backlog(t.Context(), ops, Start, 2))
	if len(backlog) != 2 || backlog[0].ID != ids[0] || backlog[1].ID != ids[1] {
		t.Errorf("%+v", backlog)
	}
	digest := notification(model.NotifyDigest, 0, ops)
	must[bool](t)(db.Begin(t.Context(), ids[0], model.NotifyOpened))
	same(t, must[bool](t)(db.Coalesce(t.Context(), ids[:3], digest)), false)               // one is being sent
	same(t, must[bool](t)(db.Coalesce(t.Context(), []int64{ids[1], 4711}, digest)), false) // one is gone
	same(t, must[model.QueueStats](t)(db.Queue(t.Context(), Start)).Length, 4)
	same(t, must[bool](t)(db.Coalesce(t.Context(), ids[1:3], digest)), true)
	same(t, must[bool](t)(db.Begin(t.Context(), ids[2], model.NotifyResolved)), false) // whoever read it before has another message in hand
	same(t, must[bool](t)(db.Begin(t.Context(), ids[2], model.NotifyDigest)), true)
	db = reopen(t, db, open, "x")
	same(t, due(t, db, Start), []string{"opened #1 telegram:-100:7", "digest #0 telegram:-100:7", "opened #1 telegram:42"})
}
