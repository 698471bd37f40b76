package app

import (
	"context"
	"errors"
	"maps"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/notify/console"
	"opsbot/ops"
	"opsbot/store"
)

// outbox delivers notifications over the channels.
type outbox struct {
	*base
	dispatcher *notify.Dispatcher
	cards      *bot.Cards
	external   *externalAddress
	builtIn    map[string]notify.Channel // those that no configuration declares: chats and the console
	people     *ops.People
	manager    func() *alerts.Manager
	links      *ops.AckLinks
}

// outboxDeps are what the outbox asks of the other parts.
type outboxDeps struct {
	people    *ops.People
	live      *inventory.Live
	logs      *logReading
	link      *telegramLink // nil without a token
	migration *migration
	manager   func() *alerts.Manager // asked only once App runs
	links     *ops.AckLinks
}

// newOutbox makes the dispatcher and its channels.
func newOutbox(ctx context.Context, b *base, d *outboxDeps) (*outbox, error) {
	key, err := buttonKey(ctx, b.db)
	if err != nil {
		return nil, err
	}
	o := &outbox{base: b, external: newExternalAddress(b), people: d.people, manager: d.manager, links: d.links}
	o.cards = newCards(b, &cardDeps{people: d.people, live: d.live, logs: d.logs, external: o.external})
	o.builtIn = map[string]notify.Channel{console.Name: console.New(b.Stdout, o.cards.Plain), "telegram": noTelegram{}}
	if d.link != nil {
		o.builtIn["telegram"] = &bot.Channel{Cards: o.cards, Sender: d.link.sender, Buttons: b.db, Key: key, Log: b.component("bot")}
	}
	o.dispatcher = notify.New(notify.Options{
		Store: b.db, Channels: o.channels(b.conf.current()), Now: b.Now, Notice: o.noticeTo, Migrated: d.migration.moved,
		CatchUp: func(ctx context.Context) error { return d.manager().CatchUp(ctx) },
		Open:    func(to model.Destination) []model.Incident { return d.manager().OpenAt(to) },
		Paged:   o.paged, PageLimit: b.conf.current().Config.Alerts.PageLimit,
		Fallback: o.fallback, Digests: map[string]bool{"telegram": true}, Outage: o.logOutage, Name: o.name,
	})
	if d.link != nil {
		d.link.accepted = o.dispatcher.Accepts
	}
	return o, nil
}

// paged hands the manager what became of a page.
func (o *outbox) paged(ctx context.Context, all ...model.PageResult) {
	if err := o.manager().PageDone(ctx, all...); err != nil {
		o.component("alerts").WithError(err).Warn("note what became of a page; it is noted with the next change")
	}
}

// configure takes the channels of another configuration.
func (o *outbox) configure(l *setup.Loaded) {
	o.dispatcher.SetPageLimit(l.Config.Alerts.PageLimit)
	o.dispatcher.SetChannels(o.channels(l))
}

// channels are all notification channels: chats, the console, what a configuration declares, and its clients' own addresses.
func (o *outbox) channels(l *setup.Loaded) map[string]notify.Channel {
	declared := &setup.Channels{Config: l.Config, Cards: o.cards, Now: o.Now, Link: o.links.Make, Meter: o.db, Refused: func(mail, address string, err error) {
		o.component("email").WithField("email", mail).WithError(err).WithField("recipient", address).Warn("a recipient was refused for good; the others have the mail")
	}}
	more := declared.All()
	addClientChannels(more, l, declared)
	all := maps.Clone(o.builtIn)
	for name, c := range more {
		all[name] = &logged{Channel: c, log: o.component("notify").WithField("to", name)}
	}
	for name, c := range all {
		all[name] = notify.Numbered{
			Channel: permitted{c, o.permit}, Counts: func(to model.Destination) model.Scope { return o.manager().CountsAt(to) },
			Numbers: func(ctx context.Context, readers model.Scope, kind model.NumberKind, ids []int64) map[int64]int64 {
				return o.manager().Numbers(ctx, readers, kind, ids)
			},
		}
	}
	return all
}

// addClientChannels adds a channel for each client that reports go to.
func addClientChannels(all map[string]notify.Channel, l *setup.Loaded, declared *setup.Channels) {
	vias := map[string]bool{}
	for i := range l.Config.Reports {
		if r := &l.Config.Reports[i]; r.Kind == config.ReportClient {
			vias[r.Via.Channel] = true
		}
	}
	clients := l.Plan.Clients()
	for via := range vias {
		e, ok := l.Config.Mail(via)
		if !ok {
			continue
		}
		for i := range clients {
			to, ok := setup.ClientTarget(l.Config, via, &clients[i])
			if !ok {
				continue
			}
			own := *e // nobody but the client gets it
			own.To, own.CC, own.Language = nil, nil, config.Language(to.Language)
			for _, address := range to.Addresses {
				own.To = append(own.To, config.MailAddress(address))
			}
			all[to.Name] = declared.Mail(&own)
		}
	}
}

// fallback is where critical notifications are copied to when a destination fails.
func (o *outbox) fallback(from model.Destination) notify.Fallback {
	cfg := o.conf.current().Config
	f := notify.Fallback{Name: o.name(from), After: time.Duration(cfg.Alerts.FallbackAfter)}
	for _, target := range cfg.Alerts.Fallback {
		if to, ok := cfg.Telegram.Destination(target); ok {
			f.To = append(f.To, to)
		}
	}
	return f
}

// noticeTo is where a notice about an undeliverable message goes: the first other chat that is known, or the console.
func (o *outbox) noticeTo(dead model.Destination) (model.Destination, bool) {
	for _, c := range o.people.Chats() {
		if c.ID != dead.Chat && !c.Scope.Limited {
			return model.Destination{Channel: "telegram", Chat: c.ID, Topic: c.Topic}, true
		}
	}
	if dead.Channel == console.Name {
		return model.Destination{}, false
	}
	return model.Destination{Channel: console.Name}, true
}

// noTelegram keeps messages for chats while there is no token: they wait for the next one.
type noTelegram struct{}

// Deliver implements notify.Channel.
func (noTelegram) Deliver(context.Context, model.Notification, model.Card) (model.Receipt, error) {
	return model.Receipt{}, &model.SendError{Failure: model.SendRefused, Err: errors.New("there is no token")}
}

// messages shows the outbox to people; what they send again goes out at once. It implements ops.Outbox.
type messages struct {
	*store.DB
	dispatcher *notify.Dispatcher
}

// Revive implements ops.Outbox.
func (m messages) Revive(ctx context.Context, ids []int64, audit model.AuditEntry) (int, error) {
	n, err := m.DB.Revive(ctx, ids, audit)
	if n > 0 {
		m.dispatcher.Notify()
	}
	return n, err
}
