package storetest

import (
	"testing"
	"time"

	"opsbot/model"
)

// heartbeats survive a restart: when a check was first evaluated, and the last state of its job.
func heartbeats(t *testing.T, open Opener) {
	db := open(t, "a")
	asked := must[model.Heartbeat](t)(db.Heartbeat(t.Context(), "backup"))
	same(t, asked, model.Heartbeat{Known: Start})
	db = reopen(t, db, open, "a")
	same(t, must[model.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), model.Heartbeat{Known: Start})

	begun, ended := Start.Add(time.Hour), Start.Add(2*time.Hour)
	ok(t, db.SaveHeartbeat(t.Context(), "backup", model.HeartbeatCall{Event: model.HeartbeatStart, At: begun}))
	ok(t, db.SaveHeartbeat(t.Context(), "backup", model.HeartbeatCall{Event: model.HeartbeatStart, At: begun.Add(time.Minute)})) // repeated
	db = reopen(t, db, open, "a")
	same(t, must[model.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), model.Heartbeat{Known: Start, Started: begun})
	ok(t, db.SaveHeartbeat(t.Context(), "backup", model.HeartbeatCall{Event: model.HeartbeatFail, At: ended, Code: 3, Said: "disk full"}))
	ok(t, db.SaveHeartbeat(t.Context(), "other", model.HeartbeatCall{At: ended}))
	db = reopen(t, db, open, "a")
	failed := model.Heartbeat{Known: Start, Ended: ended, Failed: true, Code: 3, Said: "disk full"}
	same(t, must[model.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), failed)

	ok(t, db.KeepHeartbeats(t.Context(), []model.CheckID{"backup"}))
	same(t, must[model.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), failed)
	same(t, must[model.Heartbeat](t)(db.Heartbeat(t.Context(), "other")), model.Heartbeat{Known: Start})
	ok(t, db.SaveHeartbeat(t.Context(), "backup", model.HeartbeatCall{At: ended.Add(time.Hour)}))
	same(t, must[model.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), model.Heartbeat{Known: Start, Ended: ended.Add(time.Hour)})
}
