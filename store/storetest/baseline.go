package storetest

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// baselines survive a restart, only the newest of each name, and are deleted when they are old.
func baselines(t *testing.T, open Opener) {
	db := open(t, "a")
	same(t, must[*model.Baseline](t)(db.Baseline(t.Context(), "clientA")), (*model.Baseline)(nil))
	first := &model.Baseline{Words: "clientA", By: "ivan", At: Start.Add(-baselineAge), Rounds: 1}
	second := &model.Baseline{Words: "clientA", By: "olga", At: Start.Add(time.Minute), Took: time.Second, Rounds: 5, Rows: []model.BaselineRow{{
		ServiceKey: model.ServiceKey{Client: "clientA", Service: "store"}, Host: "web1", Counts: model.Counts{OK: 1, Failed: 2},
		Took: []time.Duration{12 * time.Millisecond}, Reason: model.NewReason(model.ReasonTimeout, "after", "2s"),
	}}}
	ok(t, db.KeepBaseline(t.Context(), "clientA", first))
	ok(t, db.KeepBaseline(t.Context(), "clientA", second))
	ok(t, db.KeepBaseline(t.Context(), "clientB", first))
	db = reopen(t, db, open, "a")
	same(t, must[*model.Baseline](t)(db.Baseline(t.Context(), "clientA")), second)
	same(t, must[*model.Baseline](t)(db.Baseline(t.Context(), "clientB")), first)
	ok(t, db.Prune(t.Context(), store.Retention{Baselines: model.Week}))
	same(t, must[*model.Baseline](t)(db.Baseline(t.Context(), "clientA")), second)
	same(t, must[*model.Baseline](t)(db.Baseline(t.Context(), "clientB")), (*model.Baseline)(nil))
}

// baselineAge is longer than a baseline is kept.
const baselineAge = 8 * model.Day
