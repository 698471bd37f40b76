// Package storetest is the conformance suite of the store's contract: every database engine passes the same tests.
package storetest

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/model"
	"opsbot/store"
)

// Start is the time that every test's clock shows.
var Start = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

// Opener opens an empty database for a test, and the same one again if it is called with the same place.
type Opener func(t *testing.T, place string) *store.DB

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	t.Helper()
	tests := map[string]func(*testing.T, Opener){
		"commit and load": commitAndLoad, "all or nothing": allOrNothing, "numbers": numbers, "edits collapse": editsCollapse,
		"outbox in order": outboxInOrder, "crash while sending": crashWhileSending, "cards": cards, "burial": burial,
		"migration": migration, "both ids": bothIDs, "pairing": pairing, "admission": admission, "audit": audit, "intake": intake, "done by updates": doneByUpdates, "answers": answers, "slots": slots, "buttons": buttons,
		"settings": settings, "pinned messages": pinnedMessages, "retention": retention, "heartbeats": heartbeats, "fallback copies": fallbackCopies, "outages": outages, "same news": sameNews, "dead letters": deadLetters, "reports": reports, "lanes": queues, "incidents of": incidentsOf, "gathered keys": gatheredKeys, "past events": pastEvents, "folding": coalescing, "backlog": backlogOfAny, "delivered": deliveredTo, "closed": closedOnes, "behind": behindOne, "drop": dropping, "what chats said": whatChatsSaid, "events": events,
		"baselines": baselines, "overrides": overrides, "duty": duty, "calendars": calendars, "links that acknowledge": ackLinks, "limits of gateways": gatewayLimits, "addresses of gateways": gatewayAddresses, "sent pages": sentPages, "reader numbers": readerNumbers, "transitions": transitions, "transitions in order": transitionsInOrder, "always well": alwaysWell, "well again": wellAgain, "life": life, "mutes in a span": mutesIn, "maintenance stays": maintenanceStays, "packs": packs, "retention of the past": retentionOfThePast,
		"odd text": oddText, "order of text": orderOfText,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
}

// reopen closes a database and opens it again, as a restart does.
func reopen(t *testing.T, db *store.DB, open Opener, place string) *store.DB {
	t.Helper()
	ok(t, db.Close())
	return open(t, place)
}

var (
	ops   = model.Destination{Channel: "telegram", Chat: -100, Topic: 7}
	night = model.Destination{Channel: "telegram", Chat: 42}
)

func incident(id model.IncidentID) model.Incident {
	return model.Incident{
		ID: id, Kind: model.IncidentService, ServiceKey: model.ServiceKey{Client: "clientA", Service: "reports"},
		Severity: model.SeverityWarning, OpenedAt: Start, Reason: model.NewReason(model.ReasonServiceState, "up", "1"),
		Failing: []model.FailingCheck{{Check: "clientA/reports@web1", Reason: model.NewReason(model.ReasonRefused), Since: Start}},
		Affected: []model.ServiceState{{
			ServiceKey: model.ServiceKey{Client: "clientA", Service: "reports"}, Tally: model.Tally{Up: 1, Failed: 1},
			Verdict: model.VerdictAtRisk, Need: 1, Tier: model.TierGold,
		}},
	}
}

func notification(kind model.NotificationKind, id model.IncidentID, to model.Destination) model.Notification {
	in := incident(id)
	return model.Notification{
		Kind: kind, Incident: id, To: to, Severity: model.SeverityWarning, Created: Start, Snapshot: model.Snapshot{Incident: &in},
	}
}

