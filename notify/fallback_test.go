package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/model"
	"opsbot/notify"
	"opsbot/store"
	"opsbot/store/storetest"
)

// place is a channel that accepts everything, or fails in one way.
type place struct {
	mu    sync.Mutex
	fail  model.SendFailure
	tries int
	got   []model.Notification
}

func (p *place) Deliver(_ context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries++
	if p.fail != "" {
		return model.Receipt{}, &model.SendError{Failure: p.fail, Err: errors.New("no"), RetryAfter: time.Second}
	}
	p.got = append(p.got, t)
	return model.Receipt{Message: 100 + len(p.got)}, nil
}

func (p *place) set(fail model.SendFailure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

func (p *place) tried() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tries
}

// said is what it received: "opened1", and "opened1*" if it names the destination that it replaces.
func (p *place) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, t := range p.got {
		text := fmt.Sprint(t.Kind, t.Incident)
		switch i := t.Snapshot.FallbackFor; {
		case i != nil && i.Ended:
			text += "+"
		case i != nil:
			text += "*"
		}
		all = append(all, text)
	}
	return all
}

// fallbackCopies is a Dispatcher on the clock of a bubble, with a chat and a mailbox as its fallback.
type fallbackCopies struct {
	t        *testing.T
	path     string
	db       *store.DB
	store    func(*store.DB) notify.Store
	d        *notify.Dispatcher
	stop     func()
	fallback []model.Destination

	chat, mail place
}

var oncall = model.Destination{Channel: "email:oncall"}

// inFallbackWorld runs a test in a bubble, whose time passes only when the test lets it.
func inFallbackWorld(t *testing.T, test func(w *fallbackCopies)) {
	t.Helper()
	path := storetest.Empty(t)
	synctest.Test(t, func(t *testing.T) {
		w := &fallbackCopies{
			t: t, path: path, fallback: []model.Destination{oncall}, store: func(db *store.DB) notify.Store { return db },
		}
		w.start()
		defer func() { w.stop() }()
		test(w)
	})
}

// start opens the database and runs a Dispatcher over it, as a start of the program does.
func (w *fallbackCopies) start() {
	w.t.Helper()
	db, err := store.Open(context.Background(), store.Options{Path: w.path, Now: time.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	w.db = db
	w.d = notify.New(notify.Options{
		Store: w.store(db), Channels: map[string]notify.Channel{"telegram": &w.chat, "email:oncall": &w.mail}, Now: time.Now,
		Fallback: func(from model.Destination) notify.Fallback {
			return notify.Fallback{Name: "ops", To: w.fallback, After: 5 * time.Minute}
		},
		FirstPause: time.Second, LongestPause: 20 * time.Second, StopTime: 20 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.d.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) { // it may not even have begun
			w.t.Error(err)
		}
		if err := db.Close(); err != nil {
			w.t.Error(err)
		}
	})
}

func (w *fallbackCopies) restart() {
	w.t.Helper()
	w.stop()
	w.start()
}

func (w *fallbackCopies) put(notifications ...model.Notification) {
	w.t.Helper()
	for i := range notifications {
		notifications[i].Created = time.Now()
	}
	if _, err := w.db.Commit(w.t.Context(), changeOf(notifications)); err != nil {
		w.t.Fatal(err)
	}
	w.d.Notify()
}

// pass lets time pass, and what is due by then happen.
func (w *fallbackCopies) pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // of the bubble's clock
	synctest.Wait()
}

// settled lets happen what is due now, and demands something of it.
func (w *fallbackCopies) settled(what string, is func() bool) {
	w.t.Helper()
	if synctest.Wait(); !is() {
		w.t.Fatalf("not %s: chat %q, mail %q", what, w.chat.said(), w.mail.said())
	}
}

// drained lets the rest be sent, and compares what was received.
func (w *fallbackCopies) drained(chat, mail []string) {
	w.t.Helper()
	w.pass(time.Minute)
	if q, err := w.db.Queue(w.t.Context(), time.Now()); err != nil || q.Length != 0 {
		w.t.Errorf("the outbox: %+v, %v", q, err)
	}
	if got := w.chat.said(); !slices.Equal(got, chat) {
		w.t.Errorf("the chat received %q, want %q", got, chat)
	}
	if got := w.mail.said(); !slices.Equal(got, mail) {
		w.t.Errorf("the mailbox received %q, want %q", got, mail)
	}
}

