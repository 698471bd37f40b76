package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// A database of version 9 left behind by kill -9, with a storm, events, an outbox and a dead letter in it, opens and goes on.
func TestADatabaseOfVersion9GoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	fill(t, path, "testdata/v9.sql")
	db := open(t, store.Options{Path: path})
	ctx := t.Context()
	m, err := db.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]model.Incident{}
	for _, in := range m.Open {
		byKey[in.Key()] = in
	}
	group, storm := byKey["event_group:1"].EventGroup, byKey["storm:8"].Storm
	if group == nil || group.UnmappedAll != 1 || len(group.Unmapped) != 1 || group.Verifications.Confirmed != 2 || group.Open != 3 || len(group.Cause.Labels) == 0 {
		t.Errorf("the event group is %+v", group)
	}
	if storm == nil || storm.Open != 3 || byKey["storm:8"].Reason.Args["open"] != "3" || storm.Cause.Labels[0] != "rack=r1" {
		t.Errorf("the storm is %+v", storm)
	}
	if in := byKey["connectivity"]; in.Reason.Code != model.ReasonOffline {
		t.Errorf("the network's incident is %+v", in)
	}
	if in := byKey["host:web1"]; in.Parent != 1 || len(in.Affected) == 0 || in.Affected[0].Failed != 2 || len(m.Checks) != 3 {
		t.Errorf("web1 is %+v, %d checks", in, len(m.Checks))
	}
	outbox(t, db)
	letters(t, db)
	db.InspectNow(ctx)
	if counts, err := db.SetAsideCounts(ctx); err != nil || len(counts) != 0 {
		t.Errorf("whole rows of an earlier version were set aside: %v, %v", counts, err)
	}
	rest(t, db)
}

// Rows of version 9 that cannot be read do not keep it from going on: they are set aside after the migrations.
func TestBrokenRowsOfVersion9AreSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	fill(t, path, "testdata/v9.sql")
	for _, query := range []string{
		`UPDATE incident SET body = '{"cut' WHERE id = 2`, `UPDATE telling SET fact = x'ff' WHERE kind = 'open'`, `UPDATE dead_letter SET telling = ''`,
		`UPDATE check_state SET body = 'null' WHERE id = 'main-db'`, `UPDATE button SET body = '[]'`, `UPDATE setting SET value = '{"cut' WHERE name LIKE 'inbound.told.%'`,
	} {
		edit(t, path, query)
	}
	db := open(t, store.Options{Path: path})
	m := must[model.Memory](t)(db.Load(t.Context()))
	if len(m.Open) < 3 || len(m.Checks) != 2 {
		t.Errorf("%d incidents and %d checks are left", len(m.Open), len(m.Checks))
	}
	counts := must[map[string]int](t)(db.SetAsideCounts(t.Context()))
	for _, table := range []string{"incident", "notification", "dead_letter", "check_state", "button", "setting"} {
		if counts[table] == 0 {
			t.Errorf("%s: nothing was set aside: %v", table, counts)
		}
	}
}

func outbox(t *testing.T, db *store.DB) {
	t.Helper()
	due, err := db.Due(t.Context(), time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), 100)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[model.NotificationKind]model.Notification{}
	for _, n := range due {
		kinds[n.Kind] = n
	}
	if n := kinds[model.NotifyOpened]; n.Snapshot.Incident == nil || n.Snapshot.Incident.Check != "main-db" {
		t.Errorf("opened: %+v", n)
	}
	if n := kinds[model.NotifyUpdated]; n.Attempts != 6 || n.Snapshot.Incident == nil {
		t.Errorf("updated: %+v", n)
	}
	if n := kinds[model.NotifyMuteEnded]; len(n.Snapshot.Open) != 1 || n.Snapshot.Open[0].Check != "licence" {
		t.Errorf("mute ended: %+v", n)
	}
	if n := kinds[model.NotifyDaily]; n.Snapshot.Daily == nil || len(n.Snapshot.Daily.HealthIssues) != 1 || n.Snapshot.Daily.HealthIssues[0].Code != model.IssueUnmapped {
		t.Errorf("daily: %+v", n)
	}
	to := model.Destination{Channel: "telegram", Chat: -1001000000001, Topic: 2}
	if out, err := db.Outages(t.Context()); err != nil || len(out) != 2 || out[1] != (model.Outage{To: to, Since: out[1].Since}) || out[1].Since.UnixMilli() != 1796034426207 {
		t.Errorf("outages: %+v, %v", out, err)
	}
	if copied, err := db.Copied(t.Context(), 6, to); err != nil || len(copied) != 1 || copied[0].Channel != "email" {
		t.Errorf("copies: %v, %v", copied, err)
	}
}

