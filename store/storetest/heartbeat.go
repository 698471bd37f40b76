package storetest

import (
	"testing"
	"time"

	"opsbot"
)

// heartbeats survive a restart: when a check was first asked about, and what its job said last.
func heartbeats(t *testing.T, open Opener) {
	db := open(t, "a")
	asked := must[opsbot.Heartbeat](t)(db.Heartbeat(t.Context(), "backup"))
	same(t, asked, opsbot.Heartbeat{Known: Start})
	db = reopen(t, db, open, "a")
	same(t, must[opsbot.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), opsbot.Heartbeat{Known: Start})

	begun, ended := Start.Add(time.Hour), Start.Add(2*time.Hour)
	ok(t, db.SaveHeartbeat(t.Context(), "backup", opsbot.HeartbeatCall{Event: opsbot.HeartbeatStart, At: begun}))
	ok(t, db.SaveHeartbeat(t.Context(), "backup", opsbot.HeartbeatCall{Event: opsbot.HeartbeatStart, At: begun.Add(time.Minute)})) // repeated
	db = reopen(t, db, open, "a")
	same(t, must[opsbot.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), opsbot.Heartbeat{Known: Start, Started: begun})
	ok(t, db.SaveHeartbeat(t.Context(), "backup", opsbot.HeartbeatCall{Event: opsbot.HeartbeatFail, At: ended, Code: 3, Said: "disk full"}))
	ok(t, db.SaveHeartbeat(t.Context(), "other", opsbot.HeartbeatCall{At: ended}))
	db = reopen(t, db, open, "a")
	failed := opsbot.Heartbeat{Known: Start, Ended: ended, Failed: true, Code: 3, Said: "disk full"}
	same(t, must[opsbot.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), failed)

	ok(t, db.KeepHeartbeats(t.Context(), []opsbot.CheckID{"backup"}))
	same(t, must[opsbot.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), failed)
	same(t, must[opsbot.Heartbeat](t)(db.Heartbeat(t.Context(), "other")), opsbot.Heartbeat{Known: Start})
	ok(t, db.SaveHeartbeat(t.Context(), "backup", opsbot.HeartbeatCall{At: ended.Add(time.Hour)}))
	same(t, must[opsbot.Heartbeat](t)(db.Heartbeat(t.Context(), "backup")), opsbot.Heartbeat{Known: Start, Ended: ended.Add(time.Hour)})
}
