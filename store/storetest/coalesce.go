package storetest

import (
	"testing"
	"time"

	"opsbot/model"
)

// coalescing replaces many messages by one, or changes nothing.
func coalescing(t *testing.T, open Opener) {
	db := open(t, "x")
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{
		notification(model.NotifyOpened, 1, ops), notification(model.NotifyOpened, 2, ops), notification(model.NotifyResolved, 1, ops), notification(model.NotifyOpened, 1, night),
	}}))
	backlog := must[[]model.Notification](t)(db.Backlog(t.Context(), ops, 0, 2))
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

// backlogOfAny is read page by page, whatever waits, and counted by what a digest may replace.
func backlogOfAny(t *testing.T, open Opener) {
	db := open(t, "x")
	var all []model.Notification
	for i := range 7 {
		n := notification(model.NotifyOpened, model.IncidentID(i+1), ops)
		n.Created = Start.Add(time.Duration(7-i) * time.Minute)
		all = append(all, n)
	}
	all[1].Kind = model.NotifyUpdated
	all[2].NotBefore = Start.Add(model.Day)
	all[3].Snapshot.FallbackFor = &model.FallbackFor{To: night}
	all[4].Snapshot.Incident = &model.Incident{Comment: `"fallback_for":{}`}
	all = append(all, notification(model.NotifyOpened, 1, night))
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: all}))
	must[bool](t)(db.Begin(t.Context(), ids[6], model.NotifyOpened))
	var read []int64
	for after := int64(0); ; {
		page := must[[]model.Notification](t)(db.Backlog(t.Context(), ops, after, 3))
		for i := range page {
			after = page[i].ID
			read = append(read, after)
		}
		if len(page) < 3 {
			break
		}
	}
	same(t, read, ids[:7])
	n, oldest, err := db.BacklogSize(t.Context(), ops)
	ok(t, err)
	if n != 3 || !oldest.Equal(Start.Add(2*time.Minute)) { // the first, the fifth and the sixth
		t.Errorf("%d, the oldest of %s", n, oldest)
	}
	if n, oldest, err := db.BacklogSize(t.Context(), model.Destination{Channel: "console"}); n != 0 || !oldest.IsZero() || err != nil {
		t.Errorf("of nothing: %d, %s, %v", n, oldest, err)
	}
}
