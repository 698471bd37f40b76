package app

import (
	"context"
	"fmt"
	"time"

	"opsbot/bot/telegram"
	"opsbot/config"
	"opsbot/model"
	"opsbot/store"
)

// buildTelegram makes the connection to Telegram, when there is a token. Nothing is dialled yet.
func (a *App) buildTelegram() error {
	cfg := &a.loaded.Load().Config.Telegram
	if cfg.Token.IsZero() {
		return nil
	}
	token := cfg.Token
	client, err := telegram.NewClient(telegram.Options{
		Token: token.Reveal, APIURLs: revealed(cfg.APIURLs), Proxies: revealed(cfg.Proxies),
	})
	if err != nil {
		return err
	}
	a.client = client
	a.log.AddHook(client.Hook())
	return nil
}

// buildSender makes what sends messages, with the pauses that were asked for before a restart.
func (a *App) buildSender(ctx context.Context) error {
	if a.client == nil {
		return nil
	}
	paused, err := a.db.Pauses(ctx)
	if err != nil {
		return err
	}
	a.sender = telegram.NewSender(a.client, telegram.SenderOptions{
		Limits: limits(a.loaded.Load().Config.Telegram.Limits), Migrated: a.migrated, Paused: paused, Pause: a.pause,
	})
	return nil
}

// pause remembers across a restart that a chat is to be left alone.
func (a *App) pause(chat model.ChatID, until time.Time) {
	a.floods.Add(1)
	if err := a.db.Pause(context.Background(), chat, until); err != nil {
		a.component("telegram").WithError(err).WithField("chat", int64(chat)).Warn("remember that a chat is to be left alone")
	}
}

func revealed(urls []config.URL) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = u.Reveal()
	}
	return out
}

func limits(l config.Limits) telegram.Limits {
	return telegram.Limits{All: rate(l.AllPerSecond, time.Second), Chat: rate(l.ChatPerSecond, time.Second), Group: rate(l.GroupPerMinute, time.Minute)}
}

// rate writes n per a while in whole messages.
func rate(n float64, per time.Duration) telegram.Rate {
	if n >= 1 {
		return telegram.Rate{N: int(n), Per: per}
	}
	return telegram.Rate{N: 1, Per: time.Duration(float64(per) / n)}
}

// buildPoller makes what takes messages. It comes last of Telegram: it hands them to the bot.
func (a *App) buildPoller() {
	log := a.component("telegram")
	a.poller = telegram.NewPoller(a.client, telegram.PollerOptions{
		Handler: a.bot, Journal: journal{a.db},
		Events: telegram.Events{
			Health: a.telegramHealth,
			Poison: func(in telegram.Intake, err error) {
				log.WithError(err).WithField("update", in.Update).Warn("an update could not be read and was put aside")
			},
			Panic: func(in telegram.Incoming, v any, at []byte) {
				log.WithFields(map[string]any{"update": in.Update, "panic": fmt.Sprint(v), "stack": string(at)}).Error("a command broke")
			},
			Dropped: func(in telegram.Incoming) {
				log.WithField("chat", int64(in.Chat.ID)).Warn("a chat writes faster than it can be answered")
			},
			Migrated: a.migrated,
		},
	})
}

// telegramHealth says changes for the worse and the better, in words that a person at the terminal can act on.
func (a *App) telegramHealth(h telegram.Health) {
	log := a.component("telegram")
	switch {
	case h.Failure == telegram.FailureRefused:
		log.WithField("said", h.Error).Error("Telegram refuses the token: get the right one from @BotFather; checks and the log go on")
	case h.Failure == telegram.FailureConflict:
		log.WithField("said", h.Error).Error("another program reads this bot's messages: end it, or give opsbot a bot of its own")
	case h.Failure == telegram.FailureJournal:
		log.WithField("said", h.Error).Error("commands cannot be noted, so none is taken: see to the database")
	case h.Failure != telegram.FailureNone || h.Stale:
		log.WithFields(map[string]any{"failure": string(h.Failure), "said": h.Error}).Warn("Telegram does not answer; messages wait")
	default:
		a.dispatcher.Answers("telegram")
		log.WithField("bot", "@"+h.Me.Username).Info("connected to Telegram")
	}
}

// telegramIssue is the same for people in a chat that still works, or at a terminal.
func (a *App) telegramIssue() (model.Reason, bool) {
	if a.poller == nil {
		return model.Reason{}, false
	}
	return pollIssue(a.poller.Health())
}

func pollIssue(h telegram.Health) (model.Reason, bool) {
	since := h.Since.UTC().Format(time.RFC3339)
	switch {
	case h.Failure == telegram.FailureJournal: // Telegram is well: it is the database that refuses
		return model.NewReason(model.IssueStore, "what", h.Error, "since", since), true
	case h.Failure == telegram.FailureRefused:
		return model.NewReason(model.IssueTelegramRefused, "since", since), true
	case h.Failure == telegram.FailureConflict:
		return model.NewReason(model.IssueTelegramShared, "since", since), true
	case h.Failure != telegram.FailureNone:
		return model.NewReason(model.IssueTelegramAway, "since", since), true
	case h.Stale:
		return model.NewReason(model.IssueTelegramAway, "since", h.LastPoll.UTC().Format(time.RFC3339)), true
	default:
		return model.Reason{}, false
	}
}

// migrated rewrites a chat's id everywhere: Telegram gave it a new one.
func (a *App) migrated(from, to model.ChatID) {
	log := a.component("telegram").WithFields(map[string]any{"from": int64(from), "to": int64(to)})
	if err := a.db.Migrate(context.Background(), from, to); err != nil {
		log.WithError(err).Error("rewrite a chat's id")
	}
	a.moved(from, to)
}

// moved tells the rest of the house of a chat's new id, which the store has taken up already.
func (a *App) moved(from, to model.ChatID) {
	a.people.Migrate(from, to)
	a.manager.Migrate(from, to)
	a.component("telegram").WithFields(map[string]any{"from": int64(from), "to": int64(to)}).Warn("a chat has a new id: change it in the configuration")
}

// setMenu sets Telegram's menu of commands, again until it is taken: Telegram may be away when we start.
func (a *App) setMenu(ctx context.Context) error {
	const pause = time.Minute
	for {
		err := a.bot.SetMenu(ctx)
		if err == nil {
			return nil
		}
		a.component("telegram").WithError(err).Debug("set the menu")
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// journal lets the poller keep its updates in the database.
type journal struct{ db *store.DB }

// Accept implements telegram.Journal.
func (j journal) Accept(ctx context.Context, in telegram.Intake) (bool, error) {
	return j.db.AcceptUpdate(ctx, in.Update, in.At, in.Raw)
}

// Done implements telegram.Journal.
func (j journal) Done(ctx context.Context, update int) error { return j.db.DoneUpdate(ctx, update) }

// Pending implements telegram.Journal.
func (j journal) Pending(ctx context.Context) (all []telegram.Intake, err error) {
	err = j.db.PendingUpdates(ctx, func(id int, at time.Time, raw []byte) {
		all = append(all, telegram.Intake{Update: id, At: at, Raw: raw})
	})
	return all, err
}

// Poison implements telegram.Journal.
func (j journal) Poison(ctx context.Context, in telegram.Intake, reason string) error {
	return j.db.PoisonUpdate(ctx, in.Update, in.At, in.Raw, reason)
}
