package alerts

import (
	"maps"
	"slices"

	"opsbot/model"
)

// tell goes through the incidents that were touched, new ones first, then worst first, and writes what each
// destination is told of them. It goes by levels too: what a card lacks of what it should have been told is told,
// whatever step it was missed in.
func (s *transaction) notify() {
	touched := slices.SortedFunc(maps.Keys(s.touched), func(a, b *incident) int {
		if opened := s.touched[a].opened; opened != s.touched[b].opened {
			if opened {
				return -1
			}
			return 1
		}
		return model.CompareIncidents(&a.Incident, &b.Incident)
	})
	for _, in := range touched {
		if why := s.touched[in]; why.opened || why.raised {
			s.deal(in, touched)
		}
	}
	for _, in := range touched {
		edited := s.touched[in].edited && !s.tooSoon(in)
		for _, card := range in.cards {
			s.notifyCard(in, card, edited)
		}
	}
	s.endFirstStart()
	for _, in := range slices.Concat(s.storms, s.groups) {
		s.endWithin(in)
	}
	for _, in := range touched {
		if !in.Open() {
			s.dismiss(in)
		}
	}
}

// deal gives a card to every destination an incident is routed to. Told or not, it is kept: what comes later is told
// to those who have one. A storm goes wherever its parts go; those that were not touched have been dealt with before.
func (s *transaction) deal(in *incident, touched []*incident) {
	if in.Kind != model.IncidentStorm {
		s.dealTo(in, s.targets(in))
		return
	}
	for _, part := range touched {
		if part.Parent == in.ID && part.Open() {
			s.dealTo(in, s.targets(part))
		}
	}
}

func (s *transaction) dealTo(in *incident, targets []Target) {
	for _, target := range targets {
		if in.card(target.To) == nil {
			card := &model.Card{Incident: in.ID, To: target.To}
			in.cards = append(in.cards, card)
			s.keepCard(card)
		}
	}
}

func (s *transaction) keepCard(card *model.Card) {
	s.waiting.cards[cardKey{card.Incident, card.To}] = card
}

// dismiss forgets an incident whose end was told, and the mutes of it alone.
func (s *transaction) dismiss(in *incident) {
	delete(s.byID, in.ID)
	s.mutes = slices.DeleteFunc(s.mutes, func(m *model.Mute) bool {
		if m.Incident != in.ID {
			return false
		}
		ended := *m
		ended.EndedAt = s.at
		s.waiting.mutes[m.ID] = ended
		return true
	})
}

func (s *transaction) notifyCard(in *incident, card *model.Card, edited bool) {
	scope, known := s.routing.scope(card.To)
	if !known {
		s.release(in, card)
		return
	}
	if !in.Open() {
		s.notifyResolved(in, card)
		return
	}
	if edited && card.Down {
		s.edit(in, card, scope)
	}
	switch {
	case !s.owed(in, card) || s.inhibited(in, card.To) || s.first != nil:
	case s.isMuted(in, card.To):
		s.release(in, card)
	case !s.mayNotify(in, card.To, s.severity(in, scope)):
		s.deferCard(in, card)
	default:
		s.notifyNow(in, card)
	}
}

// owed reports whether a destination was not told of an incident, or not that it is so bad.
func (s *transaction) owed(in *incident, card *model.Card) bool {
	scope, _ := s.routing.scope(card.To)
	switch {
	case in.Kind == model.IncidentStorm && !s.inScope(in, scope):
		return false // what is left of it is of others
	case in.Kind == model.IncidentEventGroup && !s.worthNotifying(in, scope):
		return false
	}
	return !card.Down || s.severity(in, scope) > card.Severity
}

// severity is how bad an incident is for whoever sees a scope: what it is to others wakes nobody.
func (b *Manager) severity(in *incident, scope model.Scope) model.Severity {
	worst := model.SeverityInfo
	switch {
	case !scope.Limited || !in.Open():
		return in.Severity
	case in.Kind == model.IncidentStorm:
		for _, part := range b.parts(in) {
			if touches(&part.Incident, scope) {
				worst = max(worst, b.severity(part, scope))
			}
		}
	case in.Kind == model.IncidentEventGroup:
		return b.viewOf(&in.Incident, in, scope).Severity
	case in.Kind == model.IncidentHost:
		for i := range in.Affected {
			if state := &in.Affected[i]; scope.Sees(state.Client) {
				worst = max(worst, state.Severity())
			}
		}
	default:
		return in.Severity
	}
	return worst
}

func (b *Manager) severityAt(in *incident, to model.Destination) model.Severity {
	scope, _ := b.routing.scope(to)
	return b.severity(in, scope)
}

// explained reports whether a destination has the card of the incident that explains this one.
func (s *transaction) inhibited(in *incident, to model.Destination) bool {
	parent := s.byID[in.Parent]
	return parent != nil && parent.card(to) != nil
}

func (s *transaction) isMuted(in *incident, to model.Destination) bool {
	_, yes := s.muted(in, to, s.at)
	return yes
}

// mayNotify reports whether a severity may be told at a destination now.
func (s *transaction) mayNotify(in *incident, to model.Destination, severity model.Severity) bool {
	return s.routing.bypasses(severity) || s.hours(in, to).Open(s.at)
}

