package storetest

import (
	"testing"

	"opsbot/model"
	"opsbot/store"
)

// odd is text that is none: a zero byte, and bytes that are no UTF-8. It comes from updates, answers of servers, names on the command line.
const odd = "a\x00b\xff\xfec"

// oddText is stored and found again, wherever a text is a column of its own.
func oddText(t *testing.T, open Opener) {
	db := open(t, "a")
	if !must[bool](t)(db.AcceptUpdate(t.Context(), 1, Start, []byte(odd))) {
		t.Error("an update was not accepted")
	}
	ok(t, db.PoisonUpdate(t.Context(), 2, Start, []byte(odd), odd))
	same(t, len(must[[]store.PendingUpdate](t)(db.PendingUpdates(t.Context()))), 1)
	ok(t, db.KeepBaseline(t.Context(), odd, &model.Baseline{Words: "shop", At: Start}))
	if b := must[*model.Baseline](t)(db.Baseline(t.Context(), odd)); b == nil || b.Words != "shop" {
		t.Errorf("the baseline is %+v", b)
	}
	ok(t, db.SetSetting(t.Context(), odd, odd))
	if text := must[string](t)(db.Setting(t.Context(), odd)); text == "" {
		t.Error("the setting is not there")
	}
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Checks:        map[model.CheckID]model.CheckState{odd: {Since: Start, Status: model.StatusFail, Reason: model.NewReason("x", "said", odd)}},
		Events:        []model.Event{{EventKey: model.EventKey{Source: odd, ID: odd}, Title: odd, SeenAt: Start}},
		Transitions:   []model.Transition{{Check: odd, At: Start, Status: model.StatusFail, Reason: model.NewReason("x", "said", odd)}},
		Cards:         []model.Card{{Incident: 1, To: model.Destination{Channel: odd}}},
		Notifications: []model.Notification{notification(model.NotifyOpened, 1, model.Destination{Channel: odd})},
		Numbers:       []model.ReaderNumber{{Readers: `["acme"]`, Kind: model.NumberIncident, ID: 1, Number: 1}},
		Audit:         []model.AuditEntry{{At: Start, Action: odd}},
	}))
	dead := notification(model.NotifyOpened, 1, model.Destination{Channel: odd})
	dead.ID = ids[0]
	ok(t, db.AddDeadLetter(t.Context(), dead, odd, nil))
	same(t, len(must[[]model.DeadLetter](t)(db.DeadLetters(t.Context(), 9))), 1)
	ok(t, db.SetOutage(t.Context(), model.Outage{To: ops, Since: Start, Said: odd}, nil))
	must[model.Heartbeat](t)(db.Heartbeat(t.Context(), odd))
	ok(t, db.SaveHeartbeat(t.Context(), odd, model.HeartbeatCall{At: Start}))
	ok(t, db.PutButtons(t.Context(), map[string]model.Button{odd: {Action: "x", Expires: Start.Add(1e12)}}))
	if _, found, err := db.Button(t.Context(), odd); !found || err != nil {
		t.Errorf("the button is there: %v, %v", found, err)
	}
	must[int](t)(db.NumberChecks(t.Context(), []model.CheckID{odd}))
	same(t, len(must[map[model.CheckID]int](t)(db.CheckNumbers(t.Context()))), 1)
	must[model.Memory](t)(db.Load(t.Context()))
}

// orderOfText is that of its bytes, in whatever language a database is.
func orderOfText(t *testing.T, open Opener) {
	db := open(t, "a")
	want := []string{"-b", "B", "_a", "a", "b", "Б", "а"}
	var all []model.Event
	for _, i := range []int{4, 0, 6, 2, 1, 5, 3} {
		all = append(all, model.Event{EventKey: model.EventKey{Source: "s", ID: want[i]}, SeenAt: Start})
	}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Events: all}))
	var got []string
	for _, e := range must[[]model.Event](t)(db.EventsOf(t.Context(), "s", Start)) {
		got = append(got, e.ID)
	}
	same(t, got, want)
}