func critical(kind model.NotificationKind, incident model.IncidentID) model.Notification {
	t := newNotification(kind, incident, 1)
	t.Severity, t.Snapshot.Incident.Severity = model.SeverityCritical, model.SeverityCritical
	return t
}

// TestFallback goes through an outage, with restarts at its worst moments: critical notifications are copied once, marked,
// and the chat gets its own when it is back.
func TestFallback(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		began := time.Now()
		w.chat.set(model.SendNotSent)
		warning := newNotification(model.NotifyOpened, 2, 1)
		warning.Severity = model.SeverityWarning
		w.put(critical(model.NotifyOpened, 1), warning, critical(model.NotifyUpdated, 1))
		w.settled("a first try", func() bool { return w.chat.tried() == 1 })
		w.pass(3 * time.Minute)
		w.restart() // that does not start the outage over
		w.pass(time.Minute + 30*time.Second)
		if got := w.mail.said(); len(got) != 0 {
			t.Fatalf("too early: %q", got)
		}
		w.pass(30 * time.Second)
		w.settled("a mail", func() bool { return len(w.mail.said()) == 1 })
		if i := w.mail.got[0].Snapshot.FallbackFor; i.Name != "ops" || i.To != chat(1) || !i.Since.Equal(began) || !w.mail.got[0].Created.Equal(began) {
			t.Errorf("%+v", w.mail.got[0])
		}
		w.restart()
		w.put(critical(model.NotifyRaised, 1), critical(model.NotifyOpened, 3))
		w.pass(time.Minute)
		w.settled("mails", func() bool { return len(w.mail.said()) == 3 })
		w.restart()
		w.pass(time.Minute)
		w.chat.set("")
		w.pass(30 * time.Second)
		w.put(critical(model.NotifyResolved, 1), critical(model.NotifyOpened, 4), critical(model.NotifyResolved, 4))
		w.restart()
		w.drained([]string{"opened1", "opened2", "updated1", "raised1", "opened3", "resolved1", "opened4", "resolved4"}, []string{"opened1*", "raised1*", "opened3*", "resolved1+"})
		if s := w.chat.got[0]; s.Snapshot.FallbackFor != nil {
			t.Errorf("the chat reads %+v", s.Snapshot.FallbackFor)
		}
		if failing, err := w.db.Outages(w.t.Context()); err != nil || len(failing) != 0 {
			t.Errorf("still failing: %v, %v", failing, err)
		}
	})
}

// dying is a store that fails after a fallback copy, as a kill there does.
type dying struct {
	notify.Store
	left int
}

func (s *dying) AddFallbackCopies(ctx context.Context, t model.Notification, copies []model.Notification) (int, error) {
	n, err := s.Store.AddFallbackCopies(ctx, t, copies)
	if s.left > 0 {
		s.left--
		return 0, errors.New("killed")
	}
	return n, err
}

func TestACopyIsSentOnce(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.stop()
		w.store = func(db *store.DB) notify.Store { return &dying{Store: db, left: 2} }
		w.start()
		w.chat.set(model.SendRefused)
		w.put(critical(model.NotifyOpened, 1), critical(model.NotifyOpened, 2))
		w.settled("a first try", func() bool { return w.chat.tried() == 1 })
		w.pass(8 * time.Minute)
		w.restart()
		w.pass(2 * time.Minute)
		w.chat.set("")
		w.pass(30 * time.Second)
		w.drained([]string{"opened1", "opened2"}, []string{"opened1*", "opened2*"})
	})
}

// TestPatienceIsNoOutage: a chat that asks to wait, and accepts messages in between, is reachable. One that accepts nothing for as long as
// the fallback waits is not, in whatever words it says so.
func TestPatienceIsNoOutage(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		var want []string
		for i := range model.IncidentID(4) {
			w.chat.set(model.SendFlood)
			w.put(critical(model.NotifyOpened, i+1))
			w.pass(2 * time.Minute)
			w.chat.set(model.SendAmbiguous)
			w.pass(2 * time.Minute)
			w.chat.set("")
			w.pass(30 * time.Second)
			want = append(want, fmt.Sprint("opened", i+1))
		}
		w.drained(want, nil)
		for _, fail := range []model.SendFailure{model.SendFlood, model.SendAmbiguous, model.SendFlood} {
			w.chat.set(fail)
			if fail == model.SendFlood {
				w.put(critical(model.NotifyOpened, 9))
			}
			w.pass(2 * time.Minute)
		}
		w.settled("fallback copies", func() bool { return len(w.mail.said()) == 2 })
	})
}

