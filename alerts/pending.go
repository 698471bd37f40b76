package alerts

import (
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// cardKey is what there is one card of, and at most one deferred notification.
type cardKey struct {
	incident model.IncidentID
	to       model.Destination
}

// pending is what is decided and not yet stored: a Change under construction, which outlives commits that fail.
type pending struct {
	checks        map[model.CheckID]model.CheckState
	firsts        map[model.CheckID]bool // of checks: their first result, which is ok
	forget        map[model.CheckID]bool
	incidents     map[model.IncidentID]model.Incident
	cards         map[cardKey]*model.Card
	mutes         map[model.MuteID]model.Mute
	events        map[model.EventKey]model.Event
	notifications []*model.Notification
	edits         map[cardKey]*model.Notification // those of notifications that are edits
	drop          []int64
	daily         time.Time
	audit         []model.AuditEntry
	transitions   []model.Transition
	numbers       []model.ReaderNumber
	escalations   map[model.EscalationID]model.Escalation
	stopped       []string // queues of pages that nobody needs any more
}

func newPending() *pending {
	return &pending{
		checks: map[model.CheckID]model.CheckState{}, firsts: map[model.CheckID]bool{}, forget: map[model.CheckID]bool{},
		incidents: map[model.IncidentID]model.Incident{}, cards: map[cardKey]*model.Card{},
		mutes: map[model.MuteID]model.Mute{}, edits: map[cardKey]*model.Notification{}, events: map[model.EventKey]model.Event{},
		escalations: map[model.EscalationID]model.Escalation{},
	}
}

// mayWait reports whether all of it is first results that are ok. Nobody is told of these, and nothing builds on them.
func (p *pending) mayWait() bool {
	others := len(p.forget) + len(p.incidents) + len(p.cards) + len(p.mutes) + len(p.events) + len(p.notifications) + len(p.drop) +
		len(p.audit) + len(p.transitions) + len(p.numbers) + len(p.escalations) + len(p.stopped)
	return len(p.checks) > 0 && len(p.checks) == len(p.firsts) && others == 0 && p.daily.IsZero()
}

// change makes the Change, in an order that is the same for the same decisions.
func (p *pending) change() model.Change {
	c := model.Change{Drop: p.drop, Audit: p.audit, Daily: p.daily, Transitions: p.transitions, Numbers: p.numbers, Stopped: p.stopped}
	p.addChecks(&c)
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
	for _, id := range slices.Sorted(maps.Keys(p.escalations)) {
		c.Escalations = append(c.Escalations, p.escalations[id])
	}
	for _, n := range p.notifications {
		c.Notifications = append(c.Notifications, *n)
	}
	return c
}

func (p *pending) addChecks(c *model.Change) {
	if len(p.checks) > 0 {
		c.Checks = p.checks
	}
	for id := range p.forget {
		if _, back := p.checks[id]; !back {
			c.Forget = append(c.Forget, id)
		}
	}
	slices.Sort(c.Forget)
}

// add writes a notification.
func (p *pending) add(n model.Notification) *model.Notification {
	p.notifications = append(p.notifications, &n)
	return &n
}

// edit writes an edit of a card. Of a card that has one in a commit that failed, that one changes.
func (p *pending) edit(n *model.Notification) {
	key := cardKey{n.Incident, n.To}
	if earlier := p.edits[key]; earlier != nil {
		earlier.Snapshot = n.Snapshot
		return
	}
	p.edits[key] = p.add(*n)
}

// revoke takes a notification back, stored or not.
func (p *pending) revoke(n *model.Notification) {
	if i := slices.Index(p.notifications, n); i >= 0 {
		p.notifications = slices.Delete(p.notifications, i, i+1)
	} else if n.ID != 0 {
		p.drop = append(p.drop, n.ID)
	}
}

// stopPage takes a page back by its queue, stored or not.
func (p *pending) stopPage(queue string) {
	p.notifications = slices.DeleteFunc(p.notifications, func(n *model.Notification) bool { return n.Queue() == queue })
	p.stopped = append(p.stopped, queue)
}

// migrate gives chats their new ids.
func (p *pending) migrate(moved map[model.ChatID]model.ChatID) {
	cards := p.cards
	p.cards = make(map[cardKey]*model.Card, len(cards))
	for key, card := range cards {
		move(&key.to.Chat, moved)
		p.cards[key] = card // its own To is moved with the incident's
		move(&card.To.Chat, moved)
	}
	p.edits = map[cardKey]*model.Notification{}
	for _, n := range p.notifications {
		move(&n.To.Chat, moved)
		if n.Kind == model.NotifyUpdated {
			p.edits[cardKey{n.Incident, n.To}] = n
		}
	}
	for id, e := range p.escalations {
		p.escalations[id] = movedEscalation(e, moved)
	}
	for id, m := range p.mutes {
		move(&m.Chat, moved)
		p.mutes[id] = m
	}
}
