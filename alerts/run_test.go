package alerts_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

func TestRunWakesWhenItIsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: newStore(), inv: inventoryOf("a/web@h1", "a/web@h2", "main-db")}
		notified := make(chan time.Time, 10)
		asked := make(chan []model.CheckID, 10)
		manager := alerts.New(alerts.Options{
			Store: w.store, Verifier: lookFunc(func(ids []model.CheckID) { asked <- ids }), Confirmer: w, Now: time.Now,
			Wake: func() { notified <- time.Now() }, Inventory: w.inv, Routing: alerts.Routing{Chats: []model.Chat{{ID: 1}}},
			Memory: model.Memory{Checks: map[model.CheckID]model.CheckState{}},
		})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- manager.Run(ctx) }()
		synctest.Wait()

		fell := time.Now()
		if err := manager.Handle(ctx, outcome("a/web@h1", model.StatusFail, fell)); err != nil {
			t.Fatal(err)
		}
		if wait := (<-notified).Sub(fell); wait != 10*time.Second+alerts.VerifyGrace { // nobody answers
			t.Errorf("notified after %v", wait)
		}

		end := time.Now().Add(time.Hour)
		if _, _, err := manager.Mute(ctx, model.Mute{Until: end, Selector: picks("main-db")}, model.AuditEntry{}); err != nil {
			t.Fatal(err)
		}
		if err := manager.Handle(ctx, outcome("main-db", model.StatusFail, time.Now())); err != nil {
			t.Fatal(err)
		}
		if at := <-notified; !at.Equal(end.Add(-10 * time.Minute)) {
			t.Errorf("warned %v before the end", end.Sub(at))
		}
		if at := <-notified; !at.Equal(end) {
			t.Errorf("reported %v after the end", at.Sub(end))
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

type lookFunc func([]model.CheckID)

func (f lookFunc) VerifyChecks(ids []model.CheckID) { f(ids) }

// slowDisk is a store whose commits wait.
type slowDisk struct {
	alerts.Store
	entered, leave chan struct{}
}

func (s *slowDisk) Commit(ctx context.Context, c model.Change) ([]int64, error) {
	close(s.entered)
	<-s.leave
	return s.Store.Commit(ctx, c)
}

func TestReadersDoNotWaitForTheDisk(t *testing.T) {
	disk := &slowDisk{Store: newStore(), entered: make(chan struct{}), leave: make(chan struct{})}
	w := &world{}
	manager := alerts.New(alerts.Options{
		Store: disk, Verifier: w, Confirmer: w, Now: func() time.Time { return start }, Wake: func() {},
		Inventory: inventoryOf("main-db"), Routing: alerts.Routing{Chats: []model.Chat{{ID: 1}}},
		Memory: model.Memory{Checks: map[model.CheckID]model.CheckState{}},
	})
	done := make(chan error, 1)
	go func() { done <- manager.Handle(context.Background(), outcome("main-db", model.StatusFail, start)) }()
	<-disk.entered
	if n := len(manager.OpenIncidents(model.Scope{})); n != 1 {
		t.Errorf("%d incidents", n)
	}
	close(disk.leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
