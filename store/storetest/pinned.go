package storetest

import (
	"testing"

	"opsbot/model"
)

// pinnedMessages: one for each chat and topic, with the notices about it in the same write; a supergroup begins without one.
func pinnedMessages(t *testing.T, open Opener) {
	db := open(t, "a")
	here := model.PinnedMessage{Chat: ops.Chat, Topic: ops.Topic, Message: 5, ChangedAt: Start}
	there := model.PinnedMessage{Chat: -200, Message: 6, Shows: "x", ChangedAt: Start, Pinned: true, Former: []int{3, 4}}
	ok(t, db.PutPinned(t.Context(), here))
	ok(t, db.PutPinned(t.Context(), there, notification(model.NotifyNotice, 0, ops)))
	here.Message, here.Refused = 9, true
	ok(t, db.PutPinned(t.Context(), here))
	same(t, must[[]model.PinnedMessage](t)(db.PinnedMessages(t.Context())), []model.PinnedMessage{there, here})
	same(t, len(due(t, db, Start)), 1)
	db = reopen(t, db, open, "a")
	ok(t, db.Migrate(t.Context(), -200, -300))
	same(t, must[[]model.PinnedMessage](t)(db.PinnedMessages(t.Context())), []model.PinnedMessage{here})
	ok(t, db.DropPinned(t.Context(), here.At()))
	same(t, len(must[[]model.PinnedMessage](t)(db.PinnedMessages(t.Context()))), 0)
}
