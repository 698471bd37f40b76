package app

import (
	"context"
	"errors"
	"slices"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/model"
	"opsbot/ops"
)

// duty returns the rights of a person of the configuration: those of a known user, as in the chat. Who has no account of Telegram is reached by
// phone alone, and may acknowledge what they are called about.
func duty(b *base, people *ops.People) func(link *model.AckLink) (model.Actor, bool) {
	return func(link *model.AckLink) (model.Actor, bool) {
		cfg := b.conf.current().Config
		all := cfg.People
		at := slices.IndexFunc(all, func(p config.Person) bool { return p.Name == link.Person })
		if at < 0 {
			return model.Actor{}, false
		}
		p := &all[at]
		who := model.Actor{User: p.Telegram, Name: p.Name, Via: "phone", Language: setup.LanguageOf(cfg, model.Destination{Channel: link.Gateway, Address: link.Person}, b.Getenv)}
		if p.Telegram == 0 {
			who.Role = model.RoleOperator
			return who, true
		}
		users := people.Users()
		if i := slices.IndexFunc(users, func(u model.User) bool { return u.ID == p.Telegram }); i >= 0 {
			who.Role, who.Scope = users[i].Role, users[i].Scope
		}
		return who, true
	}
}

// phones test gateways. It implements ops.Gateways.
type phones struct{ *outbox }

// Gateways implements ops.Gateways.
func (p phones) Gateways() (names []string) {
	for i := range p.conf.current().Config.Gateways {
		names = append(names, p.conf.current().Config.Gateways[i].Name)
	}
	return names
}

// People implements ops.Gateways.
func (p phones) People() (names []string) {
	for i := range p.conf.current().Config.People {
		names = append(names, p.conf.current().Config.People[i].Name)
	}
	return names
}

// Test implements ops.Gateways.
func (p phones) Test(ctx context.Context, gateway, person string) error {
	channel, known := p.channels(p.conf.current())[model.GatewayChannel+gateway]
	if !known {
		return errors.New("it is gone")
	}
	reason := model.NewReason(model.NoticeGatewayTest, "gateway", gateway, "person", person)
	_, err := channel.Deliver(ctx, model.Notification{
		Kind: model.NotifyNotice, To: model.Destination{Channel: model.GatewayChannel + gateway, Address: person}, Severity: model.SeverityInfo,
		Created: p.Now(), Snapshot: model.Snapshot{Notice: &reason},
	}, model.Card{})
	if e, ok := errors.AsType[*model.SendError](err); ok {
		return e.Err
	}
	return err
}
