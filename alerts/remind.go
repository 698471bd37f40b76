package alerts

import (
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// remind notifies again of what is open and nobody has in hand, when the last message about it is old enough.
func (t *transaction) remind() {
	if len(t.rules.Remind) == 0 {
		return
	}
	all := slices.Collect(maps.Values(t.incidents.open))
	sortIncidents(all) // several that are due at once come worst first
	for _, in := range all {
		if in.Condition().Works() {
			continue
		}
		for _, card := range in.cards {
			if !card.Down {
				continue
			}
			due := t.reminderDue(card)
			if !t.at.Before(due) {
				t.remindCard(in, card)
				due = t.reminderDue(card)
			}
			if due.After(t.at) {
				t.wakeBy(due)
			}
		}
	}
}

// reminderDue is when a destination is to be reminded: a pause after the last message, whatever that was, so that none comes right
// after a digest or a rise. What was missed is one reminder.
func (t *transaction) reminderDue(card *model.Card) time.Time {
	return card.NotifiedAt.Add(reminderPause(t.rules.Remind, card.Reminded))
}

// reminderPause is the pause before the next reminder after some: the distances of the ages, the last of which repeats as a whole.
func reminderPause(ages []time.Duration, sent int) time.Duration {
	switch {
	case sent == 0:
		return ages[0]
	case sent < len(ages):
		return ages[sent] - ages[sent-1]
	default:
		return ages[len(ages)-1]
	}
}

// remindCard reminds one destination. One that must not be notified now is due as long as that is so.
func (t *transaction) remindCard(in *incident, card *model.Card) {
	to := card.To
	scope, known := t.routing.scope(to)
	severity := t.severity(in, scope)
	if in.storm != nil && !t.hasSubjects(in, scope) { // what is left of it is another incident's by now
		return
	}
	if !known || t.inHand(in, scope) || t.inhibited(in, to) || t.isMuted(in, to) || !t.inHours(in, to, severity) {
		return
	}
	card.Reminded++
	card.NotifiedAt = t.at
	t.pending.keepCard(card)
	t.write(model.Notification{
		Kind: model.NotifyReminder, Incident: in.ID, To: to, Severity: severity, Silent: t.silent(in, to, severity),
		Snapshot: model.Snapshot{Incident: t.snapshot(in, to, scope)},
	})
}
