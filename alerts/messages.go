package alerts

import (
	"maps"

	"opsbot/model"
)

// write adds a row to the outbox.
func (t *transaction) write(n model.Notification) *model.Notification {
	n.Created = t.at
	return t.pending.add(n)
}

// notifyNow writes that an incident opened, or that it got worse: something joined it, or its severity rose. An opening of which
// everything was notified before, one by one, makes no sound.
func (t *transaction) notifyNow(in *incident, card *model.Card) {
	t.deferred.release(t, in, card)
	if pace := in.pace(); pace != nil && !in.isNotified() {
		pace.edited, pace.late = t.at, false // whatever was to be edited until now is on the first card
	}
	scope, _ := t.routing.scope(card.To)
	n := model.Notification{
		Kind: model.NotifyOpened, Incident: in.ID, To: card.To, Severity: t.severity(in, scope),
		Snapshot: model.Snapshot{Incident: t.snapshot(in, card.To, scope)},
	}
	news := t.news(in, card)
	if card.Down {
		n.Kind, n.Snapshot.Joined = model.NotifyRaised, joined(news, card)
		card.RaisedAt = t.at
	}
	n.Silent = t.silent(in, card.To, n.Severity) || len(news) == 0 && in.Gathered() && t.hasSubjects(in, scope)
	t.write(n)
	t.notified(in, card)
}

// joined names what is news in an incident for a destination; nil when nothing is.
func joined(news []subject, card *model.Card) *model.Joined {
	if len(news) == 0 {
		return nil
	}
	var all model.Joined
	for i := range news {
		switch sub := &news[i]; {
		case sub.check != "":
			all.Checks = append(all.Checks, sub.check)
		case sub.unmapped != "":
			all.Unmapped = append(all.Unmapped, sub.unmapped)
		default:
			if _, named := card.Named[sub.name]; named {
				all.Worse = append(all.Worse, sub.service)
			} else {
				all.Services = append(all.Services, sub.service)
			}
		}
	}
	return &all
}

// notified notes that a destination knows of an incident as it is now, but for what is muted there.
func (t *transaction) notified(in *incident, card *model.Card) {
	scope, _ := t.routing.scope(card.To)
	if severity := t.severity(in, scope); !card.Down || severity > card.Severity {
		card.Severity = severity
	}
	named := model.Named{}
	maps.Copy(named, card.Named)
	for _, sub := range t.subjects(in, scope) {
		if t.subjectMutedUntil(in, &sub, card.To).IsZero() {
			named.Add(sub.name, sub.down)
		}
	}
	card.Down, card.Named, card.NotifiedAt = true, named, t.at
	if len(t.rules.Remind) > 0 {
		t.wakeBy(t.reminderDue(card))
	}
	t.pending.keepCard(card)
}

// upgrade notes what a destination knows of an incident that an earlier version notified: all of it as it is now.
func (t *transaction) upgrade(in *incident, card *model.Card) {
	if card.Named != nil {
		return
	}
	scope, _ := t.routing.scope(card.To)
	card.Named = model.Named{}
	for _, sub := range t.subjects(in, scope) {
		card.Named.Add(sub.name, sub.down)
	}
	t.pending.keepCard(card)
}

func (s *state) hasSubjects(in *incident, scope model.Scope) bool {
	return s.anySubject(in, scope, func(*subject) bool { return true })
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
	inhibited := t.inhibited(in, card.To)
	if !card.Down && t.deferred.endWaits(in, card) {
		return // it was over for that chat before, which is still to be notified of it
	}
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
	case inhibited && t.parentAt(in, card.To).card(card.To).Down:
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
