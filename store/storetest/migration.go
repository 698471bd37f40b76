package storetest

import (
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
