package notify_test

import (
	"context"
	"testing"

	"opsbot/model"
	"opsbot/notify"
)

// migrates signals that the dispatcher has stored a chat's new id.
type migrates struct {
	notify.Store
	sent chan bool
}

func (m migrates) Migrate(ctx context.Context, from, to model.ChatID) error {
	err := m.Store.Migrate(ctx, from, to)
	close(m.sent)
	return err
}

// TestMigrationLeavesTheNewQueueAlone: the sender stores a new id before the old queue knows of it, and the new queue tries the
// message at once. A kill then must leave a repeat.
func TestMigrationLeavesTheNewQueueAlone(t *testing.T) {
	b := newBench(t)
	sent := make(chan bool)
	b.store = migrates{b.db, sent}
	b.put(newNotification(model.NotifyResolved, 1, 1))
	b.run(0)
	old := b.next()
	if err := b.db.Migrate(t.Context(), 1, 99); err != nil {
		t.Fatal(err)
	}
	b.d.Notify()
	if d := b.next(); d.ID != old.ID || d.To.Chat != 99 {
		t.Fatalf("%d to %s", d.ID, d.To)
	}
	old.refuse(model.SendMigrated)
	<-sent
	if err := b.db.Recover(t.Context()); err != nil { // as the next start does
		t.Fatal(err)
	}
	if all, err := b.db.Waiting(t.Context(), 9); err != nil || len(all) != 1 || !all[0].Repeat {
		t.Errorf("%+v, %v", all, err)
	}
}
