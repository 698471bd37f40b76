package storetest

import (
	"testing"
	"time"

	"opsbot/model"
)

// fallbackCopies: fallback copies are added once, whatever happens in between, and failing destinations are stored.
func fallbackCopies(t *testing.T, open Opener) {
	db := open(t, "a")
	mail := model.Destination{Channel: "email:oncall"}
	critical := func(kind model.NotificationKind, id model.IncidentID, to model.Destination) model.Notification {
		migrated := notification(kind, id, to)
		migrated.Severity = model.SeverityCritical
		return migrated
	}
	deferred := critical(model.NotifyOpened, 4, ops)
	deferred.NotBefore = Start.Add(time.Hour)
	warning := notification(model.NotifyOpened, 3, ops)
	warning.Severity = model.SeverityWarning
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{
		critical(model.NotifyOpened, 1, ops), critical(model.NotifyUpdated, 1, ops), critical(model.NotifyOpened, 2, night), warning, deferred,
		critical(model.NotifyResolved, 1, ops), critical(model.NotifyOpened, 5, ops),
	}}))
	waiting := func() []model.Notification {
		return must[[]model.Notification](t)(db.Uncopied(t.Context(), ops, model.SeverityCritical, Start, 2))
	}
	first := waiting()
	if len(first) != 2 || first[0].Kind != model.NotifyOpened || first[0].Incident != 1 || first[1].Kind != model.NotifyResolved {
		t.Fatalf("waiting: %+v", first)
	}
	for range 2 {
		copied := first[0]
		copied.To, copied.Snapshot.FallbackFor = mail, &model.FallbackFor{To: ops, Name: "ops", Since: Start}
		must[int](t)(db.AddFallbackCopies(t.Context(), first[0], []model.Notification{copied}))
		db = reopen(t, db, open, "a")
	}
	same(t, due(t, db, Start), []string{"opened #1 telegram:-100:7", "updated #1 telegram:-100:7", "opened #2 telegram:42", "opened #1 email:oncall"})
	migrated := must[[]model.Notification](t)(db.Due(t.Context(), Start, 10))
	same(t, migrated[len(migrated)-1].Snapshot.FallbackFor, &model.FallbackFor{To: ops, Name: "ops", Since: Start})
	if left := waiting(); len(left) != 2 || left[0].Kind != model.NotifyResolved || left[1].Incident != 5 {
		t.Fatalf("waiting: %+v", left)
	}
	same(t, must[[]model.Destination](t)(db.Copied(t.Context(), 1, ops)), []model.Destination{mail})
	same(t, len(must[[]model.Destination](t)(db.Copied(t.Context(), 1, night))), 0)
	ok(t, db.Migrate(t.Context(), ops.Chat, -200))
	moved := model.Destination{Channel: ops.Channel, Chat: -200, Topic: ops.Topic}
	same(t, must[[]model.Destination](t)(db.Copied(t.Context(), 1, moved)), []model.Destination{mail})
	end := first[1]
	end.To = moved
	copied := end
	copied.To = mail
	must[int](t)(db.AddFallbackCopies(t.Context(), end, []model.Notification{copied}))
	same(t, len(must[[]model.Destination](t)(db.Copied(t.Context(), 1, moved))), 0)
}

// outages are kept as they were last said, each with its notice in one transaction, and are forgotten.
func outages(t *testing.T, open Opener) {
	db := open(t, "a")
	to := func(chat model.ChatID) model.Destination {
		return model.Destination{Channel: "telegram", Chat: chat, Topic: 3}
	}
	notice := model.Notification{Kind: model.NotifyNotice, To: to(9), Severity: model.SeverityWarning, Created: Start, Snapshot: model.Snapshot{Notice: new(model.NewReason(model.NoticeAccepts))}}
	first := model.Outage{To: to(-1), Since: Start, Failure: model.SendNotSent}
	denied := model.Outage{To: to(-1), Since: Start, Failure: model.SendDenied, Denial: model.DenialRights, Said: "no rights", Noticed: true}
	waits := model.Outage{To: to(-2), Since: Start.Add(time.Minute), Failure: model.SendFlood, Said: "later", Until: Start.Add(3 * time.Hour), Asked: 3 * time.Hour}
	ok(t, db.SetOutage(t.Context(), first, nil))
	ok(t, db.SetOutage(t.Context(), denied, &notice))
	ok(t, db.SetOutage(t.Context(), waits, nil))
	db = reopen(t, db, open, "a")
	same(t, must[[]model.Outage](t)(db.Outages(t.Context())), []model.Outage{waits, denied})
	same(t, len(must[[]model.Notification](t)(db.Waiting(t.Context(), 9))), 1)

	ok(t, db.Migrate(t.Context(), -2, -1002)) // the new id has to say for itself
	same(t, must[[]model.Outage](t)(db.Outages(t.Context())), []model.Outage{denied})
	ok(t, db.EndOutage(t.Context(), to(-1), &notice))
	ok(t, db.EndOutage(t.Context(), to(-5), nil))
	same(t, len(must[[]model.Outage](t)(db.Outages(t.Context()))), 0)
	same(t, len(must[[]model.Notification](t)(db.Waiting(t.Context(), 9))), 2)
}

// sameNews of several destinations is copied to one fallback once; other news is copied too, and the end of what was not
// copied is not.
func sameNews(t *testing.T, open Opener) {
	db := open(t, "a")
	mail := model.Destination{Channel: "email:oncall"}
	less := notification(model.NotifyOpened, 1, model.Destination{Channel: "telegram", Chat: 43})
	less.Snapshot.Incident.Comment = "what a limited chat is shown"
	later := notification(model.NotifyOpened, 1, model.Destination{Channel: "telegram", Chat: 44})
	later.Created = later.Created.Add(time.Second)
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{
		notification(model.NotifyOpened, 1, ops), notification(model.NotifyOpened, 1, night), less, later, notification(model.NotifyRaised, 1, night),
	}}))
	waiting := must[[]model.Notification](t)(db.Waiting(t.Context(), 10))
	for range 2 {
		for i := range waiting {
			copied := waiting[i]
			copied.ID, copied.To, copied.Snapshot.FallbackFor = 0, mail, &model.FallbackFor{To: waiting[i].To}
			must[int](t)(db.AddFallbackCopies(t.Context(), waiting[i], []model.Notification{copied}))
		}
	}
	var from []model.Destination
	for _, migrated := range must[[]model.Notification](t)(db.Waiting(t.Context(), 100))[len(waiting):] {
		from = append(from, migrated.Snapshot.FallbackFor.To)
	}
	same(t, from, []model.Destination{ops, less.To, later.To, night})
	same(t, must[[]model.Destination](t)(db.Copied(t.Context(), 1, ops)), []model.Destination{mail})
	same(t, must[[]model.Destination](t)(db.Copied(t.Context(), 1, night)), []model.Destination{mail}) // by the rise in severity
}