func commitAndLoad(t *testing.T, open Opener) {
	db := open(t, "a")
	if m := must[model.Memory](t)(db.Load(t.Context())); !m.Fresh {
		t.Error("an empty database is not fresh")
	}
	state := model.CheckState{
		Phase: model.PhaseFailing, Count: 2, Since: Start, Status: model.StatusFail, At: Start,
		Reason: model.NewReason(model.ReasonRefused, "addr", "127.0.0.1:1"),
	}
	mute := model.Mute{
		ID: 3, Selector: model.Selector{Clients: []string{"clientA"}, Labels: map[string][]string{"dc": {"fra1"}}},
		Owner: 7, OwnerName: "Ann", Chat: -100, Reason: "update", From: Start, Until: Start.Add(time.Hour),
	}
	deferred := notification(model.NotifyOpened, 12, ops)
	deferred.NotBefore = Start.Add(-time.Hour)
	card := model.Card{Incident: 12, To: ops, Message: 99, Down: true, Severity: model.SeverityCritical}
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Checks:    map[model.CheckID]model.CheckState{"main-db": state, "gone": {}},
		Incidents: []model.Incident{incident(12)}, Cards: []model.Card{card}, Mutes: []model.Mute{mute},
		Notifications: []model.Notification{deferred, notification(model.NotifyOpened, 12, night)},
	}))
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Forget: []model.CheckID{"gone"}}))
	deferred.ID = ids[0]

	db = reopen(t, db, open, "a")
	m := must[model.Memory](t)(db.Load(t.Context()))
	same(t, m, model.Memory{
		Checks: map[model.CheckID]model.CheckState{"main-db": state},
		Open:   []model.Incident{incident(12)}, Cards: []model.Card{card}, Mutes: []model.Mute{mute},
		Deferred: []model.Notification{deferred}, LastIncident: 12, LastMute: 3,
	})
}

// A change that cannot be written whole must leave no trace.
func allOrNothing(t *testing.T, open Opener) {
	db := open(t, "a")
	broken := notification(model.NotifyOpened, 1, ops)
	broken.Snapshot.Mute = &model.Mute{From: time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC)} // a year that JSON does not support
	_, err := db.Commit(t.Context(), model.Change{
		Checks: map[model.CheckID]model.CheckState{"x": {}}, Incidents: []model.Incident{incident(1)}, Notifications: []model.Notification{broken},
	})
	if model.CodeOf(err) != model.ErrStore {
		t.Fatalf("got %v", err)
	}
	if m := must[model.Memory](t)(db.Load(t.Context())); !m.Fresh || len(m.Open) > 0 {
		t.Errorf("the failed change left: %+v", m)
	}
}

func numbers(t *testing.T, open Opener) {
	db := open(t, "a")
	one := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{notification(model.NotifyOpened, 1, ops), notification(model.NotifyOpened, 1, night)}}))
	for _, id := range one {
		ok(t, db.Sent(t.Context(), model.Notification{ID: id}, model.Receipt{}))
	}
	db = reopen(t, db, open, "a")
	two := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{notification(model.NotifyResolved, 1, ops)}}))
	if one[0] >= one[1] || one[1] >= two[0] {
		t.Errorf("numbers %v, then %v: they must rise and never come again", one, two)
	}
}

func due(t *testing.T, db *store.DB, now time.Time) []string {
	t.Helper()
	var all []string
	for _, x := range must[[]model.Notification](t)(db.Due(t.Context(), now, 2)) {
		all = append(all, fmt.Sprintf("%s #%d %s", x.Kind, x.Incident, x.To))
	}
	return all
}

func editsCollapse(t *testing.T, open Opener) {
	db := open(t, "a")
	for range 3 {
		must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{notification(model.NotifyUpdated, 1, ops)}}))
	}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{notification(model.NotifyUpdated, 2, ops)}}))
	same(t, due(t, db, Start), []string{"updated #1 telegram:-100:7", "updated #2 telegram:-100:7"})
	first := must[[]model.Notification](t)(db.Due(t.Context(), Start, 1))[0]
	must[bool](t)(db.Begin(t.Context(), first.ID, model.NotifyUpdated))
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{notification(model.NotifyUpdated, 1, ops)}}))
	if n := must[model.QueueStats](t)(db.Queue(t.Context(), Start)).Length; n != 3 {
		t.Errorf("%d rows: an edit that is being tried must stay beside the new one", n)
	}
}

