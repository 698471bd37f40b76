package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

var (
	first  = model.Destination{Channel: "telegram", Chat: -100, Topic: 7}
	second = model.Destination{Channel: "telegram", Chat: 42}
)

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

// full makes a database with at least two rows in each table but the counters, which are as many as they are, and returns its file.
func full(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "full.db")
	db := open(t, store.Options{Path: path})
	fillAlerts(t, db)
	fillPast(t, db)
	fillGateways(t, db)
	fillPeople(t, db)
	ok(t, db.Close())
	edit(t, path, `INSERT INTO set_aside VALUES (1, 'mute', '9', 1, 1, 'old', '{"id":9}'), (2, 'mute', '10', 1, 1, 'old', '{"id":10}')`)
	edit(t, path, `INSERT INTO commit_mark VALUES ('one start', 7, 1, 1), ('one start', 8, 1, 0)`)
	names := tableNames(t, path)
	for _, name := range append(store.Tables(), names...) {
		if !slices.Contains(names, name) || !slices.Contains(store.Tables(), name) {
			t.Fatalf("the table %s is not both in the schema and among those that are inspected", name)
		}
		if n := count(t, path, name); n < 2 {
			t.Fatalf("the table %s has %d rows: fill it, so that a broken one is tried", name, n)
		}
	}
	return path
}

func incidentOf(id model.IncidentID, check model.CheckID) model.Incident {
	return model.Incident{
		ID: id, Kind: model.IncidentCheck, Check: check, Severity: model.SeverityCritical, OpenedAt: now(),
		Reason: model.NewReason(model.ReasonRefused), Failing: []model.FailingCheck{{Check: check, Reason: model.NewReason(model.ReasonRefused), Since: now()}},
	}
}

func fillAlerts(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	c := model.Change{Checks: map[model.CheckID]model.CheckState{}, Daily: now(), Reported: map[string]time.Time{"monthly": now()}}
	c.Numbers = []model.ReaderNumber{{Readers: `["acme"]`, Kind: model.NumberIncident, ID: 2, Number: 1}, {Readers: `["acme"]`, Kind: model.NumberMute, ID: 1, Number: 1}}
	for i, id := range []model.CheckID{"main-db", "licence", "backup"} {
		n := model.IncidentID(i + 1)
		in := incidentOf(n, id)
		c.Checks[id] = model.CheckState{Phase: model.PhaseDown, Since: now(), Status: model.StatusFail, At: now(), Reason: in.Reason, Remembered: true}
		c.Incidents = append(c.Incidents, in)
		c.Transitions = append(c.Transitions, model.Transition{Check: id, At: now(), Phase: model.PhaseDown, Status: model.StatusFail, Reason: in.Reason})
		c.Mutes = append(c.Mutes, model.Mute{ID: model.MuteID(n), OwnerName: "Ann", Chat: -100, From: now(), Until: now().Add(time.Hour)})
		c.Events = append(c.Events, model.Event{EventKey: model.EventKey{Source: "icinga", ID: string(id)}, Title: "x", SeenAt: now(), OpenedAt: now(), Incident: n})
		for _, to := range []model.Destination{first, second} {
			c.Cards = append(c.Cards, model.Card{Incident: n, To: to, Down: true, Severity: model.SeverityCritical, Named: model.Named{"check:x": true}, NotifiedAt: now()})
			c.Notifications = append(c.Notifications, model.Notification{Kind: model.NotifyOpened, Incident: n, To: to, Severity: model.SeverityCritical, Created: now(), Snapshot: model.Snapshot{Incident: &in}})
		}
		c.Notifications = append(c.Notifications, model.Notification{
			Kind: model.NotifyReport, To: second, Created: now(),
			Snapshot: model.Snapshot{Report: &model.Report{Title: "r", Parts: &model.ReportParts{HTML: "r"}}},
		})
	}
	ids := must[[]int64](t)(db.Commit(ctx, c))
	for _, i := range []int{0, 3} {
		dead := c.Notifications[i]
		dead.ID = ids[i]
		must[int](t)(db.AddFallbackCopies(ctx, dead, nil))
		ok(t, db.AddDeadLetter(ctx, dead, "chat_dead", nil))
	}
	ok(t, db.SetOutage(ctx, model.Outage{To: first, Since: now()}, nil))
	ok(t, db.SetOutage(ctx, model.Outage{To: second, Since: now(), Failure: model.SendDenied, Denial: model.DenialRemoved, Said: "bot was kicked", Until: now().Add(time.Hour), Asked: time.Hour}, nil))
}

func fillGateways(t *testing.T, db *store.DB) {
	t.Helper()
	for _, name := range []string{"anna", "boris"} {
		to := model.Destination{Channel: "gateway:voice", Address: name}
		ok(t, db.SetAckLink(t.Context(), name, model.AckLink{Incident: 1, Person: name, Gateway: to.Channel, MadeAt: now()}))
		must[bool](t)(db.Spend(t.Context(), to, model.Rate{N: 1, Per: time.Hour}))
	}
}

