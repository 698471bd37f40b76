package setup

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/config"
	"opsbot/model"
	"opsbot/notify/gateway"
	"opsbot/texts"
	"opsbot/web"
)

// Gateway makes the channel of one [[gateways]].
func (c *Channels) Gateway(g *config.Gateway) *gateway.Gateway {
	cfg, channel, public := c.Config, model.GatewayChannel+g.Name, c.Config.Web.PublicURL.Reveal()
	return gateway.New(gateway.Options{
		Name: g.Name, Request: g.Request, Secret: g.Secret, Hidden: gatewaySecrets(g), Roots: g.Roots, Statuses: g.Status, Answer: g.Answer.Regexp,
		Limit: g.Limit, Timeout: time.Duration(g.Timeout), Instance: cfg.Instance.Name, NoLink: public + web.AckPrefix + web.AckNone, Meter: c.Meter, Now: c.Now,
		Person: func(name string) (gateway.Person, bool) { return gatewayPerson(cfg, g, name) },
		Render: func(n model.Notification) gateway.Texts {
			t := c.Cards.Phone(n)
			return gateway.Texts{Title: t.Title, Text: t.Text, Say: t.Say, Press: t.Press, Incident: t.Incident}
		},
		Link: func(ctx context.Context, incidents []model.IncidentID, person string) (string, error) {
			token, err := c.Link(ctx, model.AckLink{Incident: incidents[0], More: incidents[1:], Person: person, Gateway: channel})
			return public + web.AckPrefix + token, err
		},
	})
}

// gatewaySecrets are what no error of a gateway may repeat.
func gatewaySecrets(g *config.Gateway) []model.Secret {
	return []model.Secret{g.Password, g.Secret}
}

// gatewayPerson is a person as a gateway reaches them.
func gatewayPerson(cfg *config.Config, g *config.Gateway, name string) (gateway.Person, bool) {
	at := slices.IndexFunc(cfg.People, func(p config.Person) bool { return p.Name == name })
	if at < 0 {
		return gateway.Person{}, false
	}
	p := &cfg.People[at]
	locale := "en-US"
	if gatewayLanguage(cfg, g, name) == texts.Russian {
		locale = "ru-RU"
	}
	return gateway.Person{Name: name, To: p.By(g.Name).Reveal(), Phone: p.Phone.Reveal(), Locale: locale}, true
}

// gatewayLanguage is the language of a person at a gateway: their own, else the gateway's.
func gatewayLanguage(cfg *config.Config, g *config.Gateway, person string) string {
	var own config.Language
	for i := range cfg.People {
		if cfg.People[i].Name == person {
			own = cfg.People[i].Language
		}
	}
	return strings.ToLower(string(cmp.Or(own, g.Language)))
}
