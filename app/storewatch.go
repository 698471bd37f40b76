package app

import (
	"context"
	"time"

	"opsbot/alerts"
	"opsbot/bot/telegram"
	"opsbot/model"
)

// storeWatch says that the database refuses writes where people look: alerts are written with what they are about, so while
// that cannot be written nothing else is told, and silence would look like all is well.
type storeWatch struct {
	health func() alerts.Health
	notify func(ctx context.Context, what model.Reason)
	now    func() time.Time
	said   bool
}

// The pace of the watch, and how long a refusal lasts before it is said: a lock that another program holds goes away.
const (
	storeWatchPace = 10 * time.Second
	storePatience  = time.Minute
)

// look says a refusal once, and once that it is over.
func (w *storeWatch) look(ctx context.Context) {
	h := w.health()
	switch {
	case h.Err == nil && w.said:
		w.said = false
		w.notify(ctx, model.NewReason(model.NoticeStoreBack))
	case h.Err != nil && !w.said && w.now().Sub(h.Since) >= storePatience:
		w.said = true
		w.notify(ctx, model.NewReason(model.NoticeStoreRefuses, "since", h.Since.UTC().Format(time.RFC3339)))
	}
}

// run looks until ctx ends.
func (w *storeWatch) run(ctx context.Context) error {
	tick := time.NewTicker(storeWatchPace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			w.look(ctx)
		}
	}
}

// watchStore makes the watch over the database.
func (a *App) watchStore() *storeWatch {
	return &storeWatch{health: a.manager.Health, notify: a.notifyPlainly, now: time.Now}
}

// notifyPlainly says something to every chat that sees everything, past the outbox and so at most once each.
func (a *App) notifyPlainly(ctx context.Context, what model.Reason) {
	a.component("store").Error(a.texts.For("en").Reason(what))
	if a.sender == nil {
		return
	}
	for _, c := range a.people.Chats() {
		if c.Scope.Limited {
			continue
		}
		p := a.texts.For(c.Language).In(a.zone())
		_, err := a.sender.Send(ctx, telegram.Outgoing{Chat: c.ID, Topic: c.Topic, HTML: "⚠️ " + p.Reason(what), Priority: telegram.PriorityCritical})
		if err != nil && ctx.Err() == nil {
			a.component("store").WithError(err).WithField("chat", int64(c.ID)).Error("say that the database refuses writes")
		}
	}
}