func letters(t *testing.T, db *store.DB) {
	t.Helper()
	dead, err := db.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 1 {
		t.Fatalf("%d dead letters, %v", len(dead), err)
	}
	n := dead[0].Notification
	if n.Kind != model.NotifyRaised || n.Snapshot.FallbackFor == nil || n.To.Chat != -1009 || dead[0].DeadAt.IsZero() {
		t.Fatalf("the dead letter is %+v", n)
	}
	if g := n.Snapshot.Incident.EventGroup; n.Snapshot.Incident.Kind != model.IncidentEventGroup || g == nil || len(g.Disconnected) != 1 || g.NoHostAll != 1 || len(g.NoHost) != 1 {
		t.Errorf("its group is %+v", g)
	}
}

func rest(t *testing.T, db *store.DB) {
	t.Helper()
	for name, want := range map[string]string{
		"inbound.sync.icinga": `"silences":`, "inbound.connected.icinga": "2026-11-30T10:27:05Z", "heartbeats_received": "2026", "heartbeats_outage": "until",
	} {
		if got, err := db.Setting(t.Context(), name); err != nil || !regexp.MustCompile(regexp.QuoteMeta(want)).MatchString(got) {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if b, ok, err := db.Button(t.Context(), "hand"); err != nil || !ok || b.Action != "reset" || b.Args["check"] != "licence" {
		t.Errorf("the button is %+v, %v", b, err)
	}
	if pending, err := db.PendingUpdates(t.Context()); err != nil || len(pending) != 1 || pending[0].ID != 700 || pending[0].Traced {
		t.Errorf("a command that version 9 was in: %+v, %v", pending, err)
	}
	if m, err := db.Load(t.Context()); err != nil || len(m.Numbers)+len(m.Escalations)+len(m.PagesWaiting) != 0 || m.LastEscalation != 0 {
		t.Errorf("numbers of limited readers: %+v, escalations: %+v, %v", m.Numbers, m.Escalations, err)
	}
	if all, err := db.PinnedMessages(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("pinned messages: %+v, %v", all, err)
	}
	if _, found, err := db.AckLink(t.Context(), "hash"); err != nil || found {
		t.Errorf("links that acknowledge: %t, %v", found, err)
	}
	if sent, err := db.Spend(t.Context(), model.Destination{Channel: "gateway:voice", Address: "anna"}, model.Rate{N: 1, Per: time.Hour}); err != nil || !sent {
		t.Errorf("messages of gateways: %t, %v", sent, err)
	}
	covers, err := db.Covers(t.Context())
	calendars, errCalendars := db.KeptCalendars(t.Context())
	links, errLinks := db.CalendarLinks(t.Context())
	if err != nil || errCalendars != nil || errLinks != nil || len(covers)+len(calendars)+len(links) != 0 {
		t.Errorf("on-call duty: %v %v %v, %v %v %v", covers, calendars, links, err, errCalendars, errLinks)
	}
	if o, err := db.AddOverride(t.Context(), model.Override{Schedule: "primary", Person: "anna"}, model.AuditEntry{Action: "takeover"}); err != nil || o.ID != 1 {
		t.Errorf("the first takeover is %+v, %v", o, err)
	}
	if done, err := db.DoneBy(t.Context(), 700); err != nil || len(done) != 0 {
		t.Errorf("it did %+v, %v", done, err)
	}
	ids, err := db.Commit(t.Context(), model.Change{Notifications: []model.Notification{{Kind: model.NotifyNotice, To: model.Destination{Channel: "console"}}}})
	if err != nil || len(ids) != 1 || ids[0] <= 16 {
		t.Errorf("numbers go on with %v, %v", ids, err)
	}
}

// fill creates a database from a script.
func fill(t *testing.T, path, script string) {
	t.Helper()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(context.Background(), string(text)); err != nil {
		t.Fatal(err)
	}
}