// targets is where an incident is routed. A storm goes wherever its parts go.
func (b *Manager) targets(in *incident) []Target {
	if in.Kind != model.IncidentStorm {
		return b.routing.Route(b.unabridged(in), b.about(in))
	}
	var all []Target
	for _, part := range b.parts(in) {
		for _, t := range b.targets(part) {
			if !slices.ContainsFunc(all, func(other Target) bool { return other.To == t.To }) {
				all = append(all, t)
			}
		}
	}
	return all
}

func (b *Manager) about(in *incident) About {
	var about About
	if t := b.checks[in.Check]; t != nil {
		about.Hours = t.check.Hours
	}
	for _, id := range in.broken() {
		if t := b.checks[id]; t != nil && len(t.check.Labels) > 0 {
			about.Labels = append(about.Labels, t.check.Labels)
		}
	}
	return about
}

// target is how an incident comes to a destination. One that is no longer routed there comes as what usually does.
func (b *Manager) target(in *incident, to model.Destination) Target {
	for _, t := range b.targets(in) {
		if t.To == to {
			return t
		}
	}
	return b.routing.usual(to)
}

func (b *Manager) hours(in *incident, to model.Destination) *model.ActiveHours {
	return b.target(in, to).Hours
}

// notifyNow writes a beginning or a rise.
func (s *transaction) notifyNow(in *incident, card *model.Card) {
	kind := model.NotifyOpened
	if card.Down {
		kind = model.NotifyRaised
	}
	s.release(in, card)
	if in.Kind == model.IncidentEventGroup && !in.isNotified() {
		in.edited, in.stale = s.at, false // whatever was to be edited until now is on the first card
	}
	scope, _ := s.routing.scope(card.To)
	severity := s.severity(in, scope)
	s.say(model.Notification{
		Kind: kind, Incident: in.ID, To: card.To, Severity: severity, Silent: s.silent(in, card.To, severity),
		Snapshot: model.Snapshot{Incident: s.snapshot(in, card.To, scope)},
	})
	s.notifiedDown(in, card)
}

// notifiedDown notes that a destination knows of an incident as it is now.
func (s *transaction) notifiedDown(in *incident, card *model.Card) {
	if s.owed(in, card) {
		card.Severity = s.severityAt(in, card.To)
	}
	card.Down = true
	if len(s.rules.Remind) > 0 { // it was just told: what was missed is no longer due
		due, next := reminders(s.rules.Remind, s.at.Sub(in.OpenedAt))
		card.Reminded = max(card.Reminded, due)
		s.wakeBy(in.OpenedAt.Add(next))
	}
	s.keepCard(card)
}

func (s *transaction) edit(in *incident, card *model.Card, scope model.Scope) {
	t := model.Notification{
		Kind: model.NotifyUpdated, Incident: in.ID, To: card.To, Severity: s.severity(in, scope), Silent: true,
		Snapshot: model.Snapshot{Incident: s.snapshot(in, card.To, scope)},
	}
	key := cardKey{in.ID, card.To}
	if earlier := s.waiting.edits[key]; earlier != nil { // of a commit that failed
		earlier.Snapshot = t.Snapshot
		return
	}
	s.waiting.edits[key] = s.say(t)
}

// notifyResolved writes an end, to whoever was told of the beginning. An end that a parent's explains is an edit only.
func (s *transaction) notifyResolved(in *incident, card *model.Card) {
	scope, _ := s.routing.scope(card.To)
	parent := s.byID[in.Parent]
	inhibited := parent != nil && parent.card(card.To) != nil
	deferred := s.release(in, card)
	if !card.Down {
		if deferred && !inhibited { // came and went outside the hours
			s.deferUntilOpen(in, card, model.NotifyOpened)
		}
		return
	}
	s.edit(in, card, scope)
	switch {
	case in.Kind == model.IncidentEventGroup && card.Severity == model.SeverityInfo: // that nobody is affected was no bad news whose end is any
	case inhibited && parent.card(card.To).Down:
	case s.mayNotify(in, card.To, card.Severity):
		s.say(s.ending(in, card))
	default:
		s.deferUntilOpen(in, card, model.NotifyResolved)
	}
}

func (s *transaction) ending(in *incident, card *model.Card) model.Notification {
	scope, _ := s.routing.scope(card.To)
	shown := s.snapshot(in, card.To, scope)
	if !in.Open() {
		shown.Parent = 0 // it is told apart because its parent was not told here
	}
	return model.Notification{
		Kind: model.NotifyResolved, Incident: in.ID, To: card.To, Severity: card.Severity,
		Silent: card.Severity < model.SeverityCritical || s.silent(in, card.To, card.Severity), Snapshot: model.Snapshot{Incident: shown},
	}
}

// silent reports whether a telling of a severity arrives without a sound at a destination now.
func (s *transaction) silent(in *incident, to model.Destination, severity model.Severity) bool {
	t := s.target(in, to)
	return t.silent(severity, s.at)
}

// say adds a row to the outbox.
func (s *transaction) say(t model.Notification) *model.Notification {
	t.Created = s.at
	s.waiting.notifications = append(s.waiting.notifications, &t)
	return &t
}
