package app

import (
	"slices"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
)

// cardDeps are what messages are made from.
type cardDeps struct {
	people   *ops.People
	live     *inventory.Live
	logs     *logReading
	external *externalAddress
}

// newCards makes the renderer of messages.
func newCards(b *base, d *cardDeps) *bot.Cards {
	log := b.component("templates")
	return &bot.Cards{
		Texts: b.texts, Zone: b.zone, ZoneAt: d.people.Zone, Now: b.Now, Logs: d.logs.has,
		Template: &bot.Template{
			Template: func(n model.Notification) *model.MessageTemplate { return d.template(b.conf.current(), &n) },
			Instance: d.external.instance,
			Fault: func(n model.Notification, err error) {
				log.WithError(err).WithField("incident", int64(n.Incident)).Error("a template failed; the card is sent")
			},
		},
		Language: func(to model.Destination) string {
			if to.Chat == 0 {
				return languageOf(b, d.live.Current(), to)
			}
			return d.people.Language(to)
		},
	}
}

// languageOf is the language of a destination that is not a chat.
func languageOf(b *base, inv *model.Inventory, to model.Destination) string {
	if language := clientLanguage(b, inv, to); language != "" {
		return language
	}
	return setup.LanguageOf(b.conf.current().Config, to, b.Getenv)
}

// template is the most specific one for a notification: that of the check, of the route, or of all alerts.
func (d *cardDeps) template(l *setup.Loaded, n *model.Notification) *model.MessageTemplate {
	in := n.Snapshot.Incident
	if in == nil {
		return nil
	}
	if in.Kind == model.IncidentCheck {
		for i := range l.Config.Checks {
			if c := &l.Config.Checks[i]; c.Name == string(in.Check) && c.Template != nil {
				return c.Template
			}
		}
	}
	routing := l.Routing(d.people.Chats())
	about := alerts.About{Labels: labelsOf(d.live.Current(), in)}
	if i := routing.Through(in, about, n.To); i >= 0 && l.Config.Routes[i].Template != nil {
		return l.Config.Routes[i].Template
	}
	return l.Config.Alerts.Template
}

// labelsOf are the labels of the checks that fail; of a resolved incident, of all that it was about.
func labelsOf(inv *model.Inventory, in *model.Incident) []model.Labels {
	var of []*model.Check
	for _, f := range in.Failing {
		if c, ok := inv.Check(f.Check); ok {
			of = append(of, c)
		}
	}
	if len(of) == 0 {
		of = append(slices.Clone(inv.ChecksOfHost(in.Host)), inv.ChecksOfService(in.ServiceKey)...)
		if c, ok := inv.Check(in.Check); ok {
			of = append(of, c)
		}
	}
	labels := make([]model.Labels, len(of))
	for i, c := range of {
		labels[i] = c.Labels
	}
	return labels
}
