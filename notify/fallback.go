package notify

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// copyBatch is how many notifications are copied at one failed attempt; the rest is copied at the next.
const copyBatch = 200

// recallFailing loads the failing destinations: an outage does not start over with a restart.
func (d *Dispatcher) recallFailing(ctx context.Context) error {
	failing, err := d.Store.Failing(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for to, since := range failing {
		d.failing[to] = since
	}
	return nil
}

// forgetFailing ends the outages of destinations without waiting notifications: nothing tests whether they last.
func (d *Dispatcher) forgetFailing(ctx context.Context, rows map[queueKey][]model.Notification) {
	d.mu.Lock()
	var idle []model.Destination
	for to := range d.failing {
		key := queueKey{to: to}
		if l := d.queues[key]; len(rows[key]) == 0 && (l == nil || !l.busy) {
			idle = append(idle, to)
		}
	}
	d.mu.Unlock()
	for _, to := range idle {
		d.setFailing(ctx, to, time.Time{})
	}
}

// setFailing stores since when a destination fails; zero: it does not.
func (d *Dispatcher) setFailing(ctx context.Context, to model.Destination, since time.Time) {
	ctx, cancel := writing(ctx)
	defer cancel()
	if err := d.Store.SetFailing(ctx, to, since); err != nil {
		d.storeErr(err)
		if since.IsZero() {
			return // it is retried with the next success
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if since.IsZero() {
		delete(d.failing, to)
		return
	}
	d.failing[to] = since
}

func (d *Dispatcher) failingSince(to model.Destination) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failing[to]
}

// works records that a destination answers. Reports and the like do not count: one may be too large for a line on which alerts
// go through.
func (l *queue) works(ctx context.Context) {
	if !l.aside && !l.d.failingSince(l.to).IsZero() {
		l.d.setFailing(ctx, l.to, time.Time{})
	}
}

// fails records a failed attempt. Once failures have lasted, waiting critical notifications are copied to the fallback.
func (l *queue) fails(ctx context.Context) {
	if l.d.Fallback == nil || l.aside {
		return
	}
	now := l.d.Now()
	since := l.d.failingSince(l.to)
	if since.IsZero() || since.After(now) { // the clock was set back
		since = now
		l.d.setFailing(ctx, l.to, since)
	}
	plan := l.d.Fallback(l.to)
	noDestination := !slices.ContainsFunc(plan.To, func(to model.Destination) bool { return to != l.to })
	if noDestination || now.Before(since.Add(plan.After)) {
		return
	}
	ctx, cancel := writing(ctx)
	defer cancel()
	waiting, err := l.d.Store.Uncopied(ctx, l.to, model.SeverityCritical, now, copyBatch)
	l.d.storeErr(err)
	for i := range waiting {
		if !l.sendCopies(ctx, &waiting[i], since) || !l.pass(ctx, &waiting[i]) {
			return
		}
	}
}

// pass records that a notification was handled, even without a copy: many such would hide what waits behind them.
func (l *queue) pass(ctx context.Context, t *model.Notification) bool {
	if _, err := l.d.Store.AddFallbackCopies(ctx, *t, nil); err != nil {
		return l.storeFailed(err)
	}
	return true
}

// sendCopies copies a notification to the fallback, if it is worth that and was not copied yet; false: the store fails. since is
// from when on this destination fails; zero: permanently.
func (l *queue) sendCopies(ctx context.Context, t *model.Notification, since time.Time) bool {
	if l.d.Fallback == nil || t.Severity != model.SeverityCritical || t.Snapshot.FallbackFor != nil || len(t.Snapshot.Only) > 0 || !worthCopying(t.Kind) {
		return true
	}
	plan := l.d.Fallback(l.to)
	if t.Kind == model.NotifyResolved { // its beginning may have been sent under another configuration
		sent, err := l.d.Store.Copied(ctx, t.Incident, l.to)
		if err != nil {
			return l.storeFailed(err)
		}
		sent = slices.DeleteFunc(sent, func(to model.Destination) bool { return slices.Contains(plan.To, to) })
		plan.To = append(slices.Clone(plan.To), sent...)
	}
	return l.copyTo(ctx, t, plan.To, model.FallbackFor{To: l.to, Name: plan.Name, Since: since})
}

// worthCopying reports whether a kind says that something began, got worse, or ended.
func worthCopying(kind model.NotificationKind) bool {
	switch kind {
	case model.NotifyOpened, model.NotifyRaised, model.NotifyResolved, model.NotifyDigest, model.NotifyMuteEnded:
		return true
	default:
		return false
	}
}

// endElsewhere sends the end wherever the beginning was sent in place of this destination.
func (l *queue) endElsewhere(ctx context.Context, t *model.Notification) bool {
	if l.d.Fallback == nil || t.Kind != model.NotifyResolved || t.Snapshot.FallbackFor != nil {
		return true
	}
	to, err := l.d.Store.Copied(ctx, t.Incident, l.to)
	if err != nil {
		return l.storeFailed(err)
	}
	return l.copyTo(ctx, t, to, model.FallbackFor{To: l.to, Name: l.d.Fallback(l.to).Name, Ended: true})
}

// sentAnyway reports whether a destination has a notification of its own about the same.
func (l *queue) sentAnyway(ctx context.Context, t *model.Notification, to model.Destination) (bool, error) {
	about := []model.IncidentID{t.Incident}
	for i := range t.Snapshot.Open {
		about = append(about, t.Snapshot.Open[i].ID)
	}
	for _, id := range about {
		if card, _, err := l.d.Store.Card(ctx, id, to); err != nil || card.Down {
			return card.Down, err
		}
	}
	return false, nil
}

// copyTo adds copies for other destinations, except those that are notified of its incident anyway.
func (l *queue) copyTo(ctx context.Context, t *model.Notification, all []model.Destination, fallbackFor model.FallbackFor) bool {
	var copies []model.Notification
	for _, to := range all {
		anyway, err := l.sentAnyway(ctx, t, to)
		if err != nil {
			return l.storeFailed(err)
		}
		if to == l.to || anyway {
			continue
		}
		snapshot := t.Snapshot
		snapshot.FallbackFor, snapshot.Only = &fallbackFor, nil
		copies = append(copies, model.Notification{
			Kind: t.Kind, Incident: t.Incident, To: to, Severity: t.Severity, Silent: t.Silent,
			Created: later(t.Created, t.NotBefore), Snapshot: snapshot,
		})
	}
	if len(copies) == 0 {
		return true
	}
	ctx, cancel := writing(ctx)
	defer cancel()
	added, err := l.d.Store.AddFallbackCopies(ctx, *t, copies)
	if err != nil {
		return l.storeFailed(err)
	}
	l.d.count(func(s *Stats) { s.FallbackCopies += uint64(added) })
	l.d.Notify()
	return true
}