func outboxInOrder(t *testing.T, open Opener) {
	db := open(t, "a")
	later := notification(model.NotifyOpened, 4, ops)
	later.NotBefore = Start.Add(time.Hour)
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{
		notification(model.NotifyOpened, 1, ops), later, notification(model.NotifyOpened, 2, night), notification(model.NotifyOpened, 2, ops), notification(model.NotifyOpened, 3, ops),
	}}))
	same(t, due(t, db, Start), []string{"opened #1 telegram:-100:7", "opened #2 telegram:42", "opened #2 telegram:-100:7"})
	same(t, must[time.Time](t)(db.NextDue(t.Context(), Start)), Start.Add(time.Hour))
	if next := must[time.Time](t)(db.NextDue(t.Context(), Start.Add(time.Hour))); !next.IsZero() {
		t.Errorf("next is %v", next)
	}
	q := must[model.QueueStats](t)(db.Queue(t.Context(), Start.Add(time.Minute)))
	same(t, q, model.QueueStats{Length: 5, Oldest: Start})
}

func crashWhileSending(t *testing.T, open Opener) {
	db := open(t, "a")
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{
		notification(model.NotifyOpened, 1, ops), notification(model.NotifyOpened, 2, ops), notification(model.NotifyOpened, 3, ops),
		notification(model.NotifyOpened, 4, ops),
	}}))
	for _, id := range []int64{ids[0], ids[1], ids[3]} {
		if there := must[bool](t)(db.Begin(t.Context(), id, model.NotifyOpened)); !there {
			t.Fatal("a notification is missing")
		}
	}
	ok(t, db.Postpone(t.Context(), Start.Add(time.Second), false, ids[1], ids[3])) // refused: certainly not delivered
	db = reopen(t, db, open, "a")
	ok(t, db.Recover(t.Context()))
	all := must[[]model.Notification](t)(db.Due(t.Context(), Start, 9))
	var got []string
	for _, x := range all {
		got = append(got, fmt.Sprint(x.Incident, x.Repeat, x.Attempts, x.RetryAt.Sub(Start) == time.Second))
	}
	same(t, got, []string{"1 true 1 false", "2 false 1 true", "3 false 0 false", "4 false 1 true"})
	if there := must[bool](t)(db.Begin(t.Context(), 999, model.NotifyOpened)); there {
		t.Error("a notification that never existed was found")
	}
}

func cards(t *testing.T, open Opener) {
	db := open(t, "a")
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Incidents: []model.Incident{incident(1)}, Cards: []model.Card{{Incident: 1, To: ops, Down: true}},
		Notifications: []model.Notification{notification(model.NotifyOpened, 1, ops)},
	}))
	x := notification(model.NotifyOpened, 1, ops)
	x.ID = ids[0]
	ok(t, db.Sent(t.Context(), x, model.Receipt{Message: 5}))
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Cards: []model.Card{{Incident: 1, To: ops, Down: true, Severity: model.SeverityCritical}}}))
	card, found, err := db.Card(t.Context(), 1, ops)
	ok(t, err)
	same(t, card, model.Card{Incident: 1, To: ops, Message: 5, Down: true, Severity: model.SeverityCritical})
	if id, at, err := db.CardAt(t.Context(), -100, 5); !found || !at || id != 1 || err != nil {
		t.Errorf("message 5 shows incident %d, %v", id, err)
	}
	ok(t, db.DropCard(t.Context(), 1, ops))
	if card, _, _ := db.Card(t.Context(), 1, ops); card.Message != 0 || !card.Down {
		t.Errorf("got %+v", card)
	}
	if _, found, _ := db.Card(t.Context(), 1, night); found {
		t.Error("a card that never existed was found")
	}
}

