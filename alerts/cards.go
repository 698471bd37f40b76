package alerts

import (
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// cardPace spaces out the edits of a card that changes all the time: a storm's or an event group's.
type cardPace struct {
	edited time.Time // when the cards were last edited
	late   bool      // an edit waits for its time
	closed bool      // nothing joins any more, and chats for which it is over were notified
}

// pace is the pace of the cards of a storm or an event group; nil of any other incident.
func (in *incident) pace() *cardPace {
	switch {
	case in.storm != nil:
		return &in.storm.cardPace
	case in.group != nil:
		return &in.group.cardPace
	default:
		return nil
	}
}

// tooSoon reports whether the edit of a storm's or an event group's card has to wait, and has it made later.
func (in *incident) tooSoon(t *transaction) bool {
	p := in.pace()
	if p == nil || !in.Open() {
		return false
	}
	if next := p.edited.Add(StormPace); t.at.Before(next) {
		p.late = true
		t.wakeBy(next)
		return true
	}
	p.edited, p.late = t.at, false
	return false
}

// editLate edits the cards of a storm or an event group of which an edit waits, when its time has come.
func (in *incident) editLate(t *transaction) {
	p := in.pace()
	switch next := p.edited.Add(StormPace); {
	case !p.late:
	case t.at.Before(next):
		t.wakeBy(next)
	default:
		t.touch(in, touch{edited: true})
	}
}

// route puts the touched incidents in order, new ones first, then worst first, and gives a card to every destination that
// they are routed to. Notified or not, the card stays: what comes later goes to those who have one.
func (t *transaction) route() {
	t.order = slices.SortedFunc(maps.Keys(t.touched), func(a, b *incident) int {
		if opened := t.touched[a].opened; opened != t.touched[b].opened {
			if opened {
				return -1
			}
			return 1
		}
		return model.CompareIncidents(&a.Incident, &b.Incident)
	})
	for _, in := range t.order {
		if why := t.touched[in]; why.opened || why.raised {
			t.routeIncident(in)
		}
	}
}

// routeIncident gives out the cards of an incident. A storm goes wherever its parts go; those that were not touched have been
// routed before.
func (t *transaction) routeIncident(in *incident) {
	if in.storm == nil {
		t.addCards(in, t.targets(in))
		return
	}
	for _, part := range t.order {
		if isPart(part, in) && part.Open() {
			t.addCards(in, in.storm.ofReaders(t.state, t.targets(part)))
		}
	}
	t.showParent(in)
}

// showParent edits the cards of a storm's earlier parts where the storm has just got its own.
func (t *transaction) showParent(storm *incident) {
	for _, card := range storm.cards {
		if _, fresh := t.pending.cards[cardKey{card.Incident, card.To}]; !fresh || card.Down {
			continue
		}
		for _, part := range t.incidents.partsOf(storm) {
			if own := part.card(card.To); own != nil && own.Down && !t.isTouched(part) {
				t.touch(part, touch{edited: true})
				t.order = append(t.order, part)
			}
		}
	}
}

func (t *transaction) addCards(in *incident, targets []Target) {
	for _, target := range targets {
		if in.card(target.To) == nil {
			card := &model.Card{Incident: in.ID, To: target.To}
			in.cards = append(in.cards, card)
			t.pending.keepCard(card)
			t.number(in, target.To)
		}
	}
}

// keepCard has a card stored.
func (p *pending) keepCard(card *model.Card) { p.cards[cardKey{card.Incident, card.To}] = card }

// endForLimitedChats ends event groups for chats of whose clients nothing is left in them, as soon as nothing joins them any
// more: these chats need not wait for what they may not see.
func (t *transaction) endForLimitedChats() {
	for _, g := range t.groups.open {
		t.endWithin(g.in)
	}
}

func (t *transaction) endWithin(in *incident) {
	p, last := in.pace(), in.EventGroup.LastAt.Add(model.EventSlack) // what fails later is not blamed on it
	switch {
	case !t.at.After(last):
		t.wakeBy(last.Add(time.Millisecond))
		return
	case p.closed && !t.isTouched(in):
		return
	}
	p.closed = true
	for _, card := range in.cards {
		scope, known := t.routing.scope(card.To)
		if !known || !card.Down || t.inScope(in, scope) {
			continue
		}
		over := *in
		over.ClosedAt = t.at
		t.notifyResolved(&over, card)
		card.Down = false
		t.pending.keepCard(card)
	}
}

// isTouched reports whether a transaction touches an incident or a part of it.
func (t *transaction) isTouched(parent *incident) bool {
	for in := range t.touched {
		if in == parent || isPart(in, parent) {
			return true
		}
	}
	return false
}
