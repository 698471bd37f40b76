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
	ok(t, db.Prune(t.Context(), store.Retention{Audit: 400 * model.Day}))
	same(t, must[[]model.Override](t)(db.Overrides(t.Context())), []model.Override{two})
	three := must[model.Override](t)(db.AddOverride(t.Context(), model.Override{Schedule: "primary", Person: "anna", From: Start, To: Start.Add(time.Hour)}, entry))
	same(t, three.ID, int64(3))
}
