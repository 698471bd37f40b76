package notify_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify"
	"opsbot/store"
	"opsbot/store/storetest"
)

// delivery is one call of the channel, waiting for the test's answer.
type delivery struct {
	model.Notification
	card   model.Card
	ctx    context.Context
	answer chan<- outcome
}

type outcome struct {
	message int
	err     error
}

func (d *delivery) take(message int) { d.answer <- outcome{message: message} }

func (d *delivery) refuse(f model.SendFailure) {
	d.answer <- outcome{err: &model.SendError{Failure: f, Err: errors.New("no"), MigratedTo: 99, RetryAfter: 150 * time.Millisecond}}
}

// bench is a running Dispatcher over a real store, with a channel controlled by the test.
type bench struct {
	t     *testing.T
	path  string // of the database
	db    *store.DB
	store notify.Store
	calls chan delivery
	d     *notify.Dispatcher
	stop  func()

	pauses     [2]time.Duration // first and longest; zero takes short ones
	digests    map[string]bool
	backlogAge time.Duration
	open       func(model.Destination) []model.Incident // what the alerts.Manager says
	catchUp    func(context.Context) error
	fallback   func(model.Destination) notify.Fallback
	paged      func(context.Context, *model.PageResult)
}

func (b *bench) Deliver(ctx context.Context, t model.Notification, card model.Card) (model.Receipt, error) {
	answer := make(chan outcome, 1)
	select {
	case b.calls <- delivery{t, card, ctx, answer}:
	case <-ctx.Done():
		return model.Receipt{}, ctx.Err()
	}
	select {
	case o := <-answer:
		return model.Receipt{Message: o.message}, o.err
	case <-ctx.Done():
		return model.Receipt{}, ctx.Err()
	}
}

func newBench(t *testing.T) *bench {
	t.Helper()
	path := storetest.Empty(t)
	db, err := store.Open(t.Context(), store.Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &bench{t: t, path: path, db: db, store: db, calls: make(chan delivery)}
}

// run starts the Dispatcher; the bench's stop, or the end of the test, ends it.
func (b *bench) run(parallel int) {
	b.t.Helper()
	b.d = notify.New(notify.Options{
		Store: b.store, Channels: map[string]notify.Channel{"telegram": b}, Now: time.Now, Parallel: parallel,
		Digests: b.digests, BacklogAge: b.backlogAge, Open: b.open, Fallback: b.fallback, CatchUp: b.catchUp, Paged: b.paged,
		Notice:     func(model.Destination) (model.Destination, bool) { return chat(7), true },
		FirstPause: cmp.Or(b.pauses[0], time.Millisecond), LongestPause: cmp.Or(b.pauses[1], 5*time.Millisecond), StopTime: 20 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.d.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				b.t.Error(err)
			}
		case <-time.After(5 * time.Second):
			b.t.Error("the dispatcher does not stop")
		}
	})
	b.t.Cleanup(b.stop)
}

func chat(id model.ChatID) model.Destination {
	return model.Destination{Channel: "telegram", Chat: id}
}

func newNotification(kind model.NotificationKind, incident model.IncidentID, to model.ChatID) model.Notification {
	in := model.Incident{ID: incident, Kind: model.IncidentCheck, Check: "c", Comment: string(kind), OpenedAt: time.Now().Add(-time.Hour)}
	if kind == model.NotifyResolved {
		in.ClosedAt = time.Now()
	}
	return model.Notification{Kind: kind, Incident: incident, To: chat(to), Created: time.Now(), Snapshot: model.Snapshot{Incident: &in}}
}

func (b *bench) put(notifications ...model.Notification) {
	b.t.Helper()
	if _, err := b.db.Commit(b.t.Context(), changeOf(notifications)); err != nil {
		b.t.Fatal(err)
	}
	if b.d != nil {
		b.d.Notify()
	}
}

// changeOf is what the alerts.Manager commits with notifications: the incidents as they are then, and their cards.
func changeOf(notifications []model.Notification) model.Change {
	c := model.Change{Notifications: notifications}
	for i := range notifications {
		t := &notifications[i]
		if in := t.Snapshot.Incident; in != nil && t.Snapshot.FallbackFor == nil {
			c.Incidents = append(c.Incidents, *in)
			c.Cards = append(c.Cards, model.Card{Incident: t.Incident, To: t.To, Down: true, Severity: t.Severity})
		}
		for _, in := range slices.Concat(t.Snapshot.Open, t.Snapshot.Resolved, t.Snapshot.Gone) {
			c.Incidents = append(c.Incidents, in)
			c.Cards = append(c.Cards, model.Card{Incident: in.ID, To: t.To, Down: true, Severity: t.Severity})
		}
	}
	return c
}

// next is the next attempted delivery.
func (b *bench) next() *delivery {
	b.t.Helper()
	select {
	case d := <-b.calls:
		return &d
	case <-time.After(20 * time.Second):
		b.t.Fatal("nothing is delivered")
		return nil
	}
}

// drained waits until the outbox is empty, and that is noted.
func (b *bench) drained() {
	b.t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for time.Now().Before(deadline) {
		q, err := b.db.Queue(b.t.Context(), time.Now())
		if err != nil {
			b.t.Fatal(err)
		}
		if q.Length == 0 && (b.d == nil || b.d.Idle()) {
			return
		}
	}
	b.t.Fatal("the outbox is not drained")
}
