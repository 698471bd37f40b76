package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify"
)

func TestInOrderPerDestination(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyOpened, 2, 1), newNotification(model.NotifyResolved, 1, 1))
	b.run(0)
	var got []string
	for i := range 3 {
		d := b.next()
		got = append(got, fmt.Sprint(d.Kind, d.Incident))
		if i == 1 {
			d.refuse(model.SendNotSent)
			d = b.next()
			got = append(got, fmt.Sprint(d.Kind, d.Incident))
		}
		d.take(i + 1)
	}
	if want := []string{"opened1", "opened2", "opened2", "resolved1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	b.drained()
}

func TestADeadDestinationHoldsUpNobody(t *testing.T) {
	b := newBench(t)
	for range 60 {
		b.put(newNotification(model.NotifyOpened, 1, 1))
	}
	b.run(0)
	hung := b.next()
	b.put(newNotification(model.NotifyOpened, 2, 2))
	other := b.next()
	if other.To.Chat != 2 || hung.To.Chat != 1 {
		t.Errorf("%v then %v", hung.To, other.To)
	}
	other.take(1)
}

func TestRepeatsAreMarked(t *testing.T) {
	tests := []struct {
		failure model.SendFailure
		repeat  bool
	}{
		{model.SendNotSent, false}, {model.SendRefused, false}, {model.SendFlood, false}, {model.SendAmbiguous, true}, {"novel", true},
	}
	for _, tt := range tests {
		t.Run(string(tt.failure), func(t *testing.T) {
			b := newBench(t)
			b.put(newNotification(model.NotifyOpened, 1, 1))
			b.run(0)
			b.next().refuse(tt.failure)
			refused := time.Now()
			d := b.next()
			if d.Repeat != tt.repeat {
				t.Errorf("repeat %t, want %t", d.Repeat, tt.repeat)
			}
			if tt.failure == model.SendFlood && time.Since(refused) < 140*time.Millisecond {
				t.Error("tried before retry_after")
			}
			d.take(5)
			b.drained()
			if n := b.d.Stats().Failures[tt.failure]; n != 1 {
				t.Errorf("counted %d", n)
			}
		})
	}
}

func TestAFloodWaitSurvivesARestart(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1))
	b.run(0)
	b.next().refuse(model.SendFlood)
	refused := time.Now()
	b.stop()
	b.put(newNotification(model.NotifyResolved, 1, 1))
	b.run(0)
	d := b.next()
	if d.Kind != model.NotifyOpened || d.Repeat || time.Since(refused) < 140*time.Millisecond {
		t.Errorf("%s after %v, repeat %t", d.Kind, time.Since(refused), d.Repeat)
	}
}

func TestMigratedChat(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyResolved, 1, 1))
	b.run(0)
	b.next().refuse(model.SendMigrated)
	for _, want := range []model.NotificationKind{model.NotifyOpened, model.NotifyResolved} {
		d := b.next()
		if d.To.Chat != 99 || d.Kind != want || d.Repeat {
			t.Errorf("got %s to %v, repeat %t; want %s to 99", d.Kind, d.To, d.Repeat, want)
		}
		d.take(1)
	}
}

func TestDeadLettersLeaveANotice(t *testing.T) {
	tests := []struct {
		failure model.SendFailure
		notice  model.ChatID
	}{{model.SendChatDead, 7}, {model.SendBad, 1}}
	for _, tt := range tests {
		t.Run(string(tt.failure), func(t *testing.T) {
			b := newBench(t)
			b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyOpened, 2, 1))
			b.run(0)
			b.next().refuse(tt.failure)
			var notice *delivery
			for range 2 {
				d := b.next()
				if d.Kind == model.NotifyNotice {
					notice = d
				}
				d.take(1)
			}
			b.drained()
			if notice == nil || notice.To.Chat != tt.notice || notice.Snapshot.Notice.Args["why"] != string(tt.failure) {
				t.Errorf("notice: %+v", notice)
			}
			if q, err := b.db.Queue(t.Context(), time.Now()); err != nil || q.Dead != 1 {
				t.Errorf("%d dead letters, %v", q.Dead, err)
			}
		})
	}
}

type panics struct{}

func (panics) Deliver(context.Context, model.Notification, model.Card) (model.Receipt, error) {
	panic("boom")
}

