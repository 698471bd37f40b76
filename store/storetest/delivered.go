package storetest

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// deliveredTo: with each message it is stored what its destination knows then; the Manager's cards, edits, copies and single
// recipients of a mail change nothing of that, and a chat's migration keeps it.
func deliveredTo(t *testing.T, open Opener) {
	db := open(t, "x")
	ids := []model.IncidentID{1, 2, 3, 4}
	var cards []model.Card
	for _, id := range ids {
		cards = append(cards, model.Card{Incident: id, To: ops, Down: true})
	}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Incidents: []model.Incident{incident(1), incident(2), incident(3), incident(4)}, Cards: cards}))
	send := func(kind model.NotificationKind, id model.IncidentID, s model.Snapshot) {
		t.Helper()
		n := model.Notification{Kind: kind, Incident: id, To: ops, Created: Start, Snapshot: s}
		n.ID = must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{n}}))[0]
		ok(t, db.Sent(t.Context(), n, model.Receipt{Message: 5}))
	}
	known := func(want ...model.Delivered) {
		t.Helper()
		got := must[map[model.IncidentID]model.Delivered](t)(db.Delivered(t.Context(), ops, ids))
		for i, id := range ids {
			if got[id] != want[i] {
				t.Errorf("#%d: %d, want %d", id, got[id], want[i])
			}
		}
	}
	const nothing, isOpen, end = model.DeliveredNothing, model.DeliveredOpen, model.DeliveredEnd
	still, over := incident(1), incident(2)
	over.ClosedAt = Start
	known(nothing, nothing, nothing, nothing)
	send(model.NotifyUpdated, 1, model.Snapshot{Incident: &still})
	send(model.NotifyReminder, 1, model.Snapshot{Incident: &still})
	send(model.NotifyOpened, 1, model.Snapshot{Incident: &still, FallbackFor: &model.FallbackFor{To: night}})
	send(model.NotifyOpened, 1, model.Snapshot{Incident: &still, Only: []string{"a@example.com"}})
	known(nothing, nothing, nothing, nothing)
	send(model.NotifyOpened, 1, model.Snapshot{Incident: &still})
	send(model.NotifyRaised, 2, model.Snapshot{Incident: &over})
	known(isOpen, end, nothing, nothing)
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Cards: cards}))
	send(model.NotifyResolved, 1, model.Snapshot{Incident: &over})
	send(model.NotifyDigest, 0, model.Snapshot{Open: []model.Incident{incident(2)}, Gone: []model.Incident{incident(3)}, Resolved: []model.Incident{incident(4)}})
	known(end, isOpen, end, end)
	send(model.NotifyMuteEnded, 0, model.Snapshot{Open: []model.Incident{incident(1)}})
	send(model.NotifyDaily, 0, model.Snapshot{Open: []model.Incident{incident(4)}})
	db = reopen(t, db, open, "x")
	known(isOpen, isOpen, end, end)
	ok(t, db.Migrate(t.Context(), ops.Chat, -200))
	moved := ops
	moved.Chat = -200
	same(t, must[map[model.IncidentID]model.Delivered](t)(db.Delivered(t.Context(), moved, ids[2:])), map[model.IncidentID]model.Delivered{3: end, 4: end})
	greylisted(t, db)
}

// greylisted: a mail counts as delivered when the first recipients have it; what the rest gets later changes nothing.
func greylisted(t *testing.T, db *store.DB) {
	t.Helper()
	mail := model.Destination{Channel: "email:oncall"}
	opened := notification(model.NotifyOpened, 9, mail)
	opened.ID = must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Cards: []model.Card{{Incident: 9, To: mail, Down: true}}, Notifications: []model.Notification{opened},
	}))[0]
	known := func() model.Delivered {
		t.Helper()
		return must[map[model.IncidentID]model.Delivered](t)(db.Delivered(t.Context(), mail, []model.IncidentID{9}))[9]
	}
	opened.Snapshot.Only = []string{"a@example.com"}
	ok(t, db.KeepRecipients(t.Context(), opened, Start))
	same(t, known(), model.DeliveredOpen)
	resolved := notification(model.NotifyResolved, 9, mail)
	resolved.ID = must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{resolved}}))[0]
	ok(t, db.Sent(t.Context(), resolved, model.Receipt{}))
	ok(t, db.KeepRecipients(t.Context(), opened, Start))
	ok(t, db.Sent(t.Context(), opened, model.Receipt{}))
	same(t, known(), model.DeliveredEnd)
}

// closedOnes are found among more ids than one query takes; what is not stored any more is over.
func closedOnes(t *testing.T, open Opener) {
	db := open(t, "x")
	over, last := incident(1), incident(2500)
	over.ClosedAt, last.ClosedAt = Start, Start.Add(time.Hour)
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Incidents: []model.Incident{over, incident(2), last}}))
	var ids []model.IncidentID
	for id := range model.IncidentID(2501) {
		ids = append(ids, id)
	}
	got := must[map[model.IncidentID]time.Time](t)(db.Closed(t.Context(), ids))
	if _, isOver := got[2]; isOver || len(got) != 2500 || !got[1].Equal(Start) || !got[2500].Equal(last.ClosedAt) || !got[3].IsZero() {
		t.Errorf("%d, %v", len(got), got[1])
	}
	same(t, must[map[model.IncidentID]time.Time](t)(db.Closed(t.Context(), nil)), map[model.IncidentID]time.Time{})
}

// behindOne is what waits about an incident behind a notification, deferred or not.
func behindOne(t *testing.T, open Opener) {
	db := open(t, "x")
	deferred, recipient := notification(model.NotifyResolved, 1, ops), notification(model.NotifyRaised, 1, ops)
	deferred.NotBefore, recipient.Snapshot.Only = Start.Add(model.Day), []string{"a@example.com"}
	all := []model.Notification{
		notification(model.NotifyReminder, 1, ops), notification(model.NotifyOpened, 1, ops), notification(model.NotifyOpened, 2, ops),
		notification(model.NotifyUpdated, 1, ops), notification(model.NotifyNotice, 0, ops), deferred, recipient, notification(model.NotifyResolved, 1, night),
	}
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: all}))
	read := func(about ...model.IncidentID) (got []int64) {
		t.Helper()
		first := all[1]
		first.ID = ids[1]
		for _, n := range must[[]model.Notification](t)(db.Behind(t.Context(), &first, about)) {
			got = append(got, n.ID)
		}
		return got
	}
	same(t, read(1), []int64{ids[3], ids[5]})
	same(t, read(0), []int64{ids[4]})
	same(t, read(0, 2, 1), []int64{ids[2], ids[3], ids[4], ids[5]})
	same(t, read(), []int64(nil))
}

// dropping deletes what need not be sent, and nothing that took its number.
func dropping(t *testing.T, open Opener) {
	db := open(t, "x")
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{notification(model.NotifyResolved, 1, ops), notification(model.NotifyOpened, 2, ops)}}))
	must[bool](t)(db.Coalesce(t.Context(), ids[:1], notification(model.NotifyDigest, 0, ops)))
	same(t, must[bool](t)(db.Drop(t.Context(), ids[0], model.NotifyResolved)), false)
	same(t, must[bool](t)(db.Drop(t.Context(), ids[1], model.NotifyOpened)), true)
	same(t, must[bool](t)(db.Drop(t.Context(), ids[1], model.NotifyOpened)), false)
	same(t, due(t, db, Start), []string{"digest #0 telegram:-100:7"})
}
