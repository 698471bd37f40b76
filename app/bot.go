package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/ops"
)

// buildPeople makes the directory of who may do what.
func (a *App) buildPeople(ctx context.Context) error {
	chats, users, err := a.db.Paired(ctx)
	if err != nil {
		return err
	}
	a.people = ops.NewPeople(a.db, chats, users, a.o.Now)
	moved, err := a.loadMoves(ctx)
	if err != nil {
		return err
	}
	cfg := &a.loaded.Load().Config.Telegram
	moved.follow(cfg)
	a.people.SetConfig(cfg.KnownChats(), cfg.KnownUsers())
	return nil
}

// buildActions makes the use cases.
func (a *App) buildActions(context.Context) error {
	a.actions = ops.New(ops.Deps{
		Inventory:    setup.InventoryView{Live: a.live},
		Engine:       setup.OnDemand{Engine: a.engine},
		Alerts:       a.manager,
		Muter:        notifyOnChange{a.manager, a.writeback.Wake},
		Archive:      a.db,
		Audit:        a.db,
		Reports:      a.reports,
		Outbox:       outbox{a.db, func() *notify.Dispatcher { return a.dispatcher }},
		Windows:      func() []model.MaintenanceWindow { return a.loaded.Load().Windows() },
		Baselines:    a.db,
		Wait:         setup.Wait,
		Events:       a.manager,
		Sources:      directory{a.sources, a},
		Recheck:      func(id model.CheckID) { a.scheduler.Again(id, 0) },
		HealthIssues: a.healthIssues,
		Past:         a.history,
		Now:          a.o.Now,
		Logs:         a.logs,
		LogPolicy:    func() ops.LogPolicy { return a.loaded.Load().LogPolicy() },
		Collected:    a.collected,
	})
	return nil
}

// buildBot makes the chat, when there is a Telegram to chat on.
func (a *App) buildBot(context.Context) error {
	if a.client == nil {
		return nil
	}
	a.bot = bot.New(bot.Deps{
		Actions: a.actions, People: a.people, Sender: a.sender, Buttons: a.db, Texts: a.texts, Draw: a.charts.draw, Zone: a.zone, Now: a.o.Now,
		Paired: func() { a.manager.SetRouting(a.loaded.Load().Routing(a.people.Chats())) },
		Me:     func() telegram.Identity { return a.poller.Health().Me },
		Log:    a.component("bot"),
	})
	a.buildPoller()
	return nil
}

func (a *App) cards() *bot.Cards {
	return &bot.Cards{Texts: a.texts, Zone: a.zone, Now: a.o.Now, Template: a.own(), Logs: a.hasLogs, Language: func(to model.Destination) string {
		if to.Chat == 0 {
			return a.languageOf(to)
		}
		return a.people.Language(to)
	}}
}

func (a *App) chatChannel(cards *bot.Cards, key []byte) *bot.Channel {
	return &bot.Channel{Cards: cards, Sender: a.sender, Buttons: a.db, Key: key, Log: a.component("bot")}
}

// buttonKey is the secret from which the ids of cards' buttons follow. It is made once and kept: buttons under cards that
// were sent must go on working after a restart.
func (a *App) buttonKey(ctx context.Context) ([]byte, error) {
	const name = "button_key"
	kept, err := a.db.Setting(ctx, name)
	if err != nil {
		return nil, err
	}
	if key, err := hex.DecodeString(kept); err == nil && len(key) == keySize {
		return key, nil
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // crypto/rand.Read never errs
	return key, a.db.SetSetting(ctx, name, hex.EncodeToString(key))
}

// keySize is that of the hash it is used with.
const keySize = 32
