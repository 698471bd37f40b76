package history_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"opsbot/history"
	"opsbot/model"
	"opsbot/store"
)

// many is an inventory of 20,000 endpoints.
func many() *model.Inventory {
	var checks []*model.Check
	for i := range 20_000 {
		checks = append(checks, &model.Check{ID: model.CheckID(fmt.Sprintf("client%d/service%d@host%d", i/16, i%4, i/4))})
	}
	return model.NewInventory(nil, nil, nil, checks)
}

func round(inv *model.Inventory, n int) []model.Result {
	all := make([]model.Result, 0, len(inv.Checks()))
	for i, c := range inv.Checks() {
		took := time.Duration(1+i%50+(i*7+n)%5) * time.Millisecond
		all = append(all, result(c.ID, model.StatusOK, start.Add(time.Duration(n)*time.Minute+time.Duration(i)*3*time.Millisecond), took))
	}
	return all
}

func onDisk(b *testing.B, inv *model.Inventory, now func() time.Time) *history.Recorder {
	b.Helper()
	db, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "opsbot.db"), Now: now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	recorder := history.New(history.Options{Store: db, Inventory: func() *model.Inventory { return inv }, Now: now, Fault: func(err error) { b.Error(err) }})
	if err := recorder.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := recorder.Number(b.Context(), inv); err != nil {
		b.Fatal(err)
	}
	return recorder
}

// BenchmarkRound records and writes one round of 20,000 checks.
func BenchmarkRound(b *testing.B) {
	inv := many()
	now := start
	recorder := onDisk(b, inv, func() time.Time { return now })
	n := 0
	for b.Loop() {
		b.StopTimer()
		results := round(inv, n)
		b.StartTimer()
		recorder.Record(results)
		if n%5 == 4 {
			if err := recorder.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		n++
		now = now.Add(time.Minute)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20_000, "ns/result")
}

// BenchmarkSeries reads six hours of one of 20,000 checks.
func BenchmarkSeries(b *testing.B) {
	inv := many()
	now := start
	recorder := onDisk(b, inv, func() time.Time { return now })
	for n := range 360 {
		recorder.Record(round(inv, n))
		now = now.Add(time.Minute)
		if n%5 == 4 {
			if err := recorder.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := recorder.RollUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := recorder.Series(b.Context(), []model.CheckID{inv.Checks()[10_000].ID}, model.Span{From: start, To: now}, 5*time.Minute)
		if err != nil || s.Points[0].OK != 5 {
			b.Fatal(err, s.Points[0])
		}
	}
}