// TestADeadChatFallsBackAtOnce: what it will never accept is a dead letter, and is copied to the fallback.
func TestADeadChatFallsBackAtOnce(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.chat.set(model.SendChatDead)
		digest, daily := critical(model.NotifyDigest, 0), critical(model.NotifyDaily, 0)
		digest.Snapshot = model.Snapshot{Open: []model.Incident{{ID: 3}, {ID: 4}}}
		known := critical(model.NotifyDigest, 0)
		known.Snapshot = model.Snapshot{Open: []model.Incident{{ID: 7}}}
		if _, err := w.db.Commit(w.t.Context(), model.Change{Cards: []model.Card{{Incident: 7, To: oncall, Down: true}}}); err != nil {
			t.Fatal(err)
		}
		w.put(critical(model.NotifyOpened, 1), newNotification(model.NotifyOpened, 2, 1), critical(model.NotifyResolved, 1), digest, daily, known, critical(model.NotifyResolved, 4))
		w.drained(nil, []string{"opened1*", "resolved1+", "digest0*", "resolved4+"})
		if i := w.mail.got[0].Snapshot.FallbackFor; !i.Since.IsZero() {
			t.Errorf("%+v", i)
		}
		if q, err := w.db.Queue(w.t.Context(), time.Now()); err != nil || q.Dead != 7 {
			t.Errorf("%+v, %v", q, err)
		}
	})
}

// TestWhoIsNotifiedAnywayIsNotNotifiedTwice: a mailbox that a route names has its own notification.
func TestWhoIsNotifiedAnywayIsNotNotifiedTwice(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.chat.set(model.SendNotSent)
		own := critical(model.NotifyOpened, 1)
		own.To = oncall
		cards := []model.Card{{Incident: 1, To: oncall, Down: true}}
		if _, err := w.db.Commit(w.t.Context(), model.Change{Cards: cards, Notifications: []model.Notification{own, critical(model.NotifyOpened, 1), critical(model.NotifyOpened, 2)}}); err != nil {
			t.Fatal(err)
		}
		w.d.Notify()
		w.settled("a first try", func() bool { return w.chat.tried() == 1 })
		w.pass(6 * time.Minute)
		w.chat.set("")
		w.pass(30 * time.Second)
		w.drained([]string{"opened1", "opened2"}, []string{"opened1", "opened2*"})
	})
}

// TestAFallbackThatFailsFallsBackNoFurther: no loops, and nothing is lost.
func TestAFallbackThatFailsFallsBackNoFurther(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.fallback = []model.Destination{oncall, chat(1)}
		w.chat.set(model.SendNotSent)
		w.mail.set(model.SendNotSent)
		w.put(critical(model.NotifyOpened, 1))
		w.settled("a first try", func() bool { return w.chat.tried() == 1 })
		w.pass(20 * time.Minute)
		if q, err := w.db.Queue(w.t.Context(), time.Now()); err != nil || q.Length != 2 {
			t.Errorf("%+v, %v", q, err)
		}
		w.mail.set("")
		w.chat.set("")
		w.pass(30 * time.Second)
		w.drained([]string{"opened1"}, []string{"opened1*"})
	})
}

// TestAnIdleDestinationDoesNotFail: without attempts it is unknown whether an outage lasts.
func TestAnIdleDestinationDoesNotFail(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.chat.set(model.SendNotSent)
		w.put(critical(model.NotifyOpened, 1))
		w.settled("a first try", func() bool { return w.chat.tried() == 1 })
		if _, err := w.db.Commit(w.t.Context(), model.Change{Drop: []int64{1}}); err != nil {
			t.Fatal(err)
		}
		w.d.Notify()
		w.settled("the end of the outage", func() bool {
			failing, err := w.db.Outages(context.Background())
			return err == nil && len(failing) == 0
		})
		w.pass(time.Hour)
		w.put(critical(model.NotifyOpened, 2))
		w.settled("a second try", func() bool { return w.chat.tried() == 2 })
		w.chat.set("")
		w.pass(30 * time.Second)
		w.drained([]string{"opened2"}, nil)
	})
}
