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
	every := func(*model.Event) bool { return true }
	none := func(*model.Event) bool { return false }
	same(t, must[[]model.Event](t)(db.PastEvents(t.Context(), time.Time{}, 2, none)), []model.Event(nil))
	same(t, must[[]model.Event](t)(db.PastEvents(t.Context(), old.EndedAt.Add(time.Second), 2, every)), []model.Event(nil))
	same(t, must[[]model.Event](t)(db.PastEvents(t.Context(), time.Time{}, 2, every)), []model.Event{old})

	stands.Acked, stands.AckedBy = true, "ann" // a repeated event replaces the earlier one
	closed := incident(12)
	closed.ClosedAt = Start.Add(time.Hour)
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Incidents: []model.Incident{closed}, Events: []model.Event{stands}}))
	same(t, must[model.Memory](t)(db.Load(t.Context())).Events, []model.Event{stands})
	ok(t, db.Prune(t.Context(), store.Retention{Incidents: 24 * time.Hour, Events: 24 * time.Hour}))
	same(t, must[[]model.Event](t)(db.PastEvents(t.Context(), time.Time{}, 9, every)), []model.Event(nil))
	same(t, must[[]model.Event](t)(db.EventsOf(t.Context(), "icinga", time.Time{})), []model.Event{stands, over})

	same(t, must[string](t)(db.Mark(t.Context(), "zabbix")), "")
	ok(t, db.SaveMark(t.Context(), "zabbix", "4711"))
	db = reopen(t, db, open, "a")
	same(t, must[string](t)(db.Mark(t.Context(), "zabbix")), "4711")
}

// pastEvents: of the events that were no part of an incident and have ended, the last received come first, and the limit counts only
// what is accepted.
func pastEvents(t *testing.T, open Opener) {
	db := open(t, "a")
	var all []model.Event
	for i := range 9 {
		e := model.Event{EventKey: model.EventKey{Source: "icinga", ID: string(rune('a' + i))}, SeenAt: Start.Add(time.Duration(i) * time.Minute), EndedAt: Start.Add(time.Hour)}
		e.Host = []string{"web1", "web2", "web3"}[i%3]
		all = append(all, e)
	}
	all[6].Incident = 12         // of web1
	all[5].EndedAt = time.Time{} // of web3
	must[[]int64](t)(db.Commit(t.Context(), model.Change{Events: all}))
	for _, c := range []struct {
		host  string
		limit int
		want  string
	}{{"", 99, "ihedcba"}, {"", 3, "ihe"}, {"web1", 99, "da"}, {"web1", 1, "d"}, {"web2", 2, "he"}, {"web3", 99, "ic"}, {"web4", 1, ""}} {
		found := must[[]model.Event](t)(db.PastEvents(t.Context(), Start, c.limit, func(e *model.Event) bool { return c.host == "" || e.Host == c.host }))
		got := ""
		for i := range found {
			got += found[i].ID
		}
		same(t, got, c.want)
	}
}
