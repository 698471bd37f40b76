package setup

import (
	"context"
	"os"
	"strings"
	"time"

	"opsbot/bot"
	"opsbot/config"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/notify/email"
	"opsbot/notify/gateway"
	"opsbot/notify/teams"
	"opsbot/notify/webhook"
	"opsbot/texts"
)

// Channels makes the notification channels that a configuration declares: mail, Teams, webhooks and gateways.
type Channels struct {
	Config *config.Config
	Cards  *bot.Cards
	Now    func() time.Time
	// Refused is called when a mail server refuses a recipient for good while others get the mail; nil is fine.
	Refused func(mail, address string, err error)
	// Link makes the token of a link that acknowledges; Meter counts what gateways send. Both are required where there are gateways.
	Link  func(ctx context.Context, link model.AckLink) (token string, err error)
	Meter gateway.Meter
}

// All are the channels by name, such as "email:oncall".
func (c *Channels) All() map[string]notify.Channel {
	cfg, all := c.Config, map[string]notify.Channel{}
	for i := range cfg.Email {
		all["email:"+cfg.Email[i].Name] = c.Mail(&cfg.Email[i])
	}
	for i := range cfg.Teams {
		all["teams:"+cfg.Teams[i].Name] = teams.New(teams.Options{URL: cfg.Teams[i].URL, Render: c.Cards.Plain, Now: c.Now})
	}
	for i := range cfg.Webhook {
		w := &cfg.Webhook[i]
		all["webhook:"+w.Name] = webhook.New(webhook.Options{
			URL: w.URL, Secret: w.Secret, Headers: w.Headers, Roots: w.Roots, Instance: cfg.Instance.Name, Render: c.Cards.Plain, Now: c.Now,
		})
	}
	for i := range cfg.Gateways {
		all[model.GatewayChannel+cfg.Gateways[i].Name] = c.Gateway(&cfg.Gateways[i])
	}
	return all
}

// Mail makes the channel of one [[email]].
func (c *Channels) Mail(e *config.Email) *email.Email {
	return email.New(email.Options{
		Server: e.SMTP, TLS: email.TLS(e.TLS), Roots: e.Roots, User: e.User, Password: e.Password, From: string(e.From),
		To: plainAddresses(e.To), CC: plainAddresses(e.CC), ReplyTo: string(e.ReplyTo), Language: string(e.Language),
		Instance: c.Config.Instance.Name, Now: c.Now,
		Refused: func(address string, err error) {
			if c.Refused != nil {
				c.Refused(e.Name, address, err)
			}
		},
		Render: func(n model.Notification) email.Content { return mailContent(c.Cards, n) },
	})
}

// mailContent is a notification as a mail; a report is laid out by itself.
func mailContent(cards *bot.Cards, n model.Notification) email.Content {
	r := n.Snapshot.Report
	if n.Kind != model.NotifyReport || r == nil {
		return email.Content{Plain: cards.Plain(n), HTML: cards.HTML(n)}
	}
	text, page := cards.ReportMail(n)
	c := email.Content{Subject: r.Title, Plain: text, HTML: cards.HTML(n), Page: page}
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

// LanguageOf is the language that a configuration sets for a destination that is not a chat; else that of the environment.
func LanguageOf(cfg *config.Config, to model.Destination, getenv func(string) string) string {
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
	if g, ok := cfg.Gateway(strings.TrimPrefix(to.Channel, model.GatewayChannel)); ok && to.Address != "" {
		return gatewayLanguage(cfg, g, to.Address)
	}
	return Language(getenv)
}

// Language is the language of the environment: OPSBOT_LANGUAGE, else that of the locale, else English. A nil getenv is
// os.Getenv.
func Language(getenv func(string) string) string {
	if getenv == nil {
		getenv = os.Getenv
	}
	for _, name := range []string{"OPSBOT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), texts.Russian) {
				return texts.Russian
			}
			return texts.English
		}
	}
	return texts.English
}

// DestinationName is a destination as the configuration calls it.
func DestinationName(to model.Destination, chats []model.Chat) string {
	if to.Chat == 0 {
		return to.Line()
	}
	for i := range chats {
		if c := &chats[i]; c.ID == to.Chat && c.Topic == to.Topic {
			return "chat:" + c.Name
		}
	}
	return to.String()
}
