package storetest

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// events survive a restart with their incident: active ones for ever, ended ones as long as their incident is open or
// the retention says.
func events(t *testing.T, open Opener) {
	db := open(t, "a")
	event := func(source, id string) model.Event {
		return model.Event{
			EventKey: model.EventKey{Source: source, ID: id}, Object: "web1!http", Names: []string{"web1", "10.0.0.5"}, Service: "http",
			Title: "<b>down</b>", Labels: model.Labels{"dc": "fra1"}, Severity: model.SeverityCritical,
			OpenedAt: Start.Add(-time.Minute), SeenAt: Start, Host: "web1", Incident: 12,
		}
	}
	stands, over, old := event("icinga", "a"), event("icinga", "b"), event("zabbix", "c")
	over.EndedAt, over.End = Start.Add(time.Hour), model.EndUnconfirmed
	old.EndedAt, old.End, old.Incident = Start.Add(-1000*24*time.Hour), model.EndConfirmed, 0
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Incidents: []model.Incident{incident(12)}, Events: []model.Event{stands, over, old}}))
	db = reopen(t, db, open, "a")
	same(t, must[model.Memory](t)(db.Load(t.Context())).Events, []model.Event{stands, over})
	same(t, must[[]model.Event](t)(db.EventsOf(t.Context(), "icinga", Start)), []model.Event{stands, over})
	same(t, must[[]model.Event](t)(db.EventsOf(t.Context(), "zabbix", Start)), []model.Event(nil))
	same(t, must[[]model.Event](t)(db.PastEvents(t.Context(), time.Time{}, 2)), []model.Event{stands, over})

	stands.Acked, stands.AckedBy = true, "ann" // a repeated event replaces the earlier one
	closed := incident(12)
	closed.ClosedAt = Start.Add(time.Hour)
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Incidents: []model.Incident{closed}, Events: []model.Event{stands}}))
	same(t, must[model.Memory](t)(db.Load(t.Context())).Events, []model.Event{stands})
	ok(t, db.Prune(t.Context(), store.Retention{Incidents: 24 * time.Hour, Events: 24 * time.Hour}))
	same(t, must[[]model.Event](t)(db.PastEvents(t.Context(), time.Time{}, 9)), []model.Event{stands, over})

	same(t, must[string](t)(db.Mark(t.Context(), "zabbix")), "")
	ok(t, db.SaveMark(t.Context(), "zabbix", "4711"))
	db = reopen(t, db, open, "a")
	same(t, must[string](t)(db.Mark(t.Context(), "zabbix")), "4711")
}
