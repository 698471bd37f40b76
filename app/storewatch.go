package app

import (
	"context"
	"time"

	"opsbot/alerts"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
)

// storeWatch notifies people that the database refuses writes. Notifications are stored before they are sent, so without this
// there would be none, and silence would mean that all is well.
type storeWatch struct {
	health   func() alerts.Health
	notify   func(ctx context.Context, what model.Reason)
	now      func() time.Time
	notified bool
}

// The pace of the watch, and how long a refusal lasts before people are notified: a lock of another program goes away.
const (
	storeWatchPace = 10 * time.Second
	storePatience  = time.Minute
)

// update notifies once of a refusal, and once of its end.
func (w *storeWatch) update(ctx context.Context) {
	h := w.health()
	switch {
	case h.Err == nil && w.notified:
		w.notified = false
		w.notify(ctx, model.NewReason(model.NoticeStoreBack))
	case h.Err != nil && !w.notified && w.now().Sub(h.Since) >= storePatience:
		w.notified = true
		w.notify(ctx, model.NewReason(model.NoticeStoreRefuses, "since", h.Since.UTC().Format(time.RFC3339)))
	}
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
func newStoreWatch(a *App) *storeWatch {
	notifier := &directNotifier{base: a.base, people: a.people, sender: a.chat.sender()}
	return &storeWatch{health: a.alerts.manager.Health, notify: notifier.notify, now: time.Now}
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
