package alerts_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"opsbot"
	"opsbot/alerts"
	"opsbot/store"
)

// fleet is 5,000 hosts with four endpoints each, of 1,250 clients.
func fleet() (*opsbot.Inventory, []opsbot.Result) {
	var names []string
	for host := range 5000 {
		for service := range 4 {
			names = append(names, fmt.Sprintf("c%d/s%d@h%d", host/4, service, host))
		}
	}
	inv := inventoryOf(names...)
	results := make([]opsbot.Result, 0, len(names))
	for _, c := range inv.Checks() {
		results = append(results, outcome(string(c.ID), opsbot.StatusOK, start))
	}
	return inv, results
}

func bookOn(b testing.TB, at *time.Time, inv *opsbot.Inventory) *alerts.Book {
	b.Helper()
	db, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "opsbot.db"), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	w := &world{}
	return alerts.New(alerts.Options{
		Store: db, Looker: w, Confirmer: w, Told: func() {}, Now: func() time.Time { return *at }, Inventory: inv,
		Routing: alerts.Routing{Chats: []opsbot.Chat{{ID: 1}}},
		Memory:  opsbot.Memory{Checks: map[opsbot.CheckID]opsbot.CheckState{}},
	})
}

func handle(b testing.TB, book *alerts.Book, results []opsbot.Result, batch int, status opsbot.Status, at time.Time) {
	b.Helper()
	for i := range results {
		results[i] = outcome(string(results[i].Check), status, at)
	}
	for from := 0; from < len(results); from += batch {
		if err := book.Handle(context.Background(), results[from:min(len(results), from+batch)]...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAllFail is one round of 20,000 checks that all fail at once, to the last commit.
func BenchmarkAllFail(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		at := start
		inv, results := fleet()
		book := bookOn(b, &at, inv)
		handle(b, book, results, len(results), opsbot.StatusOK, at)
		b.StartTimer()
		handle(b, book, results, 500, opsbot.StatusFail, at)
		at = at.Add(time.Minute)
		if err := book.Tick(context.Background()); err != nil {
			b.Fatal(err)
		}
		if n := len(book.OpenIncidents(opsbot.Scope{})); n != 5000 {
			b.Fatalf("%d incidents", n)
		}
	}
}

// BenchmarkSteady is 20,000 results that change nothing, one by one.
func BenchmarkSteady(b *testing.B) {
	at := start
	inv, results := fleet()
	book := bookOn(b, &at, inv)
	handle(b, book, results, len(results), opsbot.StatusOK, at)
	for b.Loop() {
		handle(b, book, results, 1, opsbot.StatusOK, at)
	}
}
