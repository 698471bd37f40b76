package storetest

import (
	"testing"
	"time"

	"opsbot"
)

// detours are taken once, whatever happens between, and what fails is remembered.
func detours(t *testing.T, open Opener) {
	db := open(t, "a")
	mail := opsbot.Destination{Channel: "email:oncall"}
	critical := func(kind opsbot.NotificationKind, id opsbot.IncidentID, to opsbot.Destination) opsbot.Notification {
		migrated := notification(kind, id, to)
		migrated.Severity = opsbot.SeverityCritical
		return migrated
	}
	deferred := critical(opsbot.NotifyOpened, 4, ops)
	deferred.NotBefore = Start.Add(time.Hour)
	warning := notification(opsbot.NotifyOpened, 3, ops)
	warning.Severity = opsbot.SeverityWarning
	must[[]int64](t)(db.Commit(t.Context(), opsbot.Change{Notifications: []opsbot.Notification{
		critical(opsbot.NotifyOpened, 1, ops), critical(opsbot.NotifyUpdated, 1, ops), critical(opsbot.NotifyOpened, 2, night), warning, deferred,
		critical(opsbot.NotifyResolved, 1, ops), critical(opsbot.NotifyOpened, 5, ops),
	}}))
	waiting := func() []opsbot.Notification {
		return must[[]opsbot.Notification](t)(db.Uncopied(t.Context(), ops, opsbot.SeverityCritical, Start, 2))
	}
	first := waiting()
	if len(first) != 2 || first[0].Kind != opsbot.NotifyOpened || first[0].Incident != 1 || first[1].Kind != opsbot.NotifyResolved {
		t.Fatalf("waiting: %+v", first)
	}
	for range 2 {
		copied := first[0]
		copied.To, copied.Snapshot.FallbackFor = mail, &opsbot.FallbackFor{To: ops, Name: "ops", Since: Start}
		must[int](t)(db.AddFallbackCopies(t.Context(), first[0], []opsbot.Notification{copied}))
		db = reopen(t, db, open, "a")
	}
	same(t, due(t, db, Start), []string{"opened #1 telegram:-100:7", "updated #1 telegram:-100:7", "opened #2 telegram:42", "opened #1 email:oncall"})
	migrated := must[[]opsbot.Notification](t)(db.Due(t.Context(), Start, 10))
	same(t, migrated[len(migrated)-1].Snapshot.FallbackFor, &opsbot.FallbackFor{To: ops, Name: "ops", Since: Start})
	if left := waiting(); len(left) != 2 || left[0].Kind != opsbot.NotifyResolved || left[1].Incident != 5 {
		t.Fatalf("waiting: %+v", left)
	}
	same(t, must[[]opsbot.Destination](t)(db.Copied(t.Context(), 1, ops)), []opsbot.Destination{mail})
	same(t, len(must[[]opsbot.Destination](t)(db.Copied(t.Context(), 1, night))), 0)
	ok(t, db.Migrate(t.Context(), ops.Chat, -200))
	moved := opsbot.Destination{Channel: ops.Channel, Chat: -200, Topic: ops.Topic}
	same(t, must[[]opsbot.Destination](t)(db.Copied(t.Context(), 1, moved)), []opsbot.Destination{mail})
	end := first[1]
	end.To = moved
	copied := end
	copied.To = mail
	must[int](t)(db.AddFallbackCopies(t.Context(), end, []opsbot.Notification{copied}))
	same(t, len(must[[]opsbot.Destination](t)(db.Copied(t.Context(), 1, moved))), 0)

	ok(t, db.SetFailing(t.Context(), ops, Start))
	ok(t, db.SetFailing(t.Context(), ops, Start.Add(time.Minute)))
	ok(t, db.SetFailing(t.Context(), mail, Start))
	ok(t, db.SetFailing(t.Context(), mail, time.Time{}))
	db = reopen(t, db, open, "a")
	same(t, must[map[opsbot.Destination]time.Time](t)(db.Failing(t.Context())), map[opsbot.Destination]time.Time{ops: Start.Add(time.Minute)})
}

// sameNews of several destinations comes to one fallback once; other news does, and the end of what did not come does not.
func sameNews(t *testing.T, open Opener) {
	db := open(t, "a")
	mail := opsbot.Destination{Channel: "email:oncall"}
	less := notification(opsbot.NotifyOpened, 1, opsbot.Destination{Channel: "telegram", Chat: 43})
	less.Snapshot.Incident.Comment = "what a limited chat is shown"
	later := notification(opsbot.NotifyOpened, 1, opsbot.Destination{Channel: "telegram", Chat: 44})
	later.Created = later.Created.Add(time.Second)
	must[[]int64](t)(db.Commit(t.Context(), opsbot.Change{Notifications: []opsbot.Notification{
		notification(opsbot.NotifyOpened, 1, ops), notification(opsbot.NotifyOpened, 1, night), less, later, notification(opsbot.NotifyRaised, 1, night),
	}}))
	waiting := must[[]opsbot.Notification](t)(db.Waiting(t.Context(), 10))
	for range 2 {
		for i := range waiting {
			copied := waiting[i]
			copied.ID, copied.To, copied.Snapshot.FallbackFor = 0, mail, &opsbot.FallbackFor{To: waiting[i].To}
			must[int](t)(db.AddFallbackCopies(t.Context(), waiting[i], []opsbot.Notification{copied}))
		}
	}
	var from []opsbot.Destination
	for _, migrated := range must[[]opsbot.Notification](t)(db.Waiting(t.Context(), 100))[len(waiting):] {
		from = append(from, migrated.Snapshot.FallbackFor.To)
	}
	same(t, from, []opsbot.Destination{ops, less.To, later.To, night})
	same(t, must[[]opsbot.Destination](t)(db.Copied(t.Context(), 1, ops)), []opsbot.Destination{mail})
	same(t, must[[]opsbot.Destination](t)(db.Copied(t.Context(), 1, night)), []opsbot.Destination{mail}) // by the rise
}
