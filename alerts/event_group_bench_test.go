package alerts_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"opsbot/model"
)

// BenchmarkEventGroup is 10,000 events on 5,000 hosts of which all 20,000 endpoints fail: received, verified, assessed, stored and notified in one
// card, to the last commit.
func BenchmarkEventGroup(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		at := start
		inv, fine, broken := fleet()
		manager := managerOn(b, &at, inv)
		handle(b, manager, fine, len(fine))
		at = at.Add(time.Hour)
		for i := range broken {
			broken[i].At = at.Add(time.Second)
		}
		b.StartTimer()
		for from := 0; from < 10_000; from += 100 {
			var events []model.Event
			for i := from; i < from+100; i++ {
				host := fmt.Sprint("h", i%5000)
				events = append(events, model.Event{
					EventKey: model.EventKey{Source: "icinga", ID: fmt.Sprint(i)}, Names: []string{host}, Title: host + " is DOWN",
					Severity: model.SeverityCritical, OpenedAt: at, SeenAt: at,
				})
			}
			if err := manager.HandleEvents(context.Background(), events...); err != nil {
				b.Fatal(err)
			}
		}
		at = at.Add(time.Second)
		handle(b, manager, broken, 500)
		at = at.Add(2 * time.Second)
		if err := manager.Tick(context.Background()); err != nil {
			b.Fatal(err)
		}
		groups := 0
		for _, in := range manager.OpenIncidents(model.Scope{}) {
			if in.Kind == model.IncidentEventGroup {
				groups++
				if in.EventGroup.Events != 10_000 || in.EventGroup.Verifications.Confirmed != 5000 {
					b.Fatalf("%+v", in.EventGroup)
				}
			}
		}
		if groups != 1 {
			b.Fatalf("%d event groups", groups)
		}
	}
}
