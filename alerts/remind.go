package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// remind notifies again of what is open and nobody has in hand.
func (t *transaction) remind() {
	if len(t.rules.Remind) == 0 {
		return
	}
	for _, in := range t.incidents.open {
		if !in.WorksSince.IsZero() || in.Flap.Rests() {
			continue
		}
		due, next := reminders(t.rules.Remind, t.at.Sub(in.OpenedAt))
		for _, card := range in.cards {
			if card.Down && card.Reminded < due {
				t.remindCard(in, card, due)
			}
		}
		t.wakeBy(in.OpenedAt.Add(next))
	}
}

// remindCard reminds one destination, once for however many reminders it missed. One that must not be notified now is due as
// long as that is so.
func (t *transaction) remindCard(in *incident, card *model.Card, due int) {
	to := card.To
	scope, known := t.routing.scope(to)
	severity := t.severity(in, scope)
	if !known || t.inHand(in, scope) || t.incidents.inhibited(in, to) || t.isMuted(in, to) || !t.inHours(in, to, severity) {
		return
	}
	card.Reminded = due
	t.pending.keepCard(card)
	t.write(model.Notification{
		Kind: model.NotifyReminder, Incident: in.ID, To: to, Severity: severity, Silent: t.silent(in, to, severity),
		Snapshot: model.Snapshot{Incident: t.snapshot(in, to, scope)},
	})
}

// skipReminders marks those reminders as sent that were due before a notification which was just written.
func (t *transaction) skipReminders(in *incident, card *model.Card) {
	if len(t.rules.Remind) == 0 {
		return
	}
	due, next := reminders(t.rules.Remind, t.at.Sub(in.OpenedAt))
	card.Reminded = max(card.Reminded, due)
	t.wakeBy(in.OpenedAt.Add(next))
}

// inHand reports whether somebody has acknowledged all of an incident that a scope sees, as bad as it is: who may not see a
// client does not answer for it, nor anybody for what joined later.
func (s *state) inHand(in *incident, scope model.Scope) bool {
	if in.Ack == nil {
		return false
	}
	return !slices.ContainsFunc(s.subjects(in, scope), func(sub subject) bool {
		covered := in.Ack.Covers == nil || in.Ack.Covers.Covers(sub.name, sub.down)
		return !sub.fine && !(covered && in.Ack.Scope.Sees(sub.service.Client))
	})
}

// reminders is how many were due after an age, and the age of the next one. The last pause repeats.
func reminders(ages []time.Duration, age time.Duration) (due int, next time.Duration) {
	for _, a := range ages {
		if age < a {
			return due, a
		}
		due++
	}
	last := ages[len(ages)-1]
	more := int((age - last) / last)
	return due + more, last + time.Duration(more+1)*last
}
