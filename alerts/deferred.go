package alerts

import (
	"cmp"
	"slices"
	"time"

	"opsbot/model"
)

// digestDetail is how many incidents of a digest keep the list of their failing checks: what comes behind them is a
// line each.
const digestDetail = 100

// held is a row of the outbox that waits for hours. There is one at most for an incident and a destination.
type deferred struct {
	*model.Notification
	opens time.Time
}

// hold writes the telling that waits for the hours, unless it waits already.
func (s *transaction) deferCard(in *incident, card *model.Card) {
	if s.deferred[cardKey{in.ID, card.To}] == nil {
		s.deferUntilOpen(in, card, model.NotifyOpened)
	}
}

func (s *transaction) deferUntilOpen(in *incident, card *model.Card, kind model.NotificationKind) {
	opens := s.hours(in, card.To).NextOpen(s.at)
	if opens.IsZero() {
		opens = s.at.Add(model.Day)
	}
	t := s.ending(in, card)
	t.Kind, t.NotBefore = kind, opens.Add(DeferGrace)
	if kind == model.NotifyOpened {
		t.Severity = s.severityAt(in, card.To)
		t.Silent = s.routing.Sound.silent(t.Severity, opens)
		if card.Down {
			t.Kind = model.NotifyRaised
		}
	}
	s.deferred[cardKey{in.ID, card.To}] = &deferred{Notification: s.say(t), opens: opens}
	s.wakeBy(opens)
}

// unhold takes back what waits for the hours and reports whether there was anything.
func (s *transaction) release(in *incident, card *model.Card) bool {
	h := s.deferred[cardKey{in.ID, card.To}]
	if h == nil {
		return false
	}
	s.dropDeferred(h)
	return true
}

func (s *transaction) dropDeferred(h *deferred) {
	delete(s.deferred, cardKey{h.Incident, h.To})
	s.waiting.revoke(h.Notification)
}

// releaseDue tells what has waited for hours that are open now, as one message per destination.
func (s *transaction) releaseDue() {
	due := map[model.Destination][]*deferred{}
	for _, h := range s.deferred {
		if h.opens.After(s.at) {
			s.wakeBy(h.opens)
			continue
		}
		due[h.To] = append(due[h.To], h)
	}
	for _, to := range sortedDestinations(due) {
		rows := due[to]
		slices.SortFunc(rows, func(a, b *deferred) int { return cmp.Compare(a.Incident, b.Incident) })
		s.catchUp(to, rows)
	}
}

func (s *transaction) catchUp(to model.Destination, rows []*deferred) {
	var stillOpen []*incident
	var gone []*deferred
	for _, h := range rows {
		s.dropDeferred(h)
		in := s.byID[h.Incident]
		switch {
		case in == nil || !in.Open():
			gone = append(gone, h)
		case s.inhibited(in, to) || s.isMuted(in, to) || in.card(to) == nil || !s.owed(in, in.card(to)):
		default:
			stillOpen = append(stillOpen, in)
		}
	}
	if len(stillOpen) == 0 && len(gone) == 1 && gone[0].Kind == model.NotifyResolved {
		t := *gone[0].Notification
		t.ID, t.NotBefore = 0, time.Time{}
		s.say(t)
		return
	}
	s.announce(to, stillOpen, gone, false)
}

// announce tells a destination of what stands and of what came and went: one incident alone by its card, more by a
// digest, which counts as having told each of them.
func (s *transaction) announce(to model.Destination, stillOpen []*incident, gone []*deferred, first bool) {
	if len(stillOpen)+len(gone) == 0 {
		return
	}
	if len(stillOpen) == 1 && len(gone) == 0 {
		s.notifyNow(stillOpen[0], stillOpen[0].card(to))
		return
	}
	slices.SortFunc(stillOpen, func(a, b *incident) int { return model.CompareIncidents(&a.Incident, &b.Incident) })
	snapshot := model.Snapshot{Open: s.pictures(to, stillOpen), FirstStart: first}
	for _, h := range gone {
		snapshot.Gone = append(snapshot.Gone, *h.Snapshot.Incident)
	}
	worst := worstOf(snapshot.Open)
	s.say(model.Notification{Kind: model.NotifyDigest, To: to, Severity: worst, Silent: s.routing.Sound.silent(worst, s.at), Snapshot: snapshot})
	for _, in := range stillOpen {
		s.notifiedDown(in, in.card(to))
	}
}

// pictures are snapshots for a message about several incidents.
func (s *transaction) pictures(to model.Destination, ins []*incident) []model.Incident {
	scope, _ := s.routing.scope(to)
	out := make([]model.Incident, len(ins))
	for i, in := range ins {
		out[i] = *s.snapshot(in, to, scope)
		if i >= digestDetail {
			out[i].Failing = nil
		}
	}
	return out
}

func worstOf(ins []model.Incident) model.Severity {
	worst := model.SeverityInfo
	for i := range ins {
		worst = max(worst, ins[i].Severity)
	}
	return worst
}

func sortedDestinations[V any](m map[model.Destination]V) []model.Destination {
	out := make([]model.Destination, 0, len(m))
	for to := range m {
		out = append(out, to)
	}
	slices.SortFunc(out, compareDestinations)
	return out
}

// firstStart is the time of a first start in which what is down is collected: until every check has been judged once.
type firstStart struct {
	until     time.Time
	unsettled map[model.CheckID]bool
}

func newFirstStart(until time.Time, checks map[model.CheckID]*tracked) *firstStart {
	f := &firstStart{until: until, unsettled: make(map[model.CheckID]bool, len(checks))}
	for id := range checks {
		f.unsettled[id] = true
	}
	return f
}

func (f *firstStart) add(id model.CheckID) {
	if f != nil {
		f.unsettled[id] = true
	}
}

func (f *firstStart) drop(id model.CheckID) {
	if f != nil {
		delete(f.unsettled, id)
	}
}

// settled notes a result: a check that is failing below its limit is still to be judged.
func (f *firstStart) settled(t *tracked) {
	if f != nil && t.state.Phase != model.PhaseFailing {
		delete(f.unsettled, t.check.ID)
	}
}

// endFirstStart tells what a first start found, when it has found all.
func (s *transaction) endFirstStart() {
	if s.first == nil {
		return
	}
	if s.at.Before(s.first.until) && (len(s.first.unsettled) > 0 || len(s.verifications) > 0) {
		s.wakeBy(s.first.until)
		return
	}
	s.first, s.recent = nil, nil // the digest has them: they are no storm as well
	owing := map[model.Destination][]*incident{}
	for _, in := range s.byID {
		for _, card := range in.cards {
			_, known := s.routing.scope(card.To)
			switch {
			case !in.Open() || !known || !s.owed(in, card) || s.inhibited(in, card.To) || s.isMuted(in, card.To):
			case s.mayNotify(in, card.To, s.severityAt(in, card.To)):
				owing[card.To] = append(owing[card.To], in)
			default:
				s.deferCard(in, card)
			}
		}
	}
	for _, to := range sortedDestinations(owing) {
		s.announce(to, owing[to], nil, true)
	}
}