func burial(t *testing.T, open Opener) {
	db := open(t, "a")
	ids := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{notification(model.NotifyOpened, 1, ops)}}))
	dead := notification(model.NotifyOpened, 1, ops)
	dead.ID = ids[0]
	notice := model.Notification{Kind: model.NotifyNotice, To: night, Created: Start}
	ok(t, db.AddDeadLetter(t.Context(), dead, "chat not found", &notice))
	same(t, due(t, db, Start), []string{"notice #0 telegram:42"})
	if q := must[model.QueueStats](t)(db.Queue(t.Context(), Start)); q.Dead != 1 {
		t.Errorf("got %+v", q)
	}
}

func pairing(t *testing.T, open Opener) {
	db := open(t, "a")
	ann := model.User{ID: 7, Name: "Ann", Role: model.RoleAdmin, Paired: true}
	entry := model.AuditEntry{At: Start, Action: "pair", Actor: model.Actor{User: 7, Update: 3}, Result: "ok"}
	ok(t, db.Pair(t.Context(), model.User{ID: 7}, model.Chat{ID: 7, Language: "ru", Paired: true}, entry))
	ok(t, db.Pair(t.Context(), ann, model.Chat{ID: 7, Language: "en", Paired: true}, entry))
	unwritable := entry
	unwritable.At = time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC) // a year that JSON does not support
	if err := db.Pair(t.Context(), model.User{ID: 8}, model.Chat{ID: 8}, unwritable); err == nil {
		t.Error("an entry that cannot be written was taken")
	}
	db = reopen(t, db, open, "a")
	chats, users, err := db.Paired(t.Context())
	ok(t, err)
	same(t, users, []model.User{ann})
	same(t, chats, []model.Chat{{ID: 7, Language: "en", Paired: true}})
	same(t, must[[]model.AuditEntry](t)(db.DoneBy(t.Context(), 3)), []model.AuditEntry{entry, entry})
}

func admission(t *testing.T, open Opener) {
	db := open(t, "a")
	entry := model.AuditEntry{At: Start, Action: "let_in", Result: "ok"}
	group := model.Chat{ID: -9, Role: model.RoleViewer, Paired: true}
	ok(t, db.LetIn(t.Context(), group, entry))
	i := model.Invitation{Role: model.RoleOperator, Scope: model.ScopeOf([]string{"acme"}), By: 1, ByName: "Ada", Ends: Start.Add(time.Hour)}
	ok(t, db.Invite(t.Context(), "lasting", i, entry))
	late := i
	late.Ends = Start
	ok(t, db.Invite(t.Context(), "ended", late, entry))
	ok(t, db.PutButtons(t.Context(), map[string]model.Button{"button": {Action: "run", Expires: Start.Add(time.Hour)}}))
	db = reopen(t, db, open, "a")
	for id, want := range map[string]bool{"lasting": true, "ended": false, "button": false, "none": false} {
		got, found, err := db.Invitation(t.Context(), id)
		ok(t, err)
		if found != want || found && !cmp.Equal(got, i) {
			t.Errorf("%s: %+v, %v", id, got, found)
		}
	}
	bea, bob := model.User{ID: 5, Role: i.Role, Scope: i.Scope, Paired: true}, model.User{ID: 6, Role: i.Role, Paired: true}
	ok(t, db.Join(t.Context(), "lasting", bea, entry))
	if err := db.Join(t.Context(), "lasting", bob, entry); model.CodeOf(err) != model.ErrPairingClosed {
		t.Errorf("used twice: %v", err)
	}
	db = reopen(t, db, open, "a")
	chats, users, err := db.Paired(t.Context())
	ok(t, err)
	same(t, chats, []model.Chat{group})
	same(t, users, []model.User{bea})
	ok(t, db.PutOut(t.Context(), int64(bea.ID), entry))
	ok(t, db.PutOut(t.Context(), int64(group.ID), entry))
	db = reopen(t, db, open, "a")
	if chats, users, err = db.Paired(t.Context()); err != nil || len(chats)+len(users) > 0 {
		t.Errorf("after they were put out: %+v, %+v, %v", chats, users, err)
	}
	if all := must[[]model.AuditEntry](t)(db.AuditSince(t.Context(), Start, 9)); len(all) != 6 {
		t.Errorf("%d audit entries of what was done six times", len(all))
	}
}

