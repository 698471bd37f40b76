package notify_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"opsbot/model"
)

// After an outage the backoffs of all chats have grown long. The first answer must end them all, and only them.
func TestASignOfLifeEndsEveryOutage(t *testing.T) {
	b := newBench(t)
	b.pauses = [2]time.Duration{time.Hour, time.Hour}
	b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyOpened, 2, 2), newNotification(model.NotifyOpened, 3, 3))
	b.run(0)
	for range 3 {
		switch d := b.next(); d.To {
		case chat(3):
			d.answer <- outcome{err: &model.SendError{Failure: model.SendFlood, RetryAfter: time.Hour}}
		default:
			d.refuse(model.SendNotSent)
		}
	}
	b.failed(model.SendNotSent, 2)
	b.d.Answers("telegram")
	first := b.next()
	first.take(1)
	second := b.next()
	second.take(2)
	if first.To == second.To || first.To == chat(3) || second.To == chat(3) {
		t.Errorf("tried %s and %s", first.To, second.To)
	}
	b.left(1)
}

// If a retry of one chat succeeds, the others do not wait for theirs.
func TestOneDeliveryEndsTheOthersOutage(t *testing.T) {
	b := newBench(t)
	b.pauses = [2]time.Duration{time.Hour, time.Hour}
	b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyOpened, 2, 2))
	b.run(0)
	b.next().refuse(model.SendNotSent)
	b.next().refuse(model.SendAmbiguous)
	b.failed(model.SendNotSent, 1)
	b.failed(model.SendAmbiguous, 1)
	b.d.Answers("telegram")
	b.next().take(1)
	b.next().take(2)
	b.drained()
}

// A card that is first delivered after the end shows the end itself: there is no further notification, wherever its row is.
func TestAnEndThatTheFirstMessageShowedIsNotNotifiedAgain(t *testing.T) {
	for _, between := range []int{0, 46, 47, 48, 49, 50, 130} {
		for _, later := range [][]model.NotificationKind{nil, {model.NotifyRaised}, {model.NotifyReminder, model.NotifyRaised, model.NotifyReminder}} {
			t.Run(fmt.Sprint(between, later), func(t *testing.T) {
				b := newBench(t)
				b.put(newNotification(model.NotifyOpened, 1, 1))
				var others []string
				for i := range between {
					b.put(newNotification(model.NotifyOpened, model.IncidentID(10+i), 1))
					others = append(others, "opened"+strconv.Itoa(10+i))
				}
				for _, kind := range later {
					b.put(newNotification(kind, 1, 1))
				}
				b.put(over(model.NotifyUpdated, 1), over(model.NotifyResolved, 1), newNotification(model.NotifyOpened, 2, 1))
				b.run(0)
				if first := b.deliver("opened1"); first.Snapshot.Incident.Open() {
					t.Error("it shows no end")
				}
				b.deliver(append(others, "opened2")...)
				b.drained()
				b.put(over(model.NotifyResolved, 1)) // written when the active hours begin
				b.drained()
			})
		}
	}
}

// failed waits until that many attempts have failed in a way and are recorded.
func (b *bench) failed(f model.SendFailure, want uint64) {
	b.t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for time.Now().Before(deadline) {
		if b.d.Stats().Failures[f] >= want && b.d.Idle() {
			return
		}
	}
	b.t.Fatalf("%+v", b.d.Stats())
}

// left waits until the outbox holds that many.
func (b *bench) left(want int) {
	b.t.Helper()
	got := -1
	for deadline := time.Now().Add(5 * time.Second); got != want && time.Now().Before(deadline); {
		q, err := b.db.Queue(b.t.Context(), time.Now())
		if err != nil {
			b.t.Fatal(err)
		}
		got = q.Length
	}
	if got != want {
		b.t.Errorf("%d notifications are left, want %d", got, want)
	}
}
