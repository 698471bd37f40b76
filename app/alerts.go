package app

import (
	"context"
	"errors"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/notify/console"
)

// buildAlerts makes the manager of incidents from what was stored.
func (a *App) buildAlerts(ctx context.Context) error {
	memory, err := a.db.Load(ctx)
	if err != nil {
		return err
	}
	a.commits = &commits{Store: a.db, now: time.Now}
	a.manager = alerts.New(alerts.Options{
		Store: a.commits, Verifier: a.intake, Confirmer: a.scheduler, Wake: func() { a.dispatcher.Notify() }, Now: a.o.Now,
		Inventory: a.live.Current(), Routing: a.loaded.Load().routing(a.people.Chats()), Memory: memory,
		Rules: a.rules(a.loaded.Load()), CheckVerifier: a.intake, Locate: a.locate,
	})
	a.live.OnChange(func(inv *model.Inventory) { a.inventoryChanged(context.WithoutCancel(ctx), inv) })
	return nil
}

// inventoryChanged hands a new inventory to those who keep something by it. The manager comes before the scheduler: it leaves
// out the results of checks that it does not know, and the scheduler starts new ones at once.
func (a *App) inventoryChanged(ctx context.Context, inv *model.Inventory) {
	err := errors.Join(a.history.Number(ctx, inv), a.manager.SetInventory(ctx, inv), a.scheduler.Set(entries(inv)))
	log := a.component("inventory").WithFields(map[string]any{
		"clients": len(inv.Clients()), "hosts": len(inv.Hosts()), "checks": len(inv.Checks()),
	})
	if err != nil {
		log.WithError(err).Error("take up a changed inventory")
		return
	}
	log.Info("the inventory changed")
}

// buildNotify makes the dispatcher and its channels.
func (a *App) buildNotify(ctx context.Context) error {
	key, err := a.buttonKey(ctx)
	if err != nil {
		return err
	}
	cards := a.cards()
	a.fixed = map[string]notify.Channel{console.Name: console.New(a.o.Stdout, cards.Plain), "telegram": noTelegram{}}
	if a.client != nil {
		a.fixed["telegram"] = a.chatChannel(cards, key)
	}
	a.dispatcher = notify.New(notify.Options{
		Store: a.db, Channels: a.channels(a.loaded.Load()), Now: a.o.Now, Notice: a.noticeTo, Migrated: a.moved,
		Fallback: a.fallback, Digests: map[string]bool{"telegram": true},
	})
	return nil
}

// noticeTo is where a notice about an undeliverable message goes: the first other chat that is known, or the console.
func (a *App) noticeTo(dead model.Destination) (model.Destination, bool) {
	for _, c := range a.people.Chats() {
		if c.ID != dead.Chat && !c.Scope.Limited {
			return model.Destination{Channel: "telegram", Chat: c.ID, Topic: c.Topic}, true
		}
	}
	if dead.Channel == console.Name {
		return model.Destination{}, false
	}
	return model.Destination{Channel: console.Name}, true
}

// noTelegram keeps messages for chats that were known when there was a token: they wait for the next one.
type noTelegram struct{}

// Deliver implements notify.Channel.
func (noTelegram) Deliver(context.Context, model.Notification, model.Card) (model.Receipt, error) {
	return model.Receipt{}, &model.SendError{Failure: model.SendRefused, Err: errors.New("there is no token")}
}
