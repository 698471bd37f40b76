package storetest

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// queues are read separately: neither many reports nor the remaining recipients of a mail hide an alert.
func queues(t *testing.T, open Opener) {
	db := open(t, "x")
	report := model.Notification{Kind: model.NotifyReport, To: night, Severity: model.SeverityCritical, Created: Start, Snapshot: model.Snapshot{Report: &model.Report{Title: "r", Parts: &model.ReportParts{HTML: "r"}}}}
	critical := notification(model.NotifyOpened, 2, night)
	critical.Severity = model.SeverityCritical
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{report, report, report, notification(model.NotifyOpened, 1, night), critical, notification(model.NotifyResolved, 1, night)}}))
	read := func() (all []int64) {
		for _, x := range must[[]model.Notification](t)(db.Due(t.Context(), Start, 2)) {
			all = append(all, x.ID)
		}
		return all
	}
	same(t, read(), []int64{ids[0], ids[1], ids[3], ids[4]})

	all := must[[]model.Notification](t)(db.Waiting(t.Context(), 10))
	for _, i := range []int{0, 3} {
		must[bool](t)(db.Begin(t.Context(), ids[i], all[i].Kind))
		all[i].Snapshot.Only = []string{"a@example.com", "b@example.com"}
		ok(t, db.KeepRecipients(t.Context(), all[i], Start.Add(time.Minute)))
	}
	same(t, read(), ids)
	db = reopen(t, db, open, "x")
	ok(t, db.Recover(t.Context()))
	left := must[[]model.Notification](t)(db.Waiting(t.Context(), 10))
	for _, i := range []int{0, 3} {
		got := &left[i]
		if !slices.Equal(got.Snapshot.Only, all[i].Snapshot.Only) || !got.RetryAt.Equal(Start.Add(time.Minute)) || got.Repeat || got.Attempts != 1 {
			t.Errorf("%+v", got)
		}
	}
	same(t, must[*model.ReportParts](t)(db.ReportParts(t.Context(), ids[0])).HTML, "r")
	same(t, len(must[[]model.Notification](t)(db.Backlog(t.Context(), night, 0, 9))), 2)
	same(t, len(must[[]model.Notification](t)(db.Uncopied(t.Context(), night, model.SeverityCritical, Start, 9))), 1)

	ok(t, db.AddDeadLetter(t.Context(), left[3], "chat_dead", nil))
	same(t, must[int](t)(db.Revive(t.Context(), nil, model.AuditEntry{})), 1)
	again := must[[]model.Notification](t)(db.Waiting(t.Context(), 10))
	same(t, again[len(again)-1].Queue(), ":a@example.com,b@example.com")
	ok(t, db.Enqueue(t.Context(), notification(model.NotifyNotice, 0, ops)))
	same(t, len(must[[]model.Notification](t)(db.Waiting(t.Context(), 10))), 7)
}