func fillPast(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	hour := now().Truncate(time.Hour)
	ok(t, db.SetAlive(ctx, now(), []model.Span{{From: now().Add(-time.Hour), To: now()}, {From: now().Add(-9 * time.Hour), To: now().Add(-8 * time.Hour)}}))
	must[int](t)(db.NumberChecks(ctx, []model.CheckID{"main-db", "licence"}))
	must[int](t)(db.NumberChecks(ctx, []model.CheckID{"backup"}))
	ok(t, db.SavePacks(ctx, []model.Pack{
		{Kind: model.PackRounds, Span: model.Span{From: hour, To: now()}, Body: []byte{1, 2}},
		{Kind: model.PackHours, Span: model.Span{From: hour, To: hour.Add(time.Hour)}, Body: []byte{1, 2}},
	}))
	for _, name := range []string{"shop", "bank"} {
		ok(t, db.KeepBaseline(ctx, name, &model.Baseline{Words: name, At: now()}))
		ok(t, db.SaveHeartbeat(ctx, model.CheckID(name), model.HeartbeatCall{At: now()}))
		ok(t, db.SaveMark(ctx, name, "7"))
	}
	ok(t, db.SaveSlots(ctx, map[string]time.Time{"* * * * *": now(), "@every 1m": now()}))
	ok(t, db.SaveAnswers(ctx, []model.DNSAnswer{{Name: "a.test.com", At4: now()}, {Name: "b.test.com", At4: now()}}))
}

func fillPeople(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := t.Context()
	for i := range 2 {
		ok(t, db.Pair(ctx, model.User{ID: model.UserID(100 + i), Role: model.RoleAdmin, Paired: true},
			model.Chat{ID: model.ChatID(100 + i), Language: "en", Paired: true}, model.AuditEntry{At: now(), Action: "mute", Result: "ok"}))
		must[bool](t)(db.AcceptUpdate(ctx, i+1, now(), []byte(`{}`)))
	}
	for range 2 {
		must[model.Override](t)(db.AddOverride(ctx, model.Override{Schedule: "primary", Person: "anna", From: now(), To: now().Add(time.Hour)},
			model.AuditEntry{At: now(), Action: "takeover", Result: "ok"}))
		must[model.DutyChange](t)(db.ChangeDuty(ctx, model.DutyChange{Cover: &model.Cover{Schedule: "primary", Person: "anna", From: now(), To: now().Add(time.Hour)}}))
	}
	for _, name := range []string{"anna", "boris"} {
		ok(t, db.SetCalendarLink(ctx, model.CalendarLink{Person: name, Hash: "1", Made: now()}, model.AuditEntry{At: now(), Action: "calendar", Result: "ok"}))
		ok(t, db.KeepCalendar(ctx, model.KeptCalendar{Key: name, At: now(), Body: []byte("x")}))
	}
	must[[]int64](t)(db.Commit(ctx, model.Change{Escalations: []model.Escalation{
		{ID: 1, Incident: 1, Policy: "prod", State: model.EscalationPaging, Pages: []model.Page{{ID: 1, Person: "anna", Way: "dm", State: model.PageSent}}},
		{ID: 2, Incident: 2, Who: "person:anna", State: model.EscalationEnded},
	}}))
	for _, topic := range []int{0, 7} {
		ok(t, db.PutPinned(ctx, model.PinnedMessage{Chat: -100, Topic: topic, Message: 12, Shows: "x", ChangedAt: now(), Pinned: true}))
	}
	ok(t, db.PutButtons(ctx, map[string]model.Button{
		"a": {Action: "mute", Chat: 1, Expires: now().Add(time.Hour)}, "b": {Action: "ack", Chat: 1, Expires: now().Add(time.Hour)},
	}))
}

// raw runs f on the file of a closed database.
func raw(t *testing.T, path string, f func(db *sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	ok(t, err)
	f(db)
	ok(t, db.Close())
}

// edit changes a closed database.
func edit(t *testing.T, path, query string, args ...any) {
	t.Helper()
	raw(t, path, func(db *sql.DB) {
		if _, err := db.ExecContext(context.Background(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	})
}

func tableNames(t *testing.T, path string) []string {
	t.Helper()
	return texts(t, path, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version' ORDER BY name`)
}

func texts(t *testing.T, path, query string, args ...any) (all []string) {
	t.Helper()
	raw(t, path, func(db *sql.DB) { all = listed(t, db, query, args...) })
	return all
}

// listed is the first column of a query, NULL as "".
func listed(t *testing.T, db *sql.DB, query string, args ...any) (all []string) {
	t.Helper()
	r, err := db.QueryContext(context.Background(), query, args...)
	ok(t, err)
	defer func() { ok(t, r.Close()) }()
	for r.Next() {
		var text sql.NullString
		ok(t, r.Scan(&text))
		all = append(all, text.String)
	}
	ok(t, r.Err())
	return all
}

func count(t *testing.T, path, table string) int {
	t.Helper()
	return len(texts(t, path, `SELECT '' FROM `+table))
}

// copied copies a closed database.
func copied(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy.db")
	body, err := os.ReadFile(path)
	ok(t, err)
	ok(t, os.WriteFile(to, body, 0o600))
	return to
}