func audit(t *testing.T, open Opener) {
	db := open(t, "a")
	for i := range 3 {
		ok(t, db.Audit(t.Context(), model.AuditEntry{At: Start.Add(time.Duration(i) * time.Minute), Action: fmt.Sprint(i)}))
	}
	got := must[[]model.AuditEntry](t)(db.AuditSince(t.Context(), Start.Add(time.Minute), 9))
	if len(got) != 2 || got[0].Action != "2" || got[1].Action != "1" {
		t.Errorf("got %+v", got)
	}
}

func intake(t *testing.T, open Opener) {
	db := open(t, "a")
	if !must[bool](t)(db.AcceptUpdate(t.Context(), 5, Start, []byte(`{"a":1}`))) || must[bool](t)(db.AcceptUpdate(t.Context(), 5, Start, nil)) {
		t.Error("an update must be new exactly once")
	}
	must[bool](t)(db.AcceptUpdate(t.Context(), 6, Start, []byte(`{}`)))
	ok(t, db.DoneUpdate(t.Context(), 6))
	ok(t, db.PoisonUpdate(t.Context(), 7, Start, []byte(`?`), "not JSON"))
	db = reopen(t, db, open, "a")
	pending := store.PendingUpdate{ID: 5, At: Start, Traced: true, Raw: []byte(`{"a":1}`)}
	same(t, must[[]store.PendingUpdate](t)(db.PendingUpdates(t.Context())), []store.PendingUpdate{pending})
	ok(t, db.ShowUpdate(t.Context(), 5, 77))
	ok(t, db.ResumeUpdate(t.Context(), 5))
	pending.Message, pending.Resumed = 77, true
	same(t, must[[]store.PendingUpdate](t)(db.PendingUpdates(t.Context())), []store.PendingUpdate{pending})
	if must[bool](t)(db.AcceptUpdate(t.Context(), 7, Start, nil)) {
		t.Error("a poisoned update was new again")
	}
}

// What an update did is known after a crash: its action and the entry about it are one transaction.
func doneByUpdates(t *testing.T, open Opener) {
	db := open(t, "a")
	entry := func(update int, action string) model.AuditEntry {
		return model.AuditEntry{At: Start, Actor: model.Actor{User: 7, Update: update}, Action: action, Result: "ok"}
	}
	must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Mutes: []model.Mute{{ID: 1, From: Start, Until: Start.Add(time.Hour)}}, Audit: []model.AuditEntry{entry(5, "mute"), entry(6, "ack")},
	}))
	ok(t, db.Audit(t.Context(), entry(5, "webtest")))
	ok(t, db.Audit(t.Context(), entry(0, "unmute")))
	db = reopen(t, db, open, "a")
	same(t, must[[]model.AuditEntry](t)(db.DoneBy(t.Context(), 5)), []model.AuditEntry{entry(5, "mute"), entry(5, "webtest")})
	for _, update := range []int{0, 7} {
		if all := must[[]model.AuditEntry](t)(db.DoneBy(t.Context(), update)); len(all) != 0 {
			t.Errorf("update %d did %v", update, all)
		}
	}
}

func slots(t *testing.T, open Opener) {
	db := open(t, "a")
	ok(t, db.SaveSlots(t.Context(), map[string]time.Time{"@every 1m": Start, "0 * * * *": Start}))
	ok(t, db.SaveSlots(t.Context(), map[string]time.Time{"@every 1m": Start.Add(time.Minute)}))
	same(t, must[map[string]time.Time](t)(db.Slots(t.Context())), map[string]time.Time{"@every 1m": Start.Add(time.Minute), "0 * * * *": Start})
}

