package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"opsbot/alerts"
	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/ops"
	"opsbot/store"
)

// chat answers people in Telegram.
type chat struct {
	*base
	link   *telegramLink
	bot    *bot.Bot
	poller *telegram.Poller
	pinned *bot.PinnedMessages
	people chan struct{} // has room for one: people or chats changed
}

// chatDeps are what the chat asks of the other parts.
type chatDeps struct {
	link       *telegramLink
	actions    *ops.Actions
	people     *ops.People
	manager    *alerts.Manager
	dispatcher *notify.Dispatcher
	migration  *migration
	outbox     *outbox
}

// newChat makes the bot and what receives its messages; nil without a token.
func newChat(ctx context.Context, b *base, d *chatDeps) (*chat, error) {
	if d.link == nil {
		return nil, nil
	}
	paused, err := b.db.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	c := &chat{base: b, link: d.link, people: make(chan struct{}, 1)}
	if c.pinned, err = newPinned(ctx, b, d); err != nil {
		return nil, err
	}
	c.bot = bot.New(bot.Deps{
		Actions: d.actions, People: d.people, Sender: d.link.sender, Buttons: b.db, Settings: b.db, DoneBy: b.db.DoneBy, Texts: b.texts, Draw: b.plain.Draw, Zone: b.zone, Now: b.Now, After: time.After,
		Morning: func() (time.Duration, bool) { return b.conf.current().Config.Alerts.Morning.OfDay() },
		Paired: func() {
			d.manager.SetRouting(b.conf.current().Routing(d.people.Chats()))
			c.peopleChanged()
		},
		Me:      func() telegram.Identity { return c.poller.Health().Me }, // asked for a message, which the poller has received
		Refused: b.refusals.chat, Log: b.component("bot"),
	})
	log := telegramLog{b.component("telegram"), b.cluster.handsOver}
	c.poller = telegram.NewPoller(b.client, telegram.PollerOptions{
		Handler: c.bot, Known: c.bot.Knows, Journal: journal{b.db}, Paused: paused[pollPause], Pause: d.link.pausePolls,
		Certain: b.permit.answers, Events: telegram.Events{
			Health: func(h telegram.Health) {
				if log.health(h) {
					d.dispatcher.Answers("telegram")
				}
			},
			Poison: log.poison, Panic: log.panicked, Dropped: b.refusals.dropped, Migrated: func(from, to model.ChatID) {
				d.migration.migrated(from, to)
				d.dispatcher.Notify() // what the old id refused is tried at the new one
			},
			Admitted: func(chat model.ChatID) {
				d.dispatcher.Admitted(chat)
				c.pinned.Admitted(chat)
			}, Problem: log.problem,
		},
	})
	return c, nil
}

// setMenus sets Telegram's menus of commands when people or chats changed, again until they are taken: Telegram may be away when we start.
func (c *chat) setMenus(ctx context.Context) error {
	pause := menuPause
	for {
		var again <-chan time.Time
		if err := c.bot.SetMenus(ctx); err != nil {
			c.component("telegram").WithError(err).Debug("set the menus")
			again = time.After(pause)
			pause = min(2*pause, maxMenuPause)
		} else {
			pause = menuPause
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.people:
		case <-again:
		}
	}
}

// The waits before menus are tried again.
const (
	menuPause    = time.Second
	maxMenuPause = 2 * time.Minute
)

// peopleChanged has the menus be set.
func (c *chat) peopleChanged() {
	if c == nil {
		return
	}
	select {
	case c.people <- struct{}{}:
	default: // it is known already
	}
}

// sender sends messages; nil without a token.
func (c *chat) sender() *telegram.Sender {
	if c == nil {
		return nil
	}
	return c.link.sender
}

// floods is how often Telegram asked for a pause; 0 without a token.
func (c *chat) floods() uint64 {
	if c == nil {
		return 0
	}
	return c.link.floods.Load()
}

// issues are what is wrong with what the chat keeps; none without a token.
func (c *chat) issues() []model.Reason {
	if c == nil {
		return nil
	}
	return c.pinned.Issues()
}

// health is that of polling; false without a token.
func (c *chat) health() (telegram.Health, bool) {
	if c == nil {
		return telegram.Health{}, false
	}
	return c.poller.Health(), true
}

// keySize is that of the hash the key is used with.
const keySize = 32

// buttonKey is the secret that the ids of cards' buttons are derived from. It is made once and kept: buttons under cards that
// were sent must work after a restart.
func buttonKey(ctx context.Context, db *store.DB) ([]byte, error) {
	const name = "button_key"
	kept, err := db.Setting(ctx, name)
	if err != nil {
		return nil, err
	}
	if key, err := hex.DecodeString(kept); err == nil && len(key) == keySize {
		return key, nil
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // crypto/rand.Read never errs
	return key, db.SetSetting(ctx, name, hex.EncodeToString(key))
}

// journal keeps the poller's updates in the database.
type journal struct{ db *store.DB }

// Accept implements telegram.Journal.
func (j journal) Accept(ctx context.Context, in telegram.Intake) (bool, error) {
	return j.db.AcceptUpdate(ctx, in.Update, in.At, in.Raw)
}

// Done implements telegram.Journal.
func (j journal) Done(ctx context.Context, update int) error { return j.db.DoneUpdate(ctx, update) }

// Pending implements telegram.Journal.
func (j journal) Pending(ctx context.Context) ([]telegram.Intake, error) {
	pending, err := j.db.PendingUpdates(ctx)
	var all []telegram.Intake
	for _, u := range pending {
		all = append(all, telegram.Intake{Update: u.ID, At: u.At, Message: u.Message, Resumed: u.Resumed, Untold: !u.Traced, Raw: u.Raw})
	}
	return all, err
}

// Shows implements telegram.Journal.
func (j journal) Shows(ctx context.Context, update, message int) error {
	return j.db.ShowUpdate(ctx, update, message)
}

// Resume implements telegram.Journal.
func (j journal) Resume(ctx context.Context, update int) error { return j.db.ResumeUpdate(ctx, update) }

// Poison implements telegram.Journal.
func (j journal) Poison(ctx context.Context, in telegram.Intake, reason string) error {
	return j.db.PoisonUpdate(ctx, in.Update, in.At, in.Raw, reason)
}

// pollIssue is what is wrong with polling, for people.
func (c *core) pollIssue(h telegram.Health) (model.Reason, bool) {
	if h.Failure == telegram.FailureConflict && c.cluster.handsOver() {
		return model.NewReason(model.IssueHandover, "since", h.Since.UTC().Format(time.RFC3339)), true
	}
	return pollIssue(h)
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
	case h.Failure == telegram.FailureWebhook:
		return model.NewReason(model.IssueTelegramWebhook, "since", since, "command", removeWebhook), true
	case h.Failure == telegram.FailureFlood && !h.Until.IsZero():
		return model.NewReason(model.IssuePollWait, "until", h.Until.UTC().Format(time.RFC3339)), true
	case h.Failure != telegram.FailureNone:
		return model.NewReason(model.IssueTelegramAway, "since", since), true
	case h.Stale:
		return model.NewReason(model.IssueTelegramAway, "since", h.LastPoll.UTC().Format(time.RFC3339)), true
	default:
		return model.Reason{}, false
	}
}
