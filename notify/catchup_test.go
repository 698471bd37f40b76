package notify_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/model"
)

// A machine that slept past the opening of the hours: what waited for them is replaced by whoever wrote it before it is read, and not
// sent beside what replaces it. While that fails nothing is sent.
func TestWhatIsDueIsReplacedBeforeItIsRead(t *testing.T) {
	b := newBench(t)
	waiting := newNotification(model.NotifyOpened, 1, 1)
	waiting.NotBefore = time.Now().Add(-time.Minute)
	b.put(waiting)
	var calls atomic.Int32
	b.catchUp = func(ctx context.Context) error {
		switch calls.Add(1) {
		case 1:
			return errors.New("the disk is full")
		case 2:
			ids, err := b.db.Due(ctx, time.Now(), 10)
			if err != nil || len(ids) != 1 {
				t.Errorf("%v, %v", ids, err)
				return nil
			}
			digest := newNotification(model.NotifyDigest, 0, 1)
			_, err = b.db.Commit(ctx, model.Change{Drop: []int64{ids[0].ID}, Notifications: []model.Notification{digest}})
			return err
		default:
			return nil
		}
	}
	b.run(0)
	d := b.next()
	if d.Kind != model.NotifyDigest || calls.Load() < 2 {
		t.Errorf("%s was sent after %d calls", d.Kind, calls.Load())
	}
	d.take(1)
	b.drained()
}
