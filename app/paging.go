package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
)

// directory knows who is paged, from the configuration in use: who is on call, with takeovers, and what the chat knows of their rights.
type directory struct {
	*base
	people *ops.People
	rota   *ops.Rota
}

// loadEscalations adds to a Memory the escalations that go on. Where the configuration has no people nobody is paged, and nothing is read.
func loadEscalations(ctx context.Context, b *base, memory *model.Memory) error {
	if len(b.conf.current().Config.People) == 0 {
		return nil
	}
	return b.db.LoadEscalations(ctx, memory)
}

// takeUp reads the escalations when a reload brings the first people.
func (a *alerting) takeUp(ctx context.Context, b *base, old *setup.Loaded) {
	if len(old.Config.People) > 0 || len(b.conf.current().Config.People) == 0 {
		return
	}
	var memory model.Memory
	if err := b.db.LoadEscalations(ctx, &memory); err != nil {
		b.component("alerts").WithError(err).Error("read who is being paged")
		return
	}
	a.manager.TakeUpPaging(&memory)
}

// Meant implements alerts.Directory.
func (d *directory) Meant(t model.PageTarget, at time.Time) (names []string, changes time.Time) {
	roster := d.rota.Roster(d.Now())
	switch t.Kind {
	case model.PagePerson:
		return []string{t.Name}, time.Time{}
	case model.PageRole:
		return d.withRole(roster, t.Name), time.Time{}
	case model.PageSchedule:
		i := slices.IndexFunc(roster.Schedules, func(s *oncall.Schedule) bool { return s.Name == t.Name })
		if i < 0 {
			return nil, time.Time{}
		}
		return onDuty(roster.Schedules[i], t.Next, at)
	default:
		return nil, time.Time{}
	}
}

// onDuty is who is on call in a schedule, or who is next, and when that changes.
func onDuty(s *oncall.Schedule, next bool, at time.Time) (names []string, changes time.Time) {
	changes, _ = s.Next(at)
	if !next {
		return s.At(at), changes
	}
	if changes.IsZero() {
		return nil, changes
	}
	return s.At(changes), changes
}

// withRole are the people whose rights in the chat are at least those of a role.
func (d *directory) withRole(roster *oncall.Roster, name string) (names []string) {
	var role model.Role
	if role.UnmarshalText([]byte(name)) != nil {
		return nil
	}
	for _, p := range roster.People {
		if user, known := d.people.UserKnown(p.Telegram); known && user.Role >= role {
			names = append(names, p.Name)
		}
	}
	return names
}

// Rules implements alerts.Directory.
func (d *directory) Rules(name string) []model.PageRule {
	p, _ := d.person(name)
	return p.Rules
}

func (d *directory) person(name string) (oncall.Person, bool) {
	return d.conf.current().Roster.Person(name)
}

// Reach implements alerts.Directory. Who may not acknowledge, or does not see everything, is not paged: their answer would not count.
func (d *directory) Reach(name, way string) (at alerts.Reached, why string) {
	if chat, isChat := strings.CutPrefix(way, model.WayChat); isChat {
		return d.chat(chat)
	}
	p, known := d.person(name)
	if !known {
		return at, model.PageNoWay
	}
	at = alerts.Reached{User: p.Telegram, Language: d.language(&p)}
	if gateway, isGateway := strings.CutPrefix(way, model.WayGateway); isGateway {
		at.To = model.Destination{Channel: model.GatewayChannel + gateway, Address: p.Name}
		return at, ""
	}
	switch rights, known := d.people.UserKnown(p.Telegram); {
	case p.Telegram == 0:
		return at, model.PageNoWay
	case way == model.WayDM && rights.Role < model.RoleOperator, known && rights.Scope.Limited:
		return at, model.PageNoRights
	}
	if way == model.WayDM {
		at.To = model.Destination{Channel: "telegram", Chat: model.ChatID(p.Telegram)}
	}
	return at, ""
}

// chat is a chat by its name.
func (d *directory) chat(name string) (alerts.Reached, string) {
	for _, c := range d.people.Chats() {
		if c.Name == name {
			return alerts.Reached{To: model.Destination{Channel: "telegram", Chat: c.ID, Topic: c.Topic}}, ""
		}
	}
	return alerts.Reached{}, model.PageNoWay
}

// language is that of a person: their own, else that of the first chat.
func (d *directory) language(p *oncall.Person) string {
	if p.Language != "" {
		return p.Language
	}
	for _, c := range d.people.Chats() {
		return c.Language
	}
	return ""
}
