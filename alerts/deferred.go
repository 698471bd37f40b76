package alerts

import (
	"cmp"
	"slices"
	"time"

	"opsbot/model"
)

// deferrals are notifications that wait, and go out together as a digest: for active hours, for the end of a first start, for
// the time of the daily digest.
type deferrals struct {
	rows      map[cardKey]*deferred // those that wait for active hours
	first     *firstStart           // nil when it is over, or there was none
	lastDaily time.Time             // when the last daily digest was written
}

// deferred is a row of the outbox that waits for active hours, or for what else joins. An incident and a destination have one at most.
type deferred struct {
	*model.Notification
	opens     time.Time
	collected bool // what joined an incident, and waits for what else does
}

// The constants of what joins an incident after it was notified.
const (
	// CollectWait is how long what joins first waits for more.
	CollectWait = 5 * time.Second
	// RaisePace is the least time between two notifications of what joined one incident at one destination.
	RaisePace = 30 * time.Second
)

func newDeferrals(lastDaily time.Time) deferrals {
	return deferrals{rows: map[cardKey]*deferred{}, lastDaily: lastDaily}
}

func (d *deferred) key() cardKey { return cardKey{d.Incident, d.To} }

// isDue reports whether the wait is over. What joined waits for a length of time: it is over too when the clock was set back, before
// it began.
func (d *deferred) isDue(at time.Time) bool {
	return !d.opens.After(at) || d.collected && d.Created.After(at)
}

// restore takes up rows that were stored.
func (ds *deferrals) restore(all []model.Notification, now time.Time) {
	for i := range all {
		n := &all[i]
		d := &deferred{Notification: n, opens: n.NotBefore.Add(-DeferGrace)}
		if d.collected = n.Snapshot.Joined != nil && d.opens.Sub(n.Created) <= RaisePace; d.collected {
			d.opens = model.Within(d.opens, now, RaisePace)
		}
		ds.put(d)
	}
}

func (ds *deferrals) put(d *deferred) { ds.rows[d.key()] = d }

// due returns, per destination, the rows whose hours are open, and when the next hours open; zero is never.
func (ds *deferrals) due(at time.Time) (due map[model.Destination][]*deferred, next time.Time) {
	due = map[model.Destination][]*deferred{}
	for _, d := range ds.rows {
		if d.isDue(at) {
			due[d.To] = append(due[d.To], d)
		} else {
			next = model.Earlier(next, d.opens)
		}
	}
	return due, next
}

func (ds *deferrals) migrate(moved map[model.ChatID]model.ChatID) {
	rows := ds.rows
	ds.rows = make(map[cardKey]*deferred, len(rows))
	for _, d := range rows {
		move(&d.To.Chat, moved)
		ds.put(d)
	}
}

// add defers what a destination should be notified of, unless that waits already.
func (ds *deferrals) add(t *transaction, in *incident, card *model.Card) {
	ds.releaseCollected(t, in, card)
	if ds.rows[cardKey{in.ID, card.To}] == nil {
		ds.addUntilOpen(t, in, card, model.NotifyOpened)
	}
}

func (ds *deferrals) addUntilOpen(t *transaction, in *incident, card *model.Card, kind model.NotificationKind) {
	opens := t.hours(in, card.To).NextOpen(t.at)
	if opens.IsZero() {
		opens = t.at.Add(model.Day)
	}
	n := t.resolved(in, card)
	n.Kind, n.NotBefore = kind, opens.Add(DeferGrace)
	if kind == model.NotifyOpened {
		n.Severity = t.severityAt(in, card.To)
		n.Silent = t.routing.Sound.silent(n.Severity, opens)
		if card.Down {
			n.Kind, n.Snapshot.Joined = model.NotifyRaised, joined(t.news(in, card), card)
		}
	}
	ds.put(&deferred{Notification: t.write(n), opens: opens})
	t.wakeBy(opens)
}

