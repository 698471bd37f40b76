package alerts

import "opsbot/model"

// write adds a row to the outbox.
func (t *transaction) write(n model.Notification) *model.Notification {
	n.Created = t.at
	return t.pending.add(n)
}

// notifyNow writes that an incident opened, or that its severity rose.
func (t *transaction) notifyNow(in *incident, card *model.Card) {
	kind := model.NotifyOpened
	if card.Down {
		kind = model.NotifyRaised
	}
	t.deferred.release(t, in, card)
	if in.group != nil && !in.isNotified() {
		in.group.edited, in.group.late = t.at, false // whatever was to be edited until now is on the first card
	}
	scope, _ := t.routing.scope(card.To)
	severity := t.severity(in, scope)
	t.write(model.Notification{
		Kind: kind, Incident: in.ID, To: card.To, Severity: severity, Silent: t.silent(in, card.To, severity),
		Snapshot: model.Snapshot{Incident: t.snapshot(in, card.To, scope)},
	})
	t.notified(in, card)
}

// notified notes that a destination knows of an incident as it is now.
func (t *transaction) notified(in *incident, card *model.Card) {
	if t.needsNotification(in, card) {
		card.Severity = t.severityAt(in, card.To)
	}
	card.Down = true
	t.skipReminders(in, card)
	t.pending.keepCard(card)
}

// edit writes a silent edit of a card.
func (t *transaction) edit(in *incident, card *model.Card, scope model.Scope) {
	t.pending.edit(&model.Notification{
		Kind: model.NotifyUpdated, Incident: in.ID, To: card.To, Severity: t.severity(in, scope), Silent: true, Created: t.at,
		Snapshot: model.Snapshot{Incident: t.snapshot(in, card.To, scope)},
	})
}

// notifyResolved writes the end of an incident, for whoever was notified of its beginning. When its parent's card is there,
// that is an edit only.
func (t *transaction) notifyResolved(in *incident, card *model.Card) {
	scope, _ := t.routing.scope(card.To)
	inhibited := t.incidents.inhibited(in, card.To)
	deferred := t.deferred.release(t, in, card)
	if !card.Down {
		if deferred && !inhibited { // came and went outside the hours
			t.deferred.addUntilOpen(t, in, card, model.NotifyOpened)
		}
		return
	}
	t.edit(in, card, scope)
	switch {
	case in.group != nil && card.Severity == model.SeverityInfo: // that nobody is affected was no bad news whose end is any
	case inhibited && t.incidents.byID[in.Parent].card(card.To).Down:
	case t.inHours(in, card.To, card.Severity):
		t.write(t.resolved(in, card))
	default:
		t.deferred.addUntilOpen(t, in, card, model.NotifyResolved)
	}
}

// resolved is the notification of the end of an incident.
func (t *transaction) resolved(in *incident, card *model.Card) model.Notification {
	scope, _ := t.routing.scope(card.To)
	shown := t.snapshot(in, card.To, scope)
	if !in.Open() {
		shown.Parent = 0 // it is notified apart because its parent was not notified here
	}
	return model.Notification{
		Kind: model.NotifyResolved, Incident: in.ID, To: card.To, Severity: card.Severity,
		Silent: card.Severity < model.SeverityCritical || t.silent(in, card.To, card.Severity), Snapshot: model.Snapshot{Incident: shown},
	}
}

// silent reports whether a notification of a severity arrives without a sound at a destination now.
func (t *transaction) silent(in *incident, to model.Destination, severity model.Severity) bool {
	target := t.target(in, to)
	return target.silent(severity, t.at)
}
