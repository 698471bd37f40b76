package app

import (
	"maps"
	"time"

	"opsbot/bot"
	"opsbot/config"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/notify/email"
	"opsbot/notify/teams"
	"opsbot/notify/webhook"
)

// channels are all by which anything is told: the chats, the console, and what a configuration declares.
func (a *App) channels(l *Loaded) map[string]notify.Channel {
	cfg, all := l.Config, maps.Clone(a.fixed)
	cards := a.cards()
	add := func(name string, c notify.Channel) {
		all[name] = &logged{Channel: c, log: a.component("notify").WithField("to", name)}
	}
	for i := range cfg.Email {
		add("email:"+cfg.Email[i].Name, a.email(cfg.Instance.Name, &cfg.Email[i], cards))
	}
	for i := range cfg.Teams {
		add("teams:"+cfg.Teams[i].Name, teams.New(teams.Options{URL: cfg.Teams[i].URL, Render: cards.Plain, Now: a.o.Now}))
	}
	for i := range cfg.Webhook {
		w := &cfg.Webhook[i]
		add("webhook:"+w.Name, webhook.New(webhook.Options{
			URL: w.URL, Secret: w.Secret, Headers: w.Headers, Roots: w.Roots, Instance: cfg.Instance.Name, Render: cards.Plain, Now: a.o.Now,
		}))
	}
	a.clientChannels(l, cards, add)
	return all
}

func (a *App) email(instance string, e *config.Email, cards *bot.Cards) *email.Email {
	log := a.component("email").WithField("email", e.Name)
	return mailChannel(instance, e, mailExtras{cards: cards, now: a.o.Now, refused: func(address string, err error) {
		log.WithError(err).WithField("recipient", address).Warn("a recipient was refused for good; the others have the mail")
	}})
}

// mailExtras are what a mail needs beside its configuration.
type mailExtras struct {
	cards   *bot.Cards
	now     func() time.Time
	refused func(address string, err error)
}

func mailChannel(instance string, e *config.Email, x mailExtras) *email.Email {
	return email.New(email.Options{
		Server: e.SMTP, TLS: email.TLS(e.TLS), Roots: e.Roots, User: e.User, Password: e.Password, From: string(e.From),
		To: plainAddresses(e.To), CC: plainAddresses(e.CC), ReplyTo: string(e.ReplyTo), Language: string(e.Language),
		Instance: instance, Now: x.now, Refused: x.refused,
		Render: func(t model.Notification) email.Content { return mailContent(x.cards, t) },
	})
}

// mailContent is a telling as a mail; a report is a mail of its own making.
func mailContent(cards *bot.Cards, t model.Notification) email.Content {
	r := t.Snapshot.Report
	if t.Kind != model.NotifyReport || r == nil {
		return email.Content{Plain: cards.Plain(t), HTML: cards.HTML(t)}
	}
	text, page := cards.ReportMail(t)
	c := email.Content{Subject: r.Title, Plain: text, HTML: cards.HTML(t), Page: page}
	if r.Parts != nil {
		c.Files = r.Parts.Files
	}
	return c
}

func plainAddresses(all []config.MailAddress) []string {
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = string(a)
	}
	return out
}

// languageOf is the language of a destination that is no chat.
func (a *App) languageOf(to model.Destination) string {
	if language := a.clientLanguage(to); language != "" {
		return language
	}
	return languageIn(a.loaded.Load().Config, to, a.o.Getenv)
}

// languageIn is the language that a configuration gives a destination that is no chat.
func languageIn(cfg *config.Config, to model.Destination, getenv func(string) string) string {
	for i := range cfg.Email {
		if to.Channel == "email:"+cfg.Email[i].Name {
			return string(cfg.Email[i].Language)
		}
	}
	for i := range cfg.Teams {
		if to.Channel == "teams:"+cfg.Teams[i].Name {
			return string(cfg.Teams[i].Language)
		}
	}
	for i := range cfg.Webhook {
		if to.Channel == "webhook:"+cfg.Webhook[i].Name {
			return string(cfg.Webhook[i].Language)
		}
	}
	return consoleLanguage(getenv)
}

// fallback is where what is critical is told as well when a destination fails, by the configuration that holds then.
func (a *App) fallback(from model.Destination) notify.Fallback {
	cfg := a.loaded.Load().Config
	f := notify.Fallback{Name: nameOf(from, a.people.Chats()), After: time.Duration(cfg.Alerts.FallbackAfter)}
	for _, target := range cfg.Alerts.Fallback {
		if to, ok := cfg.Telegram.Destination(target); ok {
			f.To = append(f.To, to)
		}
	}
	return f
}

// nameOf is a destination as the configuration calls it.
func nameOf(to model.Destination, chats []model.Chat) string {
	if to.Chat == 0 {
		return to.Channel
	}
	for i := range chats {
		if c := &chats[i]; c.ID == to.Chat && c.Topic == to.Topic {
			return "chat:" + c.Name
		}
	}
	return to.String()
}
