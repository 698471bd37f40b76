package storetest

import (
	"reflect"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

var voice = model.Destination{Channel: "gateway:voice", Address: "anna"}

// ackLinks are found by their hash alone, keep what became of them, and go some days after their incident has ended.
func ackLinks(t *testing.T, open Opener) {
	db := open(t, "a")
	over := incident(2)
	over.ClosedAt = Start
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Incidents: []model.Incident{incident(1), over}}))
	old := Start.Add(-8 * model.Day)
	link := model.AckLink{Incident: 1, Person: "anna", Gateway: voice.Channel, MadeAt: old}
	ok(t, db.SetAckLink(t.Context(), "one", link))
	link.UsedAt = old.Add(time.Minute)
	ok(t, db.SetAckLink(t.Context(), "one", link))
	ok(t, db.SetAckLink(t.Context(), "two", model.AckLink{Incident: 2, Person: "boris", MadeAt: old}))
	ok(t, db.SetAckLink(t.Context(), "three", model.AckLink{Incident: 2, Person: "boris", MadeAt: Start}))
	db = reopen(t, db, open, "a")
	ok(t, db.Prune(t.Context(), store.Retention{Incidents: 400 * model.Day}))
	for hash, want := range map[string]bool{"one": true, "two": false, "three": true, "": false, "ONE": false, "one-": false} {
		got, found, err := db.AckLink(t.Context(), hash)
		ok(t, err)
		if found != want || hash == "one" && !reflect.DeepEqual(got, link) {
			t.Errorf("%q: %t %+v", hash, found, got)
		}
	}
}

// gatewayLimits count for each person of each gateway, across restarts, and only what was sent.
func gatewayLimits(t *testing.T, open Opener) {
	db := open(t, "a")
	limit := model.Rate{N: 2, Per: time.Hour}
	spend := func(to model.Destination, want bool) {
		t.Helper()
		if got := must[bool](t)(db.Spend(t.Context(), to, limit)); got != want {
			t.Errorf("%s: %t", to, got)
		}
	}
	spend(voice, true)
	spend(voice, true)
	spend(voice, false)
	db = reopen(t, db, open, "a")
	spend(voice, false)
	ok(t, db.Refund(t.Context(), voice))
	spend(voice, true)
	spend(voice, false)
	spend(model.Destination{Channel: voice.Channel, Address: "boris"}, true)
	spend(model.Destination{Channel: "gateway:sms", Address: voice.Address}, true)
	ok(t, db.Refund(t.Context(), model.Destination{Channel: "gateway:sms", Address: "nobody"}))
	limit.N = 3
	spend(voice, true)
	ok(t, db.Prune(t.Context(), store.Retention{}))
	spend(voice, false)
}

// gatewayAddresses tell the rows of two people apart in every table that knows destinations.
func gatewayAddresses(t *testing.T, open Opener) {
	db := open(t, "a")
	other := model.Destination{Channel: voice.Channel, Address: "boris"}
	in := incident(1)
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Incidents:     []model.Incident{in},
		Cards:         []model.Card{{Incident: 1, To: voice, Message: 5}, {Incident: 1, To: other, Message: 6}},
		Notifications: []model.Notification{notification(model.NotifyOpened, 1, voice), notification(model.NotifyOpened, 1, other)},
	}))
	ok(t, db.SetOutage(t.Context(), model.Outage{To: voice, Since: Start, Until: Start}, nil))
	db = reopen(t, db, open, "a")
	due := must[[]model.Notification](t)(db.Due(t.Context(), Start, 1))
	same(t, []model.Destination{due[0].To, due[1].To}, []model.Destination{voice, other})
	card, found, err := db.Card(t.Context(), 1, other)
	ok(t, err)
	same(t, []any{card.To, card.Message, found}, []any{other, 6, true})
	same(t, must[[]model.Outage](t)(db.Outages(t.Context()))[0].To, voice)
	ok(t, db.EndOutage(t.Context(), other, nil))
	same(t, len(must[[]model.Outage](t)(db.Outages(t.Context()))), 1)
	dead := due[0]
	dead.ID = ids[0]
	ok(t, db.AddDeadLetter(t.Context(), dead, string(model.SendBad), nil))
	same(t, must[[]model.DeadLetter](t)(db.DeadLetters(t.Context(), 9))[0].Notification.To, voice)
	ok(t, db.EndOutage(t.Context(), voice, nil))
	same(t, len(must[[]model.Outage](t)(db.Outages(t.Context()))), 0)
}
