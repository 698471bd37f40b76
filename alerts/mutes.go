package alerts

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// Preview counts what a mute would hide now.
func (b *Manager) Preview(m model.Mute) model.Hidden {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.hides(&m)
}

// hides counts what a mute picks, by the inventory and the states alone. The caller holds mu.
func (b *Manager) hides(m *model.Mute) model.Hidden {
	var h model.Hidden
	clients := map[string]bool{} // true: of the gold tier
	count := func(t *tracked) {
		h.Checks++
		if c := t.check.Client(); c != "" {
			service, _ := b.inv.Service(t.check.Endpoint.ServiceKey)
			clients[c] = clients[c] || service.Tier == model.TierGold
		}
		if t.state.Phase == model.PhaseDown {
			h.Broken++
		}
	}
	if m.Incident != 0 {
		for _, in := range b.whole(m.Incident) {
			for _, id := range in.broken() {
				if t := b.checks[id]; t != nil {
					count(t)
				}
			}
		}
	} else {
		for _, c := range b.inv.Checks() {
			if m.Selector.Matches(c) {
				count(b.checks[c.ID])
			}
		}
	}
	h.Clients = len(clients)
	for name, gold := range clients {
		if gold {
			h.Gold = append(h.Gold, name)
		}
	}
	slices.SortFunc(h.Gold, model.CompareNatural)
	return h
}

// whole is an open incident, of a storm all that is in it.
func (b *Manager) whole(id model.IncidentID) []*incident {
	in := b.byID[id]
	switch {
	case in == nil:
		return nil
	case in.Kind == model.IncidentStorm:
		return b.parts(in)
	default:
		return []*incident{in}
	}
}

// broken are the checks that an incident by itself is made of.
func (in *incident) broken() []model.CheckID {
	ids := slices.Clone(in.found.Broke)
	for _, f := range in.Failing {
		ids = append(ids, f.Check)
	}
	return ids
}

// Mute stores a mute and its audit line and gives it its number; a zero From is now. On an error (ErrStore) nothing is
// muted.
func (b *Manager) Mute(ctx context.Context, m model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error) {
	b.updating.Lock()
	m.ID = b.lastMute + 1
	m.From = firstOf(m.From, b.now())
	if err := b.storeMute(ctx, &m, audit); err != nil {
		b.updating.Unlock()
		return model.Mute{}, model.Hidden{}, storeError(err)
	}
	b.mu.Lock()
	b.lastMute = m.ID
	kept := m
	b.mutes = append(b.mutes, &kept)
	hidden := b.hides(&m)
	b.mu.Unlock()
	b.updating.Unlock()
	b.showMutes(ctx)
	return m, hidden, nil
}

// ExtendMute gives a mute that holds another end. ErrNoMute when there is none; on ErrStore it is as it was.
func (b *Manager) ExtendMute(ctx context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error) {
	b.updating.Lock()
	i := b.muteAt(id)
	if i < 0 {
		b.updating.Unlock()
		return model.Mute{}, noMute(id)
	}
	m := *b.mutes[i]
	m.Until, m.Warned = until, false
	if err := b.storeMute(ctx, &m, audit); err != nil {
		b.updating.Unlock()
		return model.Mute{}, storeError(err)
	}
	b.mu.Lock()
	b.mutes[i] = &m
	b.mu.Unlock()
	b.updating.Unlock()
	b.showMutes(ctx)
	return m, nil
}

// storeMute commits a mute before it holds, so that what a person was told holds is stored. The caller holds stepping.
func (b *Manager) storeMute(ctx context.Context, m *model.Mute, audit model.AuditEntry) error {
	before, had := b.waiting.mutes[m.ID]
	lines := len(b.waiting.audit)
	b.waiting.mutes[m.ID] = *m
	b.waiting.audit = append(b.waiting.audit, audit)
	err := b.commit(ctx)
	if err == nil {
		return nil
	}
	delete(b.waiting.mutes, m.ID)
	if had {
		b.waiting.mutes[m.ID] = before
	}
	b.waiting.audit = b.waiting.audit[:lines]
	return err
}

// showMutes has the cards say until when they are muted. These are edits: their being late is no error of the mute.
func (b *Manager) showMutes(ctx context.Context) {
	_ = b.update(ctx, func(s *transaction) {
		for _, in := range s.byID {
			s.touch(in, touch{edited: s.mutedSomewhere(in)})
		}
		s.timeMutes()
	})
}

func (s *transaction) mutedSomewhere(in *incident) bool {
	return slices.ContainsFunc(in.cards, func(c *model.Card) bool { return s.isMuted(in, c.To) })
}

// EndMute lifts a mute; with report it says what still stands, as if the mute had run out; without (Undo), what was
// never told is told as if there had been no mute. ErrNoMute when there is none; after ErrStore the mute is lifted,
// and stored with the next commit.
func (b *Manager) EndMute(ctx context.Context, id model.MuteID, report bool, audit model.AuditEntry) (model.Mute, error) {
	var ended *model.Mute
	err := b.update(ctx, func(s *transaction) {
		if i := b.muteAt(id); i >= 0 {
			s.waiting.audit = append(s.waiting.audit, audit)
			ended = s.endMute(b.mutes[i], audit.Actor.Name, report)
		}
	})
	if ended == nil {
		return model.Mute{}, noMute(id)
	}
	return *ended, storeError(err)
}

