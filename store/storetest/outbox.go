package storetest

import (
	"testing"
	"time"

	"opsbot/model"
)

// deadLetters are listed, sent again in their order, and deleted; each time with an audit entry.
func deadLetters(t *testing.T, open Opener) {
	db := open(t, "x")
	over := incident(1)
	over.ClosedAt = Start
	edit, deferred, end := notification(model.NotifyUpdated, 1, ops), notification(model.NotifyOpened, 2, ops), notification(model.NotifyResolved, 3, night)
	deferred.NotBefore = Start.Add(time.Minute)
	first := notification(model.NotifyOpened, 1, ops)
	first.Snapshot.Incident = &model.Incident{ID: 1, Kind: model.IncidentCheck, Check: "main-db"}
	all := []model.Notification{first, edit, deferred, end}
	ids, err := db.Commit(t.Context(), model.Change{Incidents: []model.Incident{over, incident(2), incident(3)}, Notifications: all})
	ok(t, err)
	for i := range all {
		all[i].ID = ids[i]
		ok(t, db.AddDeadLetter(t.Context(), all[i], string(model.SendChatDead), nil))
	}
	ok(t, db.Migrate(t.Context(), ops.Chat, -200))
	dead := must[[]model.DeadLetter](t)(db.DeadLetters(t.Context(), 3))
	if len(dead) != 3 || dead[0].Why != "chat_dead" || !dead[0].DeadAt.Equal(Start) || dead[0].Notification.ID != ids[0] {
		t.Fatalf("%+v", dead)
	}
	who := model.AuditEntry{At: Start, Action: "outbox retry"}
	same(t, must[int](t)(db.Revive(t.Context(), []int64{ids[3], 4711}, who)), 1)
	same(t, must[int](t)(db.Revive(t.Context(), nil, who)), 2)
	db = reopen(t, db, open, "x")
	again := must[[]model.Notification](t)(db.Waiting(t.Context(), 10))
	if len(again) != 3 || again[0].Kind != model.NotifyResolved || again[1].Incident != 1 || again[2].Incident != 2 || again[0].ID <= ids[3] {
		t.Fatalf("%+v", again)
	}
	if again[1].Snapshot.Incident.Open() || again[1].To.Chat != -200 || !again[2].NotBefore.IsZero() || !again[2].Created.Equal(deferred.NotBefore) {
		t.Errorf("%+v", again[1:])
	}
	ok(t, db.AddDeadLetter(t.Context(), again[2], "bad_message", nil))
	same(t, must[int](t)(db.Discard(t.Context(), []int64{again[0].ID, again[2].ID, 4711}, model.AuditEntry{At: Start, Action: "outbox drop"})), 2)
	q := must[model.QueueStats](t)(db.Queue(t.Context(), Start))
	if q.Length != 1 || q.Dead != 0 {
		t.Errorf("%+v", q)
	}
	lines := must[[]model.AuditEntry](t)(db.AuditSince(t.Context(), time.Time{}, 10))
	if len(lines) != 3 || lines[0].Action != "outbox drop" || lines[2].Action != "outbox retry" {
		t.Errorf("%+v", lines)
	}
}

// whatChatsSaid survives a restart: where a chat moved, and until when it is paused.
func whatChatsSaid(t *testing.T, open Opener) {
	db := open(t, "x")
	ok(t, db.Migrate(t.Context(), -1, -100))
	ok(t, db.Migrate(t.Context(), -100, -200))
	ok(t, db.Pause(t.Context(), 7, Start.Add(-time.Second)))
	ok(t, db.Pause(t.Context(), 8, Start.Add(time.Hour)))
	ok(t, db.Pause(t.Context(), -100, Start.Add(time.Minute)))
	db = reopen(t, db, open, "x")
	same(t, must[map[model.ChatID]model.ChatID](t)(db.Moves(t.Context())), map[model.ChatID]model.ChatID{-1: -100, -100: -200})
	same(t, must[map[model.ChatID]time.Time](t)(db.Pauses(t.Context())), map[model.ChatID]time.Time{8: Start.Add(time.Hour), -100: Start.Add(time.Minute)})
}
