package app

import (
	"context"
	"time"

	"opsbot/alerts"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// storeWatch notifies people that the database refuses writes, cannot be read, or is not where it was. Notifications are stored before they
// are sent, so without this there would be none, and silence would mean that all is well.
type storeWatch struct {
	health func() alerts.Health
	faults func() []store.Fault
	look   func(ctx context.Context) store.Presence
	notify func(ctx context.Context, what model.Reason)
	speaks func() bool // whether this process may speak
	log    func(f store.Fault, ended bool)
	path   string
	now    func() time.Time

	refuses, unread notifiedOnce
	lost            bool
	known           map[string]store.Fault // that are in the log
}

// The pace of the watch, and how long a refusal lasts before people are notified: a lock of another program goes away.
const (
	storeWatchPace = 10 * time.Second
	storePatience  = time.Minute
)

// notifiedOnce is something of whose beginning, and end, people are notified once.
type notifiedOnce struct{ notified bool }

// update returns the notice that is due; false if none is. Since is zero when it is over.
func (o *notifiedOnce) update(since, now time.Time, begins, ends model.ReasonCode) (what model.Reason, due bool) {
	switch {
	case since.IsZero() && o.notified:
		o.notified = false
		return model.NewReason(ends), true
	case !since.IsZero() && !o.notified && now.Sub(since) >= storePatience:
		o.notified = true
		return model.NewReason(begins, "since", since.UTC().Format(time.RFC3339)), true
	default:
		return model.Reason{}, false
	}
}

// update notifies once of each, and once of its end.
func (w *storeWatch) update(ctx context.Context) {
	if !w.speaks() {
		return // another opsbot may lead; what became of it is notified once the database is back
	}
	faults := w.faults()
	w.note(faults)
	if what, due := w.refuses.update(refusedSince(w.health(), faults), w.now(), model.NoticeStoreRefuses, model.NoticeStoreBack); due {
		w.notify(ctx, what)
	}
	if what, due := w.unread.update(unreadSince(faults), w.now(), model.NoticeStoreUnread, model.NoticeStoreReadable); due {
		w.notify(ctx, what)
	}
	is := w.look(ctx)
	if is.Lost() && !w.lost {
		code := model.NoticeStoreGone
		if is.Replaced {
			code = model.NoticeStoreReplaced
		}
		w.notify(ctx, model.NewReason(code, "path", w.path))
	}
	w.lost = is.Lost()
}

// alertsArea is the area of faults that keep alerts from being stored.
const alertsArea = "alerts"

// refusedSince is since when alerts cannot be stored: a commit failed, or waits for a server to say whether it was done.
func refusedSince(h alerts.Health, faults []store.Fault) time.Time {
	from := since(h)
	for _, f := range faults {
		if f.Area == alertsArea && f.Write && (from.IsZero() || f.Since.Before(from)) {
			from = f.Since
		}
	}
	return from
}

func since(h alerts.Health) time.Time {
	if h.Err == nil {
		return time.Time{}
	}
	return h.Since
}

// outboxArea is the area of faults that keep alerts from being sent.
const outboxArea = "outbox"

// unreadSince is since when the outbox cannot be read; zero if it can.
func unreadSince(faults []store.Fault) time.Time {
	for _, f := range faults {
		if f.Area == outboxArea && !f.Write {
			return f.Since
		}
	}
	return time.Time{}
}

// note writes faults to the log when they begin and when they end.
func (w *storeWatch) note(faults []store.Fault) {
	now := map[string]store.Fault{}
	for _, f := range faults {
		now[doing(f)] = f
		if _, known := w.known[doing(f)]; !known {
			w.log(f, false)
		}
	}
	for name, f := range w.known {
		if _, still := now[name]; !still {
			w.log(f, true)
		}
	}
	w.known = now
}

// doing is what fails, as the texts know it: "outbox.read".
func doing(f store.Fault) string {
	if f.Write {
		return f.Area + ".write"
	}
	return f.Area + ".read"
}

// run updates until ctx ends.
func (w *storeWatch) run(ctx context.Context) error {
	tick := time.NewTicker(storeWatchPace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			w.update(ctx)
		}
	}
}

// newStoreWatch makes the watch over the database.
func newStoreWatch(t *term) *storeWatch {
	notifier := &directNotifier{base: t.base, people: t.people, sender: t.chat.sender()}
	return &storeWatch{
		health: t.alerts.manager.Health, faults: t.db.Faults, look: t.health.issues.look, notify: notifier.notify, speaks: t.permit.isOpen,
		log: t.logFault, path: t.db.Place(), now: time.Now,
	}
}

// logFault writes that a part of the database fails, or works again.
func (b *base) logFault(f store.Fault, ended bool) {
	log := b.component("store").WithField("doing", doing(f))
	if ended {
		log.Info("the database works again")
		return
	}
	log.WithField("error", f.What).Error("the database fails")
}

// directNotifier sends past the outbox, and so at most once.
type directNotifier struct {
	*base
	people *ops.People
	sender *telegram.Sender // nil without a token
}

// notify writes to the log and sends to every chat that sees everything.
func (n *directNotifier) notify(ctx context.Context, what model.Reason) {
	n.component("store").Error(n.texts.For("en").Reason(what))
	if n.sender == nil {
		return
	}
	for _, c := range n.people.Chats() {
		if c.Scope.Limited {
			continue
		}
		p := n.texts.For(c.Language).In(n.zone())
		_, err := n.sender.Send(ctx, telegram.Outgoing{Chat: c.ID, Topic: c.Topic, HTML: "⚠️ " + p.Reason(what), Priority: telegram.PriorityCritical})
		if err != nil && ctx.Err() == nil {
			n.component("store").WithError(err).WithField("chat", int64(c.ID)).Error("notify that the database refuses writes")
		}
	}
}