func (b *Manager) muteAt(id model.MuteID) int {
	return slices.IndexFunc(b.mutes, func(m *model.Mute) bool { return m.ID == id })
}

func noMute(id model.MuteID) error {
	return &model.Error{Code: model.ErrNoMute, Args: map[string]string{"word": strconv.FormatInt(int64(id), 10)}}
}

// endMute takes a mute away. What it alone had hidden is gone through again, and reported when wanted.
func (s *transaction) endMute(m *model.Mute, by string, report bool) *model.Mute {
	freed := s.hiddenBy(m)
	ended := *m
	ended.EndedAt, ended.EndedBy = s.at, by
	s.waiting.mutes[m.ID] = ended
	s.mutes = slices.DeleteFunc(s.mutes, func(other *model.Mute) bool { return other.ID == m.ID })
	for to, ins := range freed {
		freed[to] = slices.DeleteFunc(ins, func(in *incident) bool { return s.isMuted(in, to) })
		for _, in := range freed[to] {
			s.touch(in, touch{edited: true})
		}
	}
	if report {
		for _, to := range sortedDestinations(freed) {
			s.reportMute(&ended, to, freed[to])
		}
	}
	return &ended
}

// hiddenBy is what a mute that still stands in the list hides, with others or alone, per destination. It counts as
// holding even when its time is over.
func (s *transaction) hiddenBy(m *model.Mute) map[model.Destination][]*incident {
	still := *m
	still.Until = s.at.Add(time.Hour)
	i := s.muteAt(m.ID)
	s.mutes[i] = &still
	defer func() { s.mutes[i] = m }()
	freed := map[model.Destination][]*incident{}
	for _, in := range s.byID {
		own := muteDestination(m)
		for _, c := range in.cards {
			if s.isMuted(in, c.To) {
				freed[c.To] = append(freed[c.To], in)
			}
		}
		if m.Chat != 0 && in.card(own) == nil && s.isMuted(in, own) {
			freed[own] = append(freed[own], in)
		}
	}
	return freed
}

func muteDestination(m *model.Mute) model.Destination {
	return model.Destination{Channel: telegramChannel, Chat: m.Chat, Topic: m.Topic}
}

// reportMute says what still stands: where the mute was made everything, elsewhere only when something was never told
// there. What may not be told at this hour waits for its own telling.
func (s *transaction) reportMute(m *model.Mute, to model.Destination, ins []*incident) {
	scope, known := s.routing.scope(to)
	own := m.Chat == 0 || to == muteDestination(m)
	missed := false
	ins = slices.DeleteFunc(ins, func(in *incident) bool {
		if !s.concerns(in, scope) || s.inhibited(in, to) || !s.mayNotify(in, to, s.severity(in, scope)) {
			return true
		}
		missed = missed || (in.card(to) != nil && s.owed(in, in.card(to)))
		return false
	})
	if !known || len(ins) == 0 || (!own && !missed) {
		return
	}
	slices.SortFunc(ins, func(a, b *incident) int { return model.CompareIncidents(&a.Incident, &b.Incident) })
	stillOpen := s.pictures(to, ins)
	worst := worstOf(stillOpen)
	s.say(model.Notification{
		Kind: model.NotifyMuteEnded, To: to, Severity: worst, Silent: s.routing.Sound.silent(worst, s.at),
		Snapshot: model.Snapshot{Mute: m, Open: stillOpen},
	})
	for _, in := range ins {
		if card := in.card(to); card != nil {
			s.release(in, card)
			s.notifiedDown(in, card)
		}
	}
}

// timeMutes warns of mutes that end soon and ends those whose time is over.
func (s *transaction) timeMutes() {
	for _, m := range slices.Clone(s.mutes) {
		switch {
		case !s.at.Before(m.Until):
			s.endMute(m, "", true)
			continue
		case !m.Warned && !s.at.Before(m.WarnAt()):
			s.warnMute(m)
		}
		if !m.Warned && s.at.Before(m.WarnAt()) {
			s.wakeBy(m.WarnAt())
		}
		s.beginMute(m)
		s.wakeBy(m.Until)
	}
}

// beginMute has the cards say that a mute which was planned holds from now on.
func (s *transaction) beginMute(m *model.Mute) {
	switch {
	case s.at.Before(m.From):
		s.planned[m.ID] = true
		s.wakeBy(m.From)
	case s.planned[m.ID]:
		delete(s.planned, m.ID)
		for _, in := range s.byID {
			s.touch(in, touch{edited: s.mutedSomewhere(in)})
		}
	}
}

// warnMute says that a mute is about to end, where it was made, or where it hides something.
func (s *transaction) warnMute(m *model.Mute) {
	warned := *m
	warned.Warned = true
	s.mutes[s.muteAt(m.ID)] = &warned
	s.waiting.mutes[m.ID] = warned
	where := []model.Destination{muteDestination(m)}
	if m.Chat == 0 {
		where = sortedDestinations(s.hiddenBy(&warned))
	}
	hidden := s.hides(m)
	for _, to := range where {
		if _, known := s.routing.scope(to); known {
			s.say(model.Notification{
				Kind: model.NotifyMuteEnding, To: to, Silent: true, Incident: 0, Severity: model.SeverityInfo,
				Snapshot: model.Snapshot{Mute: &warned, Hidden: &hidden},
			})
		}
	}
}

func compareMutes(a, b model.Mute) int { return cmp.Compare(a.ID, b.ID) }
