package notify

import (
	"context"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// copyBatch is how many notifications are copied at one failed attempt; the rest is copied at the next.
const copyBatch = 200

// copyWaiting has critical notifications copied that came after the last attempt at a failing destination, which may be long ago. It
// returns how long there is nothing to copy anywhere for certain.
func (d *Dispatcher) copyWaiting(ctx context.Context, queues *sync.WaitGroup) time.Duration {
	sleep := longestSleep
	for _, o := range d.outages.list() {
		wait := d.copiesFrom(&o)
		if wait > 0 {
			sleep = min(sleep, wait)
			continue
		}
		waiting, err := d.Store.Uncopied(ctx, o.To, model.SeverityCritical, d.Now(), 1)
		if err != nil || len(waiting) == 0 {
			d.storeErr(err)
			continue
		}
		l := d.claimForCopies(queueKey{to: o.To})
		if l == nil {
			continue
		}
		queues.Go(func() {
			defer d.Notify()
			defer d.free(l)
			l.copyWaiting(ctx)
		})
	}
	return sleep
}

// copiesFrom is how long a failing destination needs no copies yet; more than longestSleep if it never does.
func (d *Dispatcher) copiesFrom(o *model.Outage) time.Duration {
	const never = 2 * longestSleep
	if d.Fallback == nil {
		return never
	}
	plan := d.Fallback(o.To)
	if !slices.ContainsFunc(plan.To, func(to model.Destination) bool { return to != o.To }) {
		return never
	}
	if denied, aside := d.outages.denied(o.To); aside {
		return never
	} else if denied {
		return 0
	}
	_, lasts, is := d.outages.of(o.To)
	if !is {
		return never
	}
	return max(0, plan.After-lasts)
}

// claimForCopies locks the queue of a destination that waits; nil if it is busy, or its store failed a moment ago.
func (d *Dispatcher) claimForCopies(key queueKey) *queue {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.queues[key]
	if l == nil || l.busy || d.Elapsed() < l.copyFrom {
		return nil
	}
	l.busy = true
	return l
}

// copyWaiting copies waiting critical notifications to the fallback of a destination that has failed for long.
func (l *queue) copyWaiting(ctx context.Context) {
	o, _, is := l.d.outages.of(l.to)
	if !is || l.d.copiesFrom(&o) > 0 {
		return
	}
	since := o.Since
	if o.Failure == model.SendDenied {
		since = time.Time{}
	}
	ctx, cancel := writing(ctx)
	defer cancel()
	waiting, err := l.d.Store.Uncopied(ctx, l.to, model.SeverityCritical, l.d.Now(), copyBatch)
	l.d.storeErr(err)
	for i := range waiting {
		if !l.sendCopies(ctx, &waiting[i], since) || !l.pass(ctx, &waiting[i]) {
			l.noCopiesFor(storePause)
			return
		}
	}
}

func (l *queue) noCopiesFor(pause time.Duration) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.copyFrom = l.d.Elapsed() + pause
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
