package alerts

import "opsbot/model"

// stages is the order of judging. Each transaction takes in what is new, then goes through all of them.
var stages = []stage{
	once{"verify", (*transaction).verify},                // wait until all that a failure touches was run
	once{"judge hosts", (*transaction).judgeHosts},       // does a host fail as a whole
	once{"judge services", (*transaction).judgeServices}, // how much of a service is up
	once{"reconcile", (*transaction).reconcile},          // open, change and end incidents; what flaps stays open
	once{"attach to event groups", assessGroups},         // what an event group explains becomes part of it
	once{"attach to storms", gatherStorms},               // too many at once become one
	once{"route", (*transaction).route},                  // give a card to each destination
	once{"escalate", (*transaction).escalate},            // page people until one of them answers
	perCard{ // then for each card of each touched incident, until a stage decides:
		{"leave unknown destinations", (*transaction).leaveUnknown}, // nothing for chats that are gone
		{"resolve", (*transaction).resolve},                         // whoever was notified of it is notified of its end
		{"update", (*transaction).update},                           // edit the card that shows it
		{"leave notified", (*transaction).leaveNotified},            // nothing for whoever was notified of all of it
		{"inhibit", (*transaction).inhibit},                         // nothing while its parent has a card there
		{"collect at first start", (*transaction).collectFirst},     // wait for the digest
		{"mute", (*transaction).mute},                               // nothing while all of it is muted there
		{"collect", (*transaction).collect},                         // what joins is notified together
		{"active hours", (*transaction).deferToHours},               // outside them, defer
		{"notify", (*transaction).notify},                           // write what is left to the outbox
	},
	once{"end first start", endFirstStart},                           // one digest of what it found
	once{"end for limited chats", (*transaction).endForLimitedChats}, // storms and groups that are over for them
	once{"forget escalations", (*transaction).forgetEscalations},     // of what ended
	once{"dismiss", (*transaction).dismissEnded},                     // forget what ended
}

// timed is what time alone brings, in order. It comes before what is new.
var timed = []once{
	{"warn of what is unknown for long", (*transaction).warnUnknown},
	{"begin maintenance windows", func(t *transaction) { t.mutes.openWindows(t) }},
	{"begin, warn of and end mutes", func(t *transaction) { t.mutes.passTime(t) }},
	{"end flapping", func(t *transaction) { t.flapping.watch(t) }},
	{"remind", (*transaction).remind},
	{"daily digest", func(t *transaction) { t.deferred.digestDaily(t) }},
	{"release what waited for active hours", func(t *transaction) { t.deferred.releaseDue(t) }},
}

func assessGroups(t *transaction)  { t.groups.assess(t) }
func gatherStorms(t *transaction)  { t.storms.gather(t) }
func endFirstStart(t *transaction) { t.deferred.endFirstStart(t) }

// stage is one step of judging.
type stage interface {
	apply(t *transaction)
	names() []string
}

// once is a stage that goes through a transaction as a whole.
type once struct {
	name string
	run  func(*transaction)
}

func (o once) apply(t *transaction) { o.run(t) }

func (o once) names() []string { return []string{o.name} }

// perCard are stages for each card of each touched incident, one card after the other.
type perCard []cardStage

// cardStage is one of them. run reports whether the card is decided: it goes no further then.
type cardStage struct {
	name string
	run  func(t *transaction, d delivery) (decided bool)
}

// delivery is a card on its way through the stages.
type delivery struct {
	in     *incident
	card   *model.Card
	scope  model.Scope // what the destination may see
	known  bool        // the destination is
	edited bool        // what the card shows has changed, and may be shown now
}

func (p perCard) apply(t *transaction) {
	for _, in := range t.order {
		edited := t.touched[in].edited && !in.tooSoon(t)
		for _, card := range in.cards {
			scope, known := t.routing.scope(card.To)
			p.decide(t, delivery{in, card, scope, known, edited})
		}
	}
}

func (p perCard) decide(t *transaction, d delivery) {
	for i := range p {
		if p[i].run(t, d) {
			return
		}
	}
}

func (p perCard) names() []string {
	all := make([]string, len(p))
	for i := range p {
		all[i] = p[i].name
	}
	return all
}

// Stages are the names of the stages of judging, in order.
func Stages() []string {
	var all []string
	for _, s := range stages {
		all = append(all, s.names()...)
	}
	return all
}
