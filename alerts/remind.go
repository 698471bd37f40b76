package alerts

import (
	"slices"
	"time"

	"opsbot/model"
)

// remind tells again of what stands and nobody has in hand.
func (s *transaction) remind() {
	if len(s.rules.Remind) == 0 {
		return
	}
	for _, in := range s.open {
		if !in.WorksSince.IsZero() || in.Flap.Rests() {
			continue
		}
		due, next := reminders(s.rules.Remind, s.at.Sub(in.OpenedAt))
		for _, card := range in.cards {
			if card.Down && card.Reminded < due {
				s.remindCard(in, card, due)
			}
		}
		s.wakeBy(in.OpenedAt.Add(next))
	}
}

// remindCard tells one destination again, once for however many reminders it missed. One that may not be told now is due
// as long as that is so.
func (s *transaction) remindCard(in *incident, card *model.Card, due int) {
	scope, known := s.routing.scope(card.To)
	severity := s.severity(in, scope)
	if !known || inHand(in, scope) || s.inhibited(in, card.To) || s.isMuted(in, card.To) || !s.mayNotify(in, card.To, severity) {
		return
	}
	card.Reminded = due
	s.keepCard(card)
	s.say(model.Notification{
		Kind: model.NotifyReminder, Incident: in.ID, To: card.To, Severity: severity, Silent: s.silent(in, card.To, severity),
		Snapshot: model.Snapshot{Incident: s.snapshot(in, card.To, scope)},
	})
}

// inHand reports whether somebody has in hand all of an incident that a scope sees: who may not see a client does not
// answer for it.
func inHand(in *incident, scope model.Scope) bool {
	return in.Ack != nil && !slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool {
		return scope.Sees(s.Client) && !in.Ack.Scope.Sees(s.Client)
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
