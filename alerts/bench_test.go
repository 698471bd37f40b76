package alerts_test

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/store"
)

// fleet is 5,000 hosts with four endpoints each, of 1,250 clients.
func fleet() (inv *model.Inventory, fine, broken []model.Result) {
	var names []string
	for host := range 5000 {
		for service := range 4 {
			names = append(names, fmt.Sprintf("c%d/s%d@h%d", host/4, service, host))
		}
	}
	inv = inventoryOf(names...)
	for _, c := range inv.Checks() {
		fine = append(fine, outcome(string(c.ID), model.StatusOK, start))
		broken = append(broken, outcome(string(c.ID), model.StatusFail, start))
	}
	return inv, fine, broken
}

func managerOn(b *testing.B, at *time.Time, inv *model.Inventory) *alerts.Manager {
	b.Helper()
	db, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "opsbot.db"), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	w := &world{}
	return alerts.New(alerts.Options{
		Store: db, Verifier: w, Confirmer: w, Wake: func() {}, Now: func() time.Time { return *at }, Inventory: inv,
		Locate:  byName,
		Routing: alerts.Routing{Chats: []model.Chat{{ID: 1}}},
		Rules:   alerts.Rules{Storm: alerts.Storm{Over: 10, Within: 30 * time.Second}, Flapping: alerts.Flapping{Over: 6, Within: 30 * time.Minute, Quiet: 15 * time.Minute}},
		Memory:  model.Memory{Checks: map[model.CheckID]model.CheckState{}},
	})
}

func handle(b *testing.B, manager *alerts.Manager, results []model.Result, batch int) {
	b.Helper()
	for from := 0; from < len(results); from += batch {
		if err := manager.Handle(context.Background(), results[from:min(len(results), from+batch)]...); err != nil {
			b.Fatal(err)
		}
	}
}

// mostStorm is what a storm of 20,000 may cost in processor time.
const mostStorm = 2 * time.Second

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAllFail is one round of 20,000 checks that all fail at once, folded into one card, to the last commit. It fails when
// that costs more than mostStorm.
func BenchmarkAllFail(b *testing.B) {
	var used time.Duration
	defer func() {
		each := used / time.Duration(b.N)
		b.ReportMetric(each.Seconds(), "cpu-s/op")
		if each > mostStorm {
			b.Errorf("a storm costs %s of processor time, want %s at most", each, mostStorm)
		}
	}()
	for b.Loop() {
		b.StopTimer()
		at := start
		inv, fine, broken := fleet()
		manager := managerOn(b, &at, inv)
		handle(b, manager, fine, len(fine))
		at = at.Add(time.Second)
		for i := range broken {
			broken[i].At = at
		}
		begun := processorTime()
		b.StartTimer()
		handle(b, manager, broken, 500)
		at = at.Add(time.Minute)
		if err := manager.Tick(context.Background()); err != nil {
			b.Fatal(err)
		}
		used += processorTime() - begun
		if n := len(manager.OpenIncidents(model.Scope{})); n != 5001 {
			b.Fatalf("%d incidents, wanted 5,000 and their storm", n)
		}
	}
}

// BenchmarkSteady is 20,000 results that change nothing, one by one.
func BenchmarkSteady(b *testing.B) {
	at := start
	inv, fine, _ := fleet()
	manager := managerOn(b, &at, inv)
	handle(b, manager, fine, len(fine))
	for b.Loop() {
		handle(b, manager, fine, 1)
	}
}

// BenchmarkOverview is what everything comes to, as /status, /clients and the metrics ask. Judging waits meanwhile.
func BenchmarkOverview(b *testing.B) {
	at := start
	inv, fine, _ := fleet()
	manager := managerOn(b, &at, inv)
	handle(b, manager, fine, len(fine))
	for b.Loop() {
		if now := manager.Overview(model.Scope{}); now.Checks[model.PhaseOK] != len(fine) || len(now.Services) != 5000 {
			b.Fatalf("%+v, %d services", now.CheckCounts, len(now.Services))
		}
	}
}