func TestAPanicOrAMissingChannelIsADeadLetter(t *testing.T) {
	b := newBench(t)
	a, z := newNotification(model.NotifyNotice, 0, 0), newNotification(model.NotifyNotice, 0, 0)
	a.To, z.To = model.Destination{Channel: "panics"}, model.Destination{Channel: "gone"}
	b.put(a, z)
	d := notify.New(notify.Options{Store: b.db, Channels: map[string]notify.Channel{"panics": panics{}}, Now: time.Now})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	b.drained()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := d.Stats().DeadAt; n != 2 {
		t.Errorf("%d dead letters", n)
	}
}

func TestEditCollapsesIntoTheUnsentCard(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1))
	edit := newNotification(model.NotifyUpdated, 1, 1)
	edit.Snapshot.Incident.Comment = "newest"
	b.put(edit, newNotification(model.NotifyResolved, 1, 1))
	b.run(0)
	open := b.next()
	if open.Kind != model.NotifyOpened || open.Snapshot.Incident.Comment != "newest" {
		t.Errorf("%s shows %q", open.Kind, open.Snapshot.Incident.Comment)
	}
	open.take(5)
	end := b.next()
	if end.Kind != model.NotifyResolved || end.card.Message != 5 {
		t.Errorf("%s with card %+v", end.Kind, end.card)
	}
	end.take(6)
	b.put(newNotification(model.NotifyUpdated, 1, 1))
	again := b.next()
	if again.Kind != model.NotifyUpdated || again.card.Message != 5 {
		t.Errorf("%s with card %+v", again.Kind, again.card)
	}
	again.refuse(model.SendGone)
	b.drained()
	b.put(newNotification(model.NotifyUpdated, 1, 1), newNotification(model.NotifyUpdated, 8, 1))
	b.drained()
	if s := b.d.Stats(); s.Skipped != 2 || s.Sent != 2 {
		t.Errorf("%+v", s)
	}
}

func TestStopIsBoundedAndLeavesARepeat(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyResolved, 1, 1))
	b.run(0)
	b.next() // never answered
	b.stop()
	b.run(0)
	d := b.next()
	if d.Kind != model.NotifyOpened || !d.Repeat {
		t.Errorf("%s, repeat %t", d.Kind, d.Repeat)
	}
}

func TestWhatWasBeingTriedAtACrashIsARepeat(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1))
	if begun, err := b.db.Begin(t.Context(), 1, model.NotifyOpened); !begun || err != nil {
		t.Fatal(begun, err)
	}
	b.run(0)
	if d := b.next(); !d.Repeat {
		t.Error("not marked")
	}
}

// fullDisk is a store that fails the first times to record what was sent.
type fullDisk struct {
	notify.Store
	mu   sync.Mutex
	left int
}

func (s *fullDisk) Sent(ctx context.Context, t model.Notification, r model.Receipt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left > 0 {
		s.left--
		return errors.New("disk full")
	}
	return s.Store.Sent(ctx, t, r)
}

func TestAFullDiskSendsNothingTwice(t *testing.T) {
	b := newBench(t)
	b.store = &fullDisk{Store: b.db, left: 3}
	b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyResolved, 1, 1))
	b.run(0)
	b.next().take(5)
	end := b.next()
	if end.Kind != model.NotifyResolved || end.card.Message != 5 {
		t.Errorf("%s with card %+v", end.Kind, end.card)
	}
	end.take(6)
	b.drained()
}

func TestCriticalGoesFirstWhereTheBudgetIsShared(t *testing.T) {
	b := newBench(t)
	b.run(1)
	b.put(newNotification(model.NotifyOpened, 1, 1))
	first := b.next()
	for id := model.ChatID(2); id < 6; id++ {
		b.put(newNotification(model.NotifyOpened, 1, id))
	}
	urgent := newNotification(model.NotifyOpened, 1, 6)
	urgent.Severity = model.SeverityCritical
	b.put(urgent)
	b.d.WaitQueued(t, "telegram", 5)
	first.take(1)
	if d := b.next(); d.To.Chat != 6 {
		t.Errorf("%v came first", d.To)
	}
}

func TestDeferredNotificationsAreSentWhenTheirTimeComes(t *testing.T) {
	b := newBench(t)
	deferred := newNotification(model.NotifyOpened, 1, 1)
	deferred.NotBefore = time.Now().Add(100 * time.Millisecond)
	b.put(deferred, newNotification(model.NotifyOpened, 2, 1))
	b.run(0)
	if d := b.next(); d.Incident != 2 {
		t.Error("a deferred notification was sent, or delayed another")
	} else {
		d.take(1)
	}
	if d := b.next(); d.Incident != 1 || time.Now().Before(deferred.NotBefore) {
		t.Error("sent before its time")
	}
}
