package alerts

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// Mute stores a mute and its audit line and gives it its number; a zero From is now. On an error (ErrUnchanged)
// nothing is muted.
func (m *Manager) Mute(ctx context.Context, mute model.Mute, audit model.AuditEntry) (model.Mute, model.Hidden, error) {
	hidden, err := m.addMute(ctx, &mute, audit)
	if err != nil {
		return model.Mute{}, model.Hidden{}, unchanged(err)
	}
	m.showMutes(ctx)
	return mute, hidden, nil
}

func (m *Manager) addMute(ctx context.Context, mute *model.Mute, audit model.AuditEntry) (model.Hidden, error) {
	m.updating.Lock()
	defer m.updating.Unlock()
	s := &m.state
	mute.ID = s.mutes.last + 1
	mute.From = firstOf(mute.From, s.now())
	mute.Measure()
	if in := s.incidents.byID[mute.Incident]; in != nil {
		mute.Covers = s.named(in)
	}
	at := s.mutes.ofIncident(mute.Incident, mute.From)
	if at >= 0 {
		*mute = extended(s.mutes.active[at], mute)
	}
	if err := m.storeMute(ctx, mute, audit); err != nil {
		return model.Hidden{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := *mute
	if at >= 0 {
		s.mutes.active[at] = &kept
	} else {
		s.mutes.last = mute.ID
		s.mutes.active = append(s.mutes.active, &kept)
	}
	return s.hides(mute, model.Scope{}), nil
}

// ofIncident is the index of the active mute of an incident; -1 if it has none.
func (ms *mutes) ofIncident(id model.IncidentID, now time.Time) int {
	if id == 0 {
		return -1
	}
	return slices.IndexFunc(ms.active, func(m *model.Mute) bool { return m.Incident == id && m.Active(now) })
}

// extended is the mute of an incident that is muted again: the same one, of all that the incident was then and is now, until the later of both ends.
// Who mutes again wants no more notifications than before.
func extended(before, again *model.Mute) model.Mute {
	m := *before
	m.Covers, m.Reason = before.Covers.Union(again.Covers), cmp.Or(again.Reason, before.Reason)
	if again.Until.After(m.Until) {
		m.Until, m.Lasts, m.Warned = again.Until, again.Lasts, false
	}
	m.Measure()
	return m
}

// ExtendMute gives an active mute another end: a length from now on, or a moment, which has no elapsed time. ErrNoMute when there is none; on
// ErrUnchanged it is as it was.
func (m *Manager) ExtendMute(ctx context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error) {
	mute, err := m.moveEnd(ctx, id, until, audit)
	if err != nil {
		return model.Mute{}, err
	}
	m.showMutes(ctx)
	return mute, nil
}

func (m *Manager) moveEnd(ctx context.Context, id model.MuteID, until time.Time, audit model.AuditEntry) (model.Mute, error) {
	m.updating.Lock()
	defer m.updating.Unlock()
	i := m.state.mutes.index(id)
	if i < 0 {
		return model.Mute{}, noMute(id)
	}
	mute := *m.state.mutes.active[i]
	mute.Until, mute.Warned = until, false
	mute.Measure()
	if !model.Elapses(until) {
		mute.Lasts = 0 // "until 18:00" is a moment
	}
	if err := m.storeMute(ctx, &mute, audit); err != nil {
		return model.Mute{}, unchanged(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.mutes.active[i] = &mute
	return mute, nil
}

// storeMute commits a mute before it takes effect, so that what a person is told is muted is stored. The caller holds
// updating.
func (m *Manager) storeMute(ctx context.Context, mute *model.Mute, audit model.AuditEntry) error {
	p := m.storage.pending
	before, had := p.mutes[mute.ID]
	lines := len(p.audit)
	p.mutes[mute.ID] = *mute
	p.audit = append(p.audit, audit)
	err := m.commit(ctx)
	if err == nil {
		return nil
	}
	delete(p.mutes, mute.ID)
	if had {
		p.mutes[mute.ID] = before
	}
	p.audit = p.audit[:lines]
	return err
}

// showMutes has the cards say until when they are muted. These are edits: when they are late, the mute is no less set.
func (m *Manager) showMutes(ctx context.Context) {
	_ = m.update(ctx, func(t *transaction) {
		t.mutes.editCards(t)
		t.mutes.passTime(t)
	})
}

// EndMutes lifts mutes, all in one transaction; those that have ended meanwhile are left out. With report it notifies of what is
// still open, as if they had run out; without (Undo), what was never notified is notified as if there had been no mute. ErrNoMute
// when none is left; after ErrUnchanged all are as they were, after ErrUnstored they are lifted, and stored with the next commit.
func (m *Manager) EndMutes(ctx context.Context, ends []model.MuteEnd, report bool) ([]model.Mute, error) {
	if err := m.storable(ctx); err != nil {
		return nil, err
	}
	var ended []model.Mute
	err := m.update(ctx, func(t *transaction) {
		for i := range ends {
			if at := t.mutes.index(ends[i].ID); at >= 0 {
				t.pending.audit = append(t.pending.audit, ends[i].Audit)
				ended = append(ended, *t.mutes.end(t, t.mutes.active[at], ends[i].Audit.Actor.Name, report))
			}
		}
	})
	if len(ended) == 0 && len(ends) > 0 {
		return nil, noMute(ends[0].ID)
	}
	return ended, unstored(err)
}

// EndMute is EndMutes for one.
func (m *Manager) EndMute(ctx context.Context, id model.MuteID, report bool, audit model.AuditEntry) (model.Mute, error) {
	ended, err := m.EndMutes(ctx, []model.MuteEnd{{ID: id, Audit: audit}}, report)
	if len(ended) == 0 {
		return model.Mute{}, err
	}
	return ended[0], err
}

func noMute(id model.MuteID) error {
	return &model.Error{Code: model.ErrNoMute, Args: map[string]string{"word": strconv.FormatInt(int64(id), 10)}}
}

// editCards has the cards of muted incidents edited.
func (ms *mutes) editCards(t *transaction) {
	for _, in := range t.incidents.byID {
		muted := slices.ContainsFunc(in.cards, func(c *model.Card) bool { return t.isMuted(in, c.To) })
		t.touch(in, touch{edited: muted})
	}
}

func (t *transaction) isMuted(in *incident, to model.Destination) bool {
	_, yes := t.muted(in, to)
	return yes
}