func answers(t *testing.T, open Opener) {
	db := open(t, "a")
	a := model.DNSAnswer{Name: "customer1.test.com", IPv4: []netip.Addr{netip.MustParseAddr("10.0.0.5")}, At4: Start}
	ok(t, db.SaveAnswers(t.Context(), []model.DNSAnswer{a, {Name: "gone.test.com"}}))
	ok(t, db.SaveAnswers(t.Context(), []model.DNSAnswer{a}))
	db = reopen(t, db, open, "a")
	got := must[[]model.DNSAnswer](t)(db.LoadAnswers(t.Context()))
	if len(got) != 1 || got[0].Name != a.Name || got[0].IPv4[0] != a.IPv4[0] || !got[0].At4.Equal(Start) {
		t.Errorf("got %+v", got)
	}
}

func buttons(t *testing.T, open Opener) {
	db := open(t, "a")
	b := model.Button{Action: "mute", Args: map[string]string{"for": "1h"}, Chat: -100, Expires: Start.Add(time.Hour)}
	old := model.Button{Action: "mute", Expires: Start}
	ok(t, db.PutButtons(t.Context(), map[string]model.Button{"abc": b, "old": old}))
	got, found, err := db.Button(t.Context(), "abc")
	ok(t, err)
	same(t, got, b)
	for _, id := range []string{"old", "forged"} {
		if _, there, _ := db.Button(t.Context(), id); there || !found {
			t.Errorf("button %q works", id)
		}
	}
}

func settings(t *testing.T, open Opener) {
	db := open(t, "a")
	same(t, must[string](t)(db.Setting(t.Context(), "commands")), "")
	ok(t, db.SetSetting(t.Context(), "commands", "1"))
	ok(t, db.SetSetting(t.Context(), "commands", "2"))
	same(t, must[string](t)(db.Setting(t.Context(), "commands")), "2")
}

func retention(t *testing.T, open Opener) {
	db := open(t, "a")
	long := Start.Add(-1000 * 24 * time.Hour)
	closed, unsent, fresh := incident(2), incident(3), incident(4)
	closed.ClosedAt, unsent.ClosedAt, fresh.ClosedAt = long, long, Start
	must[[]int64](t)(db.Commit(t.Context(), model.Change{
		Incidents:     []model.Incident{incident(1), closed, unsent, fresh},
		Cards:         []model.Card{{Incident: 1, To: ops, Message: 1}, {Incident: 2, To: ops, Message: 2}},
		Notifications: []model.Notification{notification(model.NotifyResolved, 3, ops)},
		Mutes:         []model.Mute{{ID: 1, From: long, Until: long}, {ID: 2, EndedAt: long}, {ID: 3, EndedAt: long}},
	}))
	must[bool](t)(db.AcceptUpdate(t.Context(), 1, long, []byte("x")))
	ok(t, db.Prune(t.Context(), store.Retention{Incidents: 24 * time.Hour, Audit: time.Hour}))
	var left []model.IncidentID
	for _, in := range must[[]model.Incident](t)(db.Incidents(t.Context(), time.Time{}, 99)) {
		left = append(left, in.ID)
	}
	same(t, left, []model.IncidentID{4, 3, 1})
	m := must[model.Memory](t)(db.Load(t.Context()))
	if len(m.Cards) != 1 || len(m.Mutes) != 1 || m.LastMute != 3 || m.LastIncident != 4 {
		t.Errorf("got %+v", m)
	}
	if n := len(must[[]store.PendingUpdate](t)(db.PendingUpdates(t.Context()))); n != 1 {
		t.Error("an update that is not done was deleted")
	}
	ok(t, db.AddDeadLetter(t.Context(), notification(model.NotifyOpened, 1, ops), "chat not found", nil))
	for _, c := range []struct {
		keep time.Duration
		left int
	}{{time.Hour, 1}, {-time.Second, 0}} {
		ok(t, db.Prune(t.Context(), store.Retention{Incidents: 24 * time.Hour, DeadLetters: c.keep}))
		if q := must[model.QueueStats](t)(db.Queue(t.Context(), Start)); q.Dead != c.left {
			t.Errorf("%d dead letters are left of those older than %v, want %d", q.Dead, c.keep, c.left)
		}
	}
}
