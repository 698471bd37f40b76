package alerts

import (
	"context"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// retryStore is the pace at which a commit that failed is tried again when nothing else commits.
const retryStore = time.Second

type cardKey struct {
	incident model.IncidentID
	to       model.Destination
}

// pending is what is decided and not yet stored: a Change under construction, which outlives commits that fail.
type pending struct {
	checks        map[model.CheckID]model.CheckState
	forget        map[model.CheckID]bool
	incidents     map[model.IncidentID]model.Incident
	cards         map[cardKey]*model.Card
	mutes         map[model.MuteID]model.Mute
	events        map[model.EventKey]model.Event
	notifications []*model.Notification
	edits         map[cardKey]*model.Notification // those of tellings that are edits
	drop          []int64
	daily         time.Time
	audit         []model.AuditEntry

	transitions []model.Transition
}

func newPending() pending {
	return pending{
		checks: map[model.CheckID]model.CheckState{}, forget: map[model.CheckID]bool{},
		incidents: map[model.IncidentID]model.Incident{}, cards: map[cardKey]*model.Card{},
		mutes: map[model.MuteID]model.Mute{}, edits: map[cardKey]*model.Notification{}, events: map[model.EventKey]model.Event{},
	}
}

// change makes the Change, in an order that is the same for the same decisions.
func (p *pending) change() model.Change {
	c := model.Change{Drop: p.drop, Audit: p.audit, Daily: p.daily, Transitions: p.transitions}
	if len(p.checks) > 0 {
		c.Checks = p.checks
	}
	for id := range p.forget {
		if _, back := p.checks[id]; !back {
			c.Forget = append(c.Forget, id)
		}
	}
	slices.Sort(c.Forget)
	for _, id := range slices.Sorted(maps.Keys(p.incidents)) {
		c.Incidents = append(c.Incidents, p.incidents[id])
	}
	for _, card := range p.cards {
		c.Cards = append(c.Cards, *card)
	}
	slices.SortFunc(c.Cards, func(a, b model.Card) int {
		if a.Incident != b.Incident {
			return int(a.Incident - b.Incident)
		}
		return compareDestinations(a.To, b.To)
	})
	for _, id := range slices.Sorted(maps.Keys(p.mutes)) {
		c.Mutes = append(c.Mutes, p.mutes[id])
	}
	for _, key := range slices.SortedFunc(maps.Keys(p.events), compareKeys) {
		c.Events = append(c.Events, p.events[key])
	}
	for _, t := range p.notifications {
		c.Notifications = append(c.Notifications, *t)
	}
	return c
}

// revoke takes a telling back, stored or not.
func (p *pending) revoke(t *model.Notification) {
	if i := slices.Index(p.notifications, t); i >= 0 {
		p.notifications = slices.Delete(p.notifications, i, i+1)
	} else if t.ID != 0 {
		p.drop = append(p.drop, t.ID)
	}
}

func (p *pending) migrate(moved map[model.ChatID]model.ChatID) {
	cards := p.cards
	p.cards = make(map[cardKey]*model.Card, len(cards))
	for key, card := range cards {
		move(&key.to.Chat, moved)
		p.cards[key] = card // its own To is moved with the incident's
		move(&card.To.Chat, moved)
	}
	p.edits = map[cardKey]*model.Notification{}
	for _, t := range p.notifications {
		move(&t.To.Chat, moved)
		if t.Kind == model.NotifyUpdated {
			p.edits[cardKey{t.Incident, t.To}] = t
		}
	}
	for id, m := range p.mutes {
		move(&m.Chat, moved)
		p.mutes[id] = m
	}
}

// commit stores what is waiting. The caller holds stepping and not mu: readers go on meanwhile.
func (b *Manager) commit(ctx context.Context) error {
	change := b.waiting.change()
	if change.IsZero() {
		return nil
	}
	ids, err := b.store.Commit(ctx, change)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.health = Health{Err: err, Since: firstOf(b.health.Since, b.now())}
		b.wakeBy(b.now().Add(retryStore))
		return err
	}
	b.health = Health{}
	for i := range min(len(ids), len(b.waiting.notifications)) {
		b.waiting.notifications[i].ID = ids[i]
	}
	b.waiting = newPending()
	if len(ids) > 0 {
		b.wake()
	}
	return nil
}

func firstOf(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// storeError is how a person hears of a commit that failed.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	if model.CodeOf(err) == model.ErrStore { // said in words already
		return err
	}
	return &model.Error{Code: model.ErrStore, Args: map[string]string{"what": err.Error()}, Err: err}
}
