package storetest

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// reports have parts that come with their message, stay with a dead letter, move with it, and are deleted with either.
func reports(t *testing.T, open Opener) {
	db := open(t, "x")
	parts := func(name string) *model.ReportParts {
		return &model.ReportParts{Text: name, HTML: "<p>" + name, Name: name, Files: []model.ReportFile{{Name: name + ".csv", Type: "text/csv", Data: []byte{0, 255}}, {Name: "x.png", Inline: true}}}
	}
	migrated := func(name string) model.Notification {
		return model.Notification{Kind: model.NotifyReport, To: ops, Created: Start, Snapshot: model.Snapshot{Report: &model.Report{Title: name, Text: "short", Parts: parts(name)}}}
	}
	due := Start.Add(time.Hour)
	all := []model.Notification{migrated("sent"), migrated("dead"), migrated("dropped"), migrated("old"), {Kind: model.NotifyReport, To: ops, Created: Start, Snapshot: model.Snapshot{Report: &model.Report{Title: "bare"}}}}
	ids, err := db.Commit(t.Context(), model.Change{Notifications: all, Reported: map[string]time.Time{"nightly": due}})
	ok(t, err)
	db = reopen(t, db, open, "x")
	same(t, must[time.Time](t)(db.Reported(t.Context(), "nightly")).Equal(due), true)
	same(t, must[time.Time](t)(db.Reported(t.Context(), "other")).IsZero(), true)

	waiting := must[[]model.Notification](t)(db.Waiting(t.Context(), 10))
	if len(waiting) != 5 || waiting[0].Snapshot.Report.Title != "sent" || waiting[0].Snapshot.Report.Text != "short" || waiting[0].Snapshot.Report.Parts != nil {
		t.Fatalf("%+v", waiting)
	}
	has := func(id int64, name string) {
		t.Helper()
		got := must[*model.ReportParts](t)(db.ReportParts(t.Context(), id))
		if name == "" {
			if got != nil {
				t.Errorf("%d has %+v", id, got)
			}
			return
		}
		same(t, got, parts(name))
	}
	has(ids[0], "sent")
	has(ids[4], "")
	ok(t, db.Sent(t.Context(), waiting[0], model.Receipt{Message: 7}))
	has(ids[0], "")
	ok(t, db.AddDeadLetter(t.Context(), waiting[1], "bad_message", nil))
	has(ids[1], "dead")
	same(t, must[int](t)(db.Revive(t.Context(), nil, model.AuditEntry{At: Start, Action: "outbox retry"})), 1)
	has(ids[1], "")
	again := must[[]model.Notification](t)(db.Waiting(t.Context(), 10))
	has(again[len(again)-1].ID, "dead")
	same(t, must[int](t)(db.Discard(t.Context(), []int64{ids[2]}, model.AuditEntry{At: Start, Action: "outbox drop"})), 1)
	has(ids[2], "")
	ok(t, db.AddDeadLetter(t.Context(), waiting[3], "bad_message", nil))
	ok(t, db.Prune(t.Context(), store.Retention{DeadLetters: time.Hour}))
	has(ids[3], "old")
	ok(t, db.Prune(t.Context(), store.Retention{DeadLetters: -time.Hour}))
	has(ids[3], "")
	has(again[len(again)-1].ID, "dead")
}

// incidentsOf finds the incidents of some keys within a time.
func incidentsOf(t *testing.T, open Opener) {
	db := open(t, "x")
	at := func(id model.IncidentID, host string, from, to time.Duration) model.Incident {
		in := incident(id)
		in.Kind, in.Host, in.OpenedAt = model.IncidentHost, host, Start.Add(from)
		if to > 0 {
			in.ClosedAt = Start.Add(to)
		}
		return in
	}
	_, err := db.Commit(t.Context(), model.Change{Incidents: []model.Incident{
		at(1, "web1", -2*time.Hour, time.Hour), // ends as the span begins
		at(2, "web1", 0, 2*time.Hour),
		at(3, "web2", 90*time.Minute, 0), // open
		at(4, "web3", 90*time.Minute, 0), // of another client
		at(5, "web1", 3*time.Hour, 0),    // begins as it ends
	}})
	ok(t, err)
	span := model.Span{From: Start.Add(time.Hour), To: Start.Add(3 * time.Hour)}
	keys := []string{"host:web1", "host:web2"}
	for range 2500 { // more than one query takes
		keys = append(keys, "host:none")
	}
	found := must[[]model.Incident](t)(db.IncidentsOf(t.Context(), span, keys, 10))
	if len(found) != 2 || found[0].ID != 2 || found[1].ID != 3 {
		t.Errorf("%+v", found)
	}
	if latest := must[[]model.Incident](t)(db.IncidentsOf(t.Context(), span, keys, 1)); len(latest) != 1 || latest[0].ID != 3 {
		t.Errorf("the latest: %+v", latest)
	}
	same(t, len(must[[]model.Incident](t)(db.IncidentsOf(t.Context(), span, nil, 1))), 0)
}

// gatheredKeys are those of storms and event groups, whatever hosts, services and checks are called.
func gatheredKeys(t *testing.T, open Opener) {
	db := open(t, "a")
	of := func(id model.IncidentID, kind model.IncidentKind, to time.Duration) model.Incident {
		in := model.Incident{ID: id, Kind: kind, Host: "storm:1", Check: "event_group:2", OpenedAt: Start}
		if to != 0 {
			in.ClosedAt = Start.Add(to)
		}
		return in
	}
	_, err := db.Commit(t.Context(), model.Change{Incidents: []model.Incident{
		of(1, model.IncidentStorm, 0), of(2, model.IncidentEventGroup, 2*time.Hour), of(3, model.IncidentStorm, time.Hour),
		of(4, model.IncidentHost, 0), of(5, model.IncidentCheck, 0), of(6, model.IncidentService, 0),
	}})
	ok(t, err)
	same(t, must[[]string](t)(db.GatheredKeys(t.Context(), model.Span{From: Start.Add(time.Hour), To: Start.Add(2 * time.Hour)})), []string{"event_group:2", "storm:1"})
	same(t, must[[]string](t)(db.GatheredKeys(t.Context(), model.Span{From: Start.Add(-time.Hour), To: Start})), []string(nil))
}