// collect has what joined an incident wait, and reports whether it does. The row is in the outbox from the first on: when no
// Manager runs, the dispatcher sends it.
func (ds *deferrals) collect(t *transaction, in *incident, card *model.Card) (waits bool) {
	switch d := ds.rows[cardKey{in.ID, card.To}]; {
	case d == nil:
		due := t.at.Add(CollectWait)
		if next := card.RaisedAt.Add(RaisePace); next.After(due) && !card.RaisedAt.After(t.at) {
			due = next
		}
		ds.addUntil(t, in, card, due)
		return true
	case d.collected:
		return !d.isDue(t.at)
	default:
		return false
	}
}

// addUntil has what joined an incident wait until a moment.
func (ds *deferrals) addUntil(t *transaction, in *incident, card *model.Card, due time.Time) {
	n := t.resolved(in, card)
	n.Kind, n.NotBefore, n.Severity = model.NotifyRaised, due.Add(DeferGrace), t.severityAt(in, card.To)
	n.Silent = t.silent(in, card.To, n.Severity)
	n.Snapshot.Joined = joined(t.news(in, card), card)
	ds.put(&deferred{Notification: t.write(n), opens: due, collected: true})
	t.wakeBy(due)
}

// releaseCollected takes back what was collected.
func (ds *deferrals) releaseCollected(t *transaction, in *incident, card *model.Card) {
	if d := ds.rows[cardKey{in.ID, card.To}]; d != nil && d.collected {
		ds.drop(t, d)
	}
}

// endWaits reports whether the end of an incident waits for active hours.
func (ds *deferrals) endWaits(in *incident, card *model.Card) bool {
	d := ds.rows[cardKey{in.ID, card.To}]
	return d != nil && d.Kind == model.NotifyResolved
}

// release takes back what waits for active hours, and reports whether there was anything.
func (ds *deferrals) release(t *transaction, in *incident, card *model.Card) bool {
	d := ds.rows[cardKey{in.ID, card.To}]
	if d == nil {
		return false
	}
	ds.drop(t, d)
	return true
}

func (ds *deferrals) drop(t *transaction, d *deferred) {
	delete(ds.rows, d.key())
	t.pending.revoke(d.Notification)
}

// releaseDue notifies of what has waited for hours that are open now, by one message per destination.
func (ds *deferrals) releaseDue(t *transaction) {
	due, next := ds.due(t.at)
	t.wakeBy(next)
	for _, to := range sortedDestinations(due) {
		rows := ds.releaseJoined(t, due[to])
		slices.SortFunc(rows, func(a, b *deferred) int { return cmp.Compare(a.Incident, b.Incident) })
		ds.catchUp(t, to, rows)
	}
}

// releaseJoined has the incidents gone through of which what joined has waited for long enough, and returns the other rows.
func (ds *deferrals) releaseJoined(t *transaction, rows []*deferred) (others []*deferred) {
	for _, d := range rows {
		in := t.incidents.byID[d.Incident]
		switch {
		case !d.collected:
			others = append(others, d)
		case in == nil:
			ds.drop(t, d)
		default:
			t.touch(in, touch{})
		}
	}
	return others
}

func (ds *deferrals) catchUp(t *transaction, to model.Destination, rows []*deferred) {
	var stillOpen []*incident
	var gone []*deferred
	for _, d := range rows {
		ds.drop(t, d)
		in := t.incidents.byID[d.Incident]
		switch {
		case in == nil || !in.Open() || d.Kind == model.NotifyResolved: // for this chat a storm may be over that is open for others
			gone = append(gone, d)
		case t.inhibited(in, to) || t.isMuted(in, to) || in.card(to) == nil || !t.needsNotification(in, in.card(to)):
		default:
			stillOpen = append(stillOpen, in)
		}
	}
	if len(stillOpen) == 0 && len(gone) == 1 && gone[0].Kind == model.NotifyResolved {
		n := *gone[0].Notification
		n.ID, n.NotBefore = 0, time.Time{}
		t.write(n)
		return
	}
	t.digest(to, stillOpen, gone, false)
}
