package storetest

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// overrides are numbered, kept with what became of them and with their audit entries, and a number is not given twice.
func overrides(t *testing.T, open Opener) {
	db := open(t, "a")
	past := Start.Add(-401 * model.Day)
	entry := model.AuditEntry{At: Start, Action: "takeover", Result: "ok"}
	one := must[model.Override](t)(db.AddOverride(t.Context(), model.Override{Schedule: "primary", Person: "anna", From: past, To: past.Add(time.Hour), By: "Anna", Reason: "ill"}, entry))
	two := must[model.Override](t)(db.AddOverride(t.Context(), model.Override{Schedule: "nights", Person: "boris", From: past, To: past.Add(2 * time.Hour), Instead: "vera"}, entry))
	same(t, []int64{one.ID, two.ID}, []int64{1, 2})
	one.To = past.Add(time.Minute)
	ok(t, db.SetOverride(t.Context(), one, entry))
	db = reopen(t, db, open, "a")
	same(t, must[[]model.Override](t)(db.Overrides(t.Context())), []model.Override{one, two})
	same(t, len(must[[]model.AuditEntry](t)(db.AuditSince(t.Context(), past, 10))), 3)
	ok(t, db.Prune(t.Context(), store.Retention{Audit: 402 * model.Day}))
	same(t, len(must[[]model.Override](t)(db.Overrides(t.Context()))), 2)
	ok(t, db.Prune(t.Context(), store.Retention{Audit: 400 * model.Day}))
	same(t, len(must[[]model.Override](t)(db.Overrides(t.Context()))), 0)
	three := must[model.Override](t)(db.AddOverride(t.Context(), model.Override{Schedule: "primary", Person: "anna", From: Start, To: Start.Add(time.Hour)}, entry))
	same(t, three.ID, int64(3))
}

// duty is changed as a whole: a cover with its override, what people are told of it, and the audit entry; numbers go on after a restart, and once
// all that had them is gone.
func duty(t *testing.T, open Opener) {
	db := open(t, "a")
	ctx := t.Context()
	entry := model.AuditEntry{At: Start, Action: "cover", Result: "ok"}
	cover := model.Cover{Schedule: "primary", Person: "anna", From: Start, To: Start.Add(time.Hour), Made: Start}
	note := notification(model.NotifyCover, 0, ops)
	note.Snapshot = model.Snapshot{Cover: &model.CoverNews{What: model.CoverWanted, Cover: cover}}
	notified := map[string]model.ShiftsNotified{"primary": {People: []string{"anna"}, Gap: Start}}
	c := must[model.DutyChange](t)(db.ChangeDuty(ctx, model.DutyChange{
		Notified: notified, Cover: &cover, Notifications: []model.Notification{note}, Audit: []model.AuditEntry{entry},
	}))
	same(t, []int64{c.Cover.ID, cover.ID}, []int64{1, 0})
	due := must[[]model.Notification](t)(db.Due(ctx, Start.Add(time.Hour), 10))
	same(t, []int{len(due), int(due[0].Snapshot.Cover.Cover.ID)}, []int{1, 1})
	taken := *c.Cover
	taken.Taken, taken.Ended = "boris", Start
	c = must[model.DutyChange](t)(db.ChangeDuty(ctx, model.DutyChange{
		Cover: &taken, Override: &model.Override{Schedule: "primary", Person: "boris", Instead: "anna", From: Start, To: taken.To}, Audit: []model.AuditEntry{entry},
	}))
	same(t, []int64{c.Cover.ID, c.Override.ID, c.Cover.Override}, []int64{1, 1, 1})
	db = reopen(t, db, open, "a")
	same(t, must[[]model.Cover](t)(db.Covers(ctx)), []model.Cover{*c.Cover})
	same(t, must[[]model.Override](t)(db.Overrides(ctx)), []model.Override{*c.Override})
	same(t, must[map[string]model.ShiftsNotified](t)(db.ShiftsNotified(ctx)), notified)
	same(t, len(must[[]model.AuditEntry](t)(db.AuditSince(ctx, Start.Add(-time.Hour), 10))), 2)
	ok(t, db.Prune(ctx, store.Retention{Audit: -2 * model.Day}))
	same(t, len(must[[]model.Cover](t)(db.Covers(ctx)))+len(must[[]model.Override](t)(db.Overrides(ctx))), 0)
	again := model.Cover{Schedule: "primary", Person: "anna", From: Start, To: Start.Add(time.Hour)}
	c = must[model.DutyChange](t)(db.ChangeDuty(ctx, model.DutyChange{Cover: &again, Override: &model.Override{Schedule: "primary", Person: "vera", From: Start, To: again.To}}))
	same(t, []int64{c.Cover.ID, c.Override.ID}, []int64{2, 2})
}

// calendars are kept by their address, and links by person; the newest counts.
func calendars(t *testing.T, open Opener) {
	db := open(t, "a")
	ctx := t.Context()
	entry := model.AuditEntry{At: Start, Action: "calendar", Result: "ok"}
	for _, c := range []model.KeptCalendar{{Key: "a", At: Start, Body: []byte("one")}, {Key: "b", At: Start, Body: []byte{0xff}}, {Key: "a", At: Start.Add(time.Hour), Body: []byte("two")}} {
		ok(t, db.KeepCalendar(ctx, c))
	}
	for _, l := range []model.CalendarLink{{Person: "anna", Hash: "1", Made: Start}, {Person: "boris", Hash: "2", Made: Start}, {Person: "anna", Hash: "3", Made: Start}} {
		ok(t, db.SetCalendarLink(ctx, l, entry))
	}
	ok(t, db.DropCalendarLink(ctx, "boris", entry))
	db = reopen(t, db, open, "a")
	same(t, must[[]model.KeptCalendar](t)(db.KeptCalendars(ctx)), []model.KeptCalendar{{Key: "a", At: Start.Add(time.Hour), Body: []byte("two")}, {Key: "b", At: Start, Body: []byte{0xff}}})
	same(t, must[[]model.CalendarLink](t)(db.CalendarLinks(ctx)), []model.CalendarLink{{Person: "anna", Hash: "3", Made: Start}})
}
