package config

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Escalation is a policy: whom to page, in what order, until somebody acknowledges.
type Escalation struct {
	Name   string           `toml:"name"`
	Repeat int              `toml:"repeat" range:"0..20"`   // whole rounds after the first
	AckFor model.Duration   `toml:"ack_for" range:"0..31d"` // how long an acknowledgement holds; 0: until the end
	Steps  []EscalationStep `toml:"steps"`                  // at least one
	At     model.Place      `toml:"-"`
}

// EscalationStep is who is paged together, and how long they have to answer.
type EscalationStep struct {
	To   []model.PageTarget `toml:"to"` // at least one; all exist
	Wait model.Duration     `toml:"wait" range:"10s..24h"`
	At   model.Place        `toml:"-"`
}

// usualRepeat is how many rounds there are after the first.
const usualRepeat = 2

func (e *Escalation) setDefaults() { *e = Escalation{Repeat: usualRepeat} }

func (s *EscalationStep) setDefaults() { *s = EscalationStep{Wait: model.Duration(5 * time.Minute)} }

// leastAckFor is the shortest time for which an acknowledgement holds: somebody has to be asked, and has to answer.
const leastAckFor = model.Duration(10 * time.Minute)

// PageRules are how a person is paged: of those who have none, by what they can be reached by.
func (p *Person) PageRules() model.PageRules {
	if p.Rules != nil || p.Telegram == 0 {
		return p.Rules
	}
	return model.DefaultPageRules()
}

// gatewayNames are the names of [[gateways]].
func (l *loader) gatewayNames(root *node) *names {
	gateways := newNames(l, model.Say("config.unknown.gateway"))
	for _, n := range root.child("gateways").list() {
		if n.child("name") == nil {
			continue
		}
		if name, ok := n.child("name").value.(string); ok {
			gateways.list = append(gateways.list, name)
		}
	}
	return gateways
}

// rules validates how a person is paged.
func (l *loader) rules(n *node, p *Person, gateways *names) {
	if !n.isTable {
		return
	}
	for _, r := range p.Rules {
		name, isGateway := strings.CutPrefix(r.Way, model.WayGateway)
		switch {
		case isGateway:
			gateways.has(n, "rules", name)
		case p.Telegram == 0 && n.child("telegram") == nil:
			l.wrong(n, "rules", model.Say("config.rules.telegram", "way", r.Way))
		}
	}
}

// escalations validates [[escalations]], and what routes escalate by.
func (l *loader) escalations(root *node, cfg *Config, people, schedules *names) {
	policies := newNames(l, model.Say("config.unknown.escalation"))
	schedules.what = model.Say("config.unknown.schedule")
	chats := newNames(l, model.Say("config.unknown.chat"))
	for _, c := range cfg.Telegram.Chats {
		chats.list = append(chats.list, c.Name)
	}
	for i := range cfg.Escalations {
		e, n := &cfg.Escalations[i], root.child("escalations").item(i)
		policies.add(n, e.Name)
		if !n.isTable {
			continue
		}
		if len(n.child("steps").list()) == 0 {
			l.wrong(n, "", model.Say("config.missing.steps", "key", "steps"))
		}
		if e.AckFor > 0 && e.AckFor < leastAckFor {
			l.wrong(n, "ack_for", model.Say("config.ack_for.short", "got", e.AckFor, "least", leastAckFor))
		}
		for j := range e.Steps {
			l.step(n.child("steps").item(j), &e.Steps[j], &pageTargets{cfg, people, schedules, chats})
		}
	}
	for i, r := range cfg.Routes {
		if item := root.child("routes").item(i); item.child("escalate") != nil && r.Escalate != "" {
			policies.has(item, "escalate", r.Escalate)
		}
	}
}

// pageTargets are all that can be paged.
type pageTargets struct {
	cfg                      *Config
	people, schedules, chats *names
}

// step validates whom one step pages.
func (l *loader) step(n *node, s *EscalationStep, known *pageTargets) {
	if n == nil || !n.isTable {
		return
	}
	if len(n.child("to").list()) == 0 {
		l.wrong(n, "to", model.Say("config.missing.page_target", "key", "to"))
	}
	for i, t := range s.To {
		if t == (model.PageTarget{}) {
			continue // reported while it was read
		}
		at := n.child("to").item(i)
		if at == nil {
			continue
		}
		switch t.Kind {
		case model.PageSchedule:
			known.schedules.has(n, "to", t.Name)
		case model.PageChat:
			l.pagedChat(n, t, known)
		case model.PageRole:
			l.pagedRole(n, t, known)
		default:
			known.people.has(n, "to", t.Name)
			l.pagedPerson(n, t, known)
		}
	}
}

// pagedChat validates a chat that is paged: one that is limited to clients must not read of others.
func (l *loader) pagedChat(n *node, t model.PageTarget, known *pageTargets) {
	known.chats.has(n, "to", t.Name)
	at := slices.IndexFunc(known.cfg.Telegram.Chats, func(c Chat) bool { return c.Name == t.Name })
	if at >= 0 && len(known.cfg.Telegram.Chats[at].Clients) > 0 {
		l.wrong(n, "to", model.Say("config.page.limited", "who", t, "clients", known.cfg.Telegram.Chats[at].Clients))
	}
}

// pagedRole validates the name of a role. Who has it may be known to the chat alone.
func (l *loader) pagedRole(n *node, t model.PageTarget, _ *pageTargets) {
	var role model.Role
	if err := role.UnmarshalText([]byte(t.Name)); err != nil || role < model.RoleOperator {
		l.wrong(n, "to", model.Say("config.page.role", "got", t.Name))
	}
}

// pagedPerson finds a person who cannot be reached, or who could not answer. Whom the chat let in is not known here.
func (l *loader) pagedPerson(n *node, t model.PageTarget, known *pageTargets) {
	at := slices.IndexFunc(known.cfg.People, func(p Person) bool { return p.Name == t.Name })
	if at < 0 {
		return
	}
	p := &known.cfg.People[at]
	if len(p.PageRules()) == 0 {
		l.wrong(n, "to", model.Say("config.page.no_way", "person", p.Name))
		return
	}
	user := slices.IndexFunc(known.cfg.Telegram.Users, func(u User) bool { return u.ID == p.Telegram && u.ID != 0 })
	if user < 0 {
		return
	}
	switch u := &known.cfg.Telegram.Users[user]; {
	case u.Role < model.RoleOperator:
		l.wrong(n, "to", model.Say("config.page.viewer", "person", p.Name))
	case len(u.Clients) > 0:
		l.wrong(n, "to", model.Say("config.page.limited", "who", p.Name, "clients", u.Clients))
	}
}
