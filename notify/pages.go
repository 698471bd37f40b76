package notify

import (
	"context"
	"slices"

	"opsbot/model"
)

// isPage reports whether a notification is a page, or says how one went on: nobody wants it later, so it is no dead letter.
func isPage(t *model.Notification) bool {
	return t.Kind == model.NotifyPage || t.Kind == model.NotifyPageOver
}

// isOutdated reports whether another edit of the same message of a page waits behind one: it says it all.
func isOutdated(t *model.Notification, behind []model.Notification) bool {
	return t.Kind == model.NotifyPageOver && t.Snapshot.Page != nil && slices.ContainsFunc(behind, func(o model.Notification) bool {
		return o.Kind == t.Kind && o.Snapshot.Page != nil && o.Snapshot.Page.Message == t.Snapshot.Page.Message
	})
}

// paged has whoever pages know what became of a page.
func (d *Dispatcher) paged(ctx context.Context, t *model.Notification, r model.PageResult) {
	if t.Kind == model.NotifyPage && t.Snapshot.Page != nil && d.Paged != nil {
		d.Paged(ctx, resultOf(t, r))
	}
}

// resultOf is what became of the page of a notification.
func resultOf(t *model.Notification, r model.PageResult) model.PageResult {
	r.Escalation, r.Page, r.Several = t.Snapshot.Page.Escalation, t.Snapshot.Page.Page, t.Snapshot.Page.Several
	return r
}

// dropPage gives up a page that will never be accepted: another way of reaching the same person begins.
func (l *queue) dropPage(ctx context.Context, t *model.Notification, why string) bool {
	ctx, cancel := writing(ctx)
	defer cancel()
	if _, err := l.d.Store.Drop(ctx, t.ID, t.Kind); err != nil {
		return l.storeFailed(err)
	}
	l.d.paged(ctx, t, model.PageResult{Why: why})
	return true
}

// notifyWaiting has whoever pages know of a page that is not tried for now: its destination denies us. It is told once.
func (d *Dispatcher) notifyWaiting(ctx context.Context, key queueKey, t *model.Notification) {
	if denied, _ := d.outages.denied(key.to); !denied || !model.IsPageQueue(key.queue) { // what waits for its own next try was reported
		return
	}
	d.mu.Lock()
	l := d.queues[key]
	known := l == nil || l.busy || l.notified
	if !known {
		l.notified = true
	}
	d.mu.Unlock()
	if !known {
		d.paged(ctx, t, model.PageResult{Why: string(model.SendDenied), Retried: true})
	}
}
