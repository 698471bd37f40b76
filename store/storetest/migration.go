package storetest

import (
	"fmt"
	"testing"
	"time"

	"opsbot/model"
)

func migration(t *testing.T, open Opener) {
	db := open(t, "a")
	const to model.ChatID = -200
	must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Incidents: []model.Incident{incident(1), incident(2)}, Notifications: []model.Notification{notification(model.NotifyOpened, 1, ops)},
		Cards: []model.Card{
			{Incident: 1, To: ops, Message: 5, Down: true},
			{Incident: 2, To: ops, Message: 7},
			{Incident: 1, To: model.Destination{Channel: "telegram", Chat: to, Topic: 7}, Message: 6},
		},
		Mutes: []model.Mute{{ID: 1, Chat: -100, Until: Start.Add(time.Hour)}},
	}))
	ok(t, db.Pair(t.Context(), model.User{ID: 7}, model.Chat{ID: -100, Name: "-100", Paired: true}, model.AuditEntry{At: Start}))
	ok(t, db.Migrate(t.Context(), -100, to))
	same(t, due(t, db, Start), []string{"opened #1 telegram:-200:7"})
	m := must[model.Memory](t)(db.Load(t.Context()))
	same(t, m.Mutes[0].Chat, to)
	there := model.Destination{Channel: "telegram", Chat: to, Topic: 7}
	same(t, m.Cards, []model.Card{{Incident: 1, To: there, Message: 6, Down: true}, {Incident: 2, To: there}}) // numbering begins anew
	// A sender that does not know yet keeps using the old id.
	must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Notifications: []model.Notification{notification(model.NotifyUpdated, 2, ops)}, Cards: []model.Card{{Incident: 2, To: ops, Down: true}},
	}))
	same(t, due(t, db, Start), []string{"opened #1 telegram:-200:7", "updated #2 telegram:-200:7"})
	same(t, must[model.Memory](t)(db.Load(t.Context())).Cards, []model.Card{{Incident: 1, To: there, Message: 6, Down: true}, {Incident: 2, To: there, Down: true}})
	chats, _, err := db.Paired(t.Context())
	ok(t, err)
	same(t, chats, []model.Chat{{ID: to, Name: "-200", Paired: true}})
}

// bothIDs: each id of a group that moved has its notifications, since both are configured. What waits for the old one and is about an
// incident that the new one has its own of is not sent twice, and what was delivered to either stays known.
func bothIDs(t *testing.T, open Opener) {
	db := open(t, "a")
	there := model.Destination{Channel: "telegram", Chat: -200, Topic: ops.Topic}
	digest := model.Notification{Kind: model.NotifyDigest, To: ops, Created: Start, Snapshot: model.Snapshot{Backlog: true}}
	own := digest
	own.To = there
	daily := model.Notification{Kind: model.NotifyDaily, To: ops, Created: Start}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Incidents: []model.Incident{incident(1), incident(2)},
		Notifications: []model.Notification{
			notification(model.NotifyOpened, 1, there), notification(model.NotifyOpened, 1, ops), notification(model.NotifyOpened, 2, ops),
			digest, own, daily, notification(model.NotifyResolved, 1, ops), notification(model.NotifyResolved, 1, there),
		},
		Cards: []model.Card{{Incident: 1, To: ops, Down: true}, {Incident: 1, To: there, Down: true}, {Incident: 2, To: ops, Down: true}},
	}))
	first := must[[]model.Notification](t)(db.Due(t.Context(), Start, 1))[0]
	ok(t, db.Sent(t.Context(), first, model.Receipt{Message: 3}))
	ok(t, db.Migrate(t.Context(), ops.Chat, there.Chat))
	var left []string
	for _, n := range must[[]model.Notification](t)(db.Waiting(t.Context(), 9)) {
		left = append(left, fmt.Sprintf("%s #%d %s", n.Kind, n.Incident, n.To))
	}
	same(t, left, []string{"opened #2 telegram:-200:7", "digest #0 telegram:-200:7", "daily #0 telegram:-200:7", "resolved #1 telegram:-200:7"})
	same(t, must[map[model.IncidentID]model.Delivered](t)(db.Delivered(t.Context(), there, []model.IncidentID{1, 2})),
		map[model.IncidentID]model.Delivered{1: model.DeliveredOpen})
}
