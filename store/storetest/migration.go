package storetest

import (
	"testing"
	"time"

	"opsbot"
)

func migration(t *testing.T, open Opener) {
	db := open(t, "a")
	const to opsbot.ChatID = -200
	must[[]int64](t)(db.Commit(t.Context(), opsbot.Change{
		Incidents: []opsbot.Incident{incident(1), incident(2)}, Notifications: []opsbot.Notification{notification(opsbot.NotifyOpened, 1, ops)},
		Cards: []opsbot.Card{
			{Incident: 1, To: ops, Message: 5, Down: true},
			{Incident: 2, To: ops, Message: 7},
			{Incident: 1, To: opsbot.Destination{Channel: "telegram", Chat: to, Topic: 7}, Message: 6},
		},
		Mutes: []opsbot.Mute{{ID: 1, Chat: -100, Until: Start.Add(time.Hour)}},
	}))
	ok(t, db.PairChat(t.Context(), opsbot.Chat{ID: -100, Name: "-100", Paired: true}))
	ok(t, db.Migrate(t.Context(), -100, to))
	same(t, due(t, db, Start), []string{"opened #1 telegram:-200:7"})
	m := must[opsbot.Memory](t)(db.Load(t.Context()))
	same(t, m.Mutes[0].Chat, to)
	there := opsbot.Destination{Channel: "telegram", Chat: to, Topic: 7}
	same(t, m.Cards, []opsbot.Card{{Incident: 1, To: there, Message: 6, Down: true}, {Incident: 2, To: there}}) // numbers begin anew
	// Who has not heard of it yet goes on writing to the old id.
	must[[]int64](t)(db.Commit(t.Context(), opsbot.Change{
		Notifications: []opsbot.Notification{notification(opsbot.NotifyUpdated, 2, ops)}, Cards: []opsbot.Card{{Incident: 2, To: ops, Down: true}},
	}))
	same(t, due(t, db, Start), []string{"opened #1 telegram:-200:7", "updated #2 telegram:-200:7"})
	same(t, must[opsbot.Memory](t)(db.Load(t.Context())).Cards, []opsbot.Card{{Incident: 1, To: there, Message: 6, Down: true}, {Incident: 2, To: there, Down: true}})
	chats, _, err := db.Paired(t.Context())
	ok(t, err)
	same(t, chats, []opsbot.Chat{{ID: to, Name: "-200", Paired: true}})
}
