package alerts

import "opsbot/model"

// leaveUnknown drops what waits for a destination that is no longer known.
func (t *transaction) leaveUnknown(d delivery) (decided bool) {
	if !d.known {
		t.deferred.release(t, d.in, d.card)
	}
	return !d.known
}

// resolve writes the end of an incident.
func (t *transaction) resolve(d delivery) (decided bool) {
	if !d.in.Open() {
		t.notifyResolved(d.in, d.card)
	}
	return !d.in.Open()
}

// update edits a card that was sent.
func (t *transaction) update(d delivery) (decided bool) {
	if d.edited && d.card.Down {
		t.edit(d.in, d.card, d.scope)
	}
	return false
}

// leaveNotified leaves out destinations that were notified of all there is, and takes back what was collected and is no more.
func (t *transaction) leaveNotified(d delivery) (decided bool) {
	if t.needsNotification(d.in, d.card) {
		return false
	}
	t.deferred.releaseCollected(t, d.in, d.card)
	return true
}

// inhibit leaves out incidents whose parent has a card at the destination, or may yet get one.
func (t *transaction) inhibit(d delivery) (decided bool) {
	return t.inhibited(d.in, d.card.To) || !d.card.Down && t.awaits(d.in)
}

// collectFirst leaves everything to the digest of a first start.
func (t *transaction) collectFirst(delivery) (decided bool) { return t.deferred.first != nil }

// mute leaves out what is muted, and takes back what waits.
func (t *transaction) mute(d delivery) (decided bool) {
	muted := t.isMuted(d.in, d.card.To)
	if muted {
		t.deferred.release(t, d.in, d.card)
	}
	return muted
}

// collect has what joins an incident wait for a moment, so that all that joins it then is one notification.
func (t *transaction) collect(d delivery) (decided bool) {
	if !d.card.Down || !d.in.collects() {
		return false
	}
	return t.deferred.collect(t, d.in, d.card)
}

// deferToHours has what comes outside the active hours wait for them.
func (t *transaction) deferToHours(d delivery) (decided bool) {
	open := t.inHours(d.in, d.card.To, t.severity(d.in, d.scope))
	if !open {
		t.deferred.add(t, d.in, d.card)
	}
	return !open
}

// notify notifies the destination.
func (t *transaction) notify(d delivery) (decided bool) {
	t.notifyNow(d.in, d.card)
	return true
}

// needsNotification reports whether the destination was never notified of the incident, or was and something has joined it, got
// down or got worse since. It goes by levels: what was missed in one transaction is notified in the next that comes to it.
func (t *transaction) needsNotification(in *incident, card *model.Card) bool {
	scope, _ := t.routing.scope(card.To)
	switch {
	case in.storm != nil && !t.inScope(in, scope):
		return false // what is left of it is of others
	case in.group != nil && !in.group.worthNotifying(t, scope):
		return false
	case in.Condition() == model.ConditionResting:
		return false // it works right now: there is news when it breaks again
	}
	if !card.Down {
		return true
	}
	t.upgrade(in, card)
	if t.hasSubjects(in, scope) {
		return t.hasNews(in, card)
	}
	return t.severity(in, scope) > card.Severity
}

// inHours reports whether a destination may be notified of a severity now.
func (t *transaction) inHours(in *incident, to model.Destination, severity model.Severity) bool {
	return t.routing.bypasses(severity) || t.hours(in, to).Open(t.at)
}
