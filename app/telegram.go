package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot/telegram"
	"opsbot/config"
	"opsbot/model"
)

// newTelegramClient makes the client of the Bot API; nil without a token. Nothing is dialled yet. From here on the token is
// kept out of every line of the log.
func newTelegramClient(c *core, cfg *config.Telegram) (*telegram.Client, error) {
	if cfg.Token.IsZero() {
		return nil, nil
	}
	client, err := telegram.NewClient(telegram.Options{
		Token: cfg.Token.Reveal, APIURLs: revealed(cfg.APIURLs), Proxies: revealed(cfg.Proxies),
		Allowed: func(ctx context.Context) (context.Context, error) { return c.permit.wait(ctx) },
	})
	if err != nil {
		return nil, err
	}
	c.Log.AddHook(client.Hook())
	return client, nil
}

// telegramLink is the connection to Telegram.
type telegramLink struct {
	*base
	sender *telegram.Sender
	floods atomic.Uint64

	accepted func(chat model.ChatID) // set before anything is sent
}

// newTelegramLink makes what sends messages, with the pauses that Telegram asked for before a restart; nil without a client.
func newTelegramLink(ctx context.Context, b *base, m *migration) (*telegramLink, error) {
	if b.client == nil {
		return nil, nil
	}
	paused, err := b.db.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	delete(paused, pollPause)
	l := &telegramLink{base: b, accepted: func(model.ChatID) {}}
	l.sender = telegram.NewSender(b.client, telegram.SenderOptions{
		Limits: limits(b.conf.current().Config.Telegram.Limits), Migrated: m.migrated, Paused: paused, Pause: l.pause,
		Accepted: func(chat model.ChatID) { l.accepted(chat) },
	})
	return l, nil
}

// pause stores how long a chat must be left alone; the zero time: not any more.
func (l *telegramLink) pause(chat model.ChatID, until time.Time) {
	if !until.IsZero() {
		l.floods.Add(1)
	}
	if err := l.db.Pause(context.Background(), chat, until); err != nil {
		l.component("telegram").WithError(err).WithField("chat", int64(chat)).Warn("store that a chat must be left alone")
	}
}

// pollPause is under which chat's id the pause of polls is stored.
const pollPause model.ChatID = 0

// pausePolls stores until when Telegram wants no polls.
func (l *telegramLink) pausePolls(until time.Time) { l.pause(pollPause, until) }

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

// removeWebhook is the command that removes a webhook which another program has left; TOKEN is the bot's.
const removeWebhook = "curl https://api.telegram.org/botTOKEN/deleteWebhook"

// telegramLog writes the events of polling to the log, in words that a person at the terminal can act on.
type telegramLog struct {
	logrus.FieldLogger
	handsOver func() bool // another opsbot led until a moment ago
}

// health writes changes for the worse and the better, and reports whether Telegram answers.
func (l telegramLog) health(h telegram.Health) (answers bool) {
	switch {
	case h.Failure == telegram.FailureRefused:
		l.WithField("said", h.Error).Error("Telegram refuses the token: get the right one from @BotFather; checks and the log keep running")
	case h.Failure == telegram.FailureConflict && l.handsOver():
		l.WithField("said", h.Error).Warn("handing over: the opsbot that led before still reads the messages; it is tried again")
	case h.Failure == telegram.FailureConflict:
		l.WithField("said", h.Error).Error("another program reads this bot's messages: end it, or give opsbot a bot of its own")
	case h.Failure == telegram.FailureWebhook:
		l.WithField("said", h.Error).Error("this bot has a webhook, so that commands and buttons do not reach opsbot: remove it with " + removeWebhook)
	case h.Failure == telegram.FailureJournal:
		l.WithField("said", h.Error).Error("commands cannot be stored: those that only read are answered, the others change nothing; check the database")
	case h.Failure == telegram.FailureFlood:
		l.WithFields(map[string]any{"until": h.Until.UTC().Format(time.RFC3339), "said": h.Error}).Warn("Telegram asks for a pause: no commands until then, though it is asked every 10 minutes; alerts are sent")
	case h.Failure != telegram.FailureNone || h.Stale:
		l.WithFields(map[string]any{"failure": string(h.Failure), "said": h.Error}).Warn("Telegram does not answer; messages wait")
	default:
		l.WithField("bot", "@"+h.Me.Username).Info("connected to Telegram")
		return true
	}
	return false
}

func (l telegramLog) poison(in telegram.Intake, err error) {
	l.WithError(err).WithField("update", in.Update).Warn("an update could not be read and was skipped")
}

func (l telegramLog) panicked(in telegram.Incoming, v any, at []byte) {
	l.WithFields(map[string]any{"update": in.Update, "panic": fmt.Sprint(v), "stack": string(at)}).Error("a command broke")
}

func (l telegramLog) problem(err error) { l.WithError(err).Warn("the intake of commands") }
