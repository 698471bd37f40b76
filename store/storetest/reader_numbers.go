package storetest

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// readerNumbers: what limited readers call incidents and mutes survives a restart, never changes, and goes with what it is of, but for the last of
// each reader: a number is not given twice.
func readerNumbers(t *testing.T, open Opener) {
	place := "a"
	db := open(t, place)
	ctx := t.Context()
	number := func(readers string, kind model.NumberKind, id, n int64) model.ReaderNumber {
		return model.ReaderNumber{Readers: readers, Kind: kind, ID: id, Number: n}
	}
	all := []model.ReaderNumber{
		number(`["a"]`, model.NumberIncident, 1, 1), number(`["a"]`, model.NumberIncident, 2, 2), number(`["a"]`, model.NumberIncident, 3, 3),
		number(`["a"]`, model.NumberMute, 1, 1), number(`["a","b"]`, model.NumberIncident, 2, 1),
	}
	var incidents []model.Incident
	for id := range model.IncidentID(4) {
		in := incident(id + 1)
		if in.ID != 2 {
			in.ClosedAt = Start.Add(-48 * time.Hour)
		}
		incidents = append(incidents, in)
	}
	must[[]int64](t)(db.Commit(ctx, model.Change{Incidents: incidents, Numbers: all}))
	must[[]int64](t)(db.Commit(ctx, model.Change{Numbers: []model.ReaderNumber{number(`["a"]`, model.NumberIncident, 1, 9)}}))
	db = reopen(t, db, open, place)
	same(t, must[model.Memory](t)(db.Load(ctx)).Numbers, []model.ReaderNumber{all[4], all[0], all[1], all[2], all[3]})
	ok(t, db.Prune(ctx, store.Retention{Incidents: 24 * time.Hour}))
	same(t, must[model.Memory](t)(db.Load(ctx)).Numbers, []model.ReaderNumber{all[4], all[1], all[2], all[3]})
}
