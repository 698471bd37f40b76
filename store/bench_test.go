package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// BenchmarkDue is a round of the dispatcher with a full outbox: Telegram is down, and a data centre with it.
func BenchmarkDue(b *testing.B) {
	for _, n := range []int{2_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "opsbot.db"), Now: time.Now})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Commit(b.Context(), model.Change{Notifications: waiting(n)}); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if due, err := db.Due(b.Context(), time.Now(), 50); err != nil || len(due) != 150 {
					b.Fatal(len(due), err)
				}
			}
		})
	}
}

// waiting returns n notifications for three chats, each as large as a service's with a few failing hosts.
func waiting(n int) []model.Notification {
	in := model.Incident{Kind: model.IncidentService, ServiceKey: model.ServiceKey{Client: "clientA", Service: "reports"}}
	for range 4 {
		in.Failing = append(in.Failing, model.FailingCheck{
			Check: "clientA/reports@web1", Reason: model.NewReason(model.ReasonRefused, "addr", "10.0.0.1:8801", "took", "1ms"),
		})
	}
	all := make([]model.Notification, n)
	for i := range all {
		all[i] = model.Notification{
			Kind: model.NotifyOpened, Incident: model.IncidentID(i + 1), Created: time.Now(), Snapshot: model.Snapshot{Incident: &in},
			To: model.Destination{Channel: "telegram", Chat: model.ChatID(i % 3)},
		}
	}
	return all
}
