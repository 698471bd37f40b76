package app

import (
	"maps"
	"time"

	"opsbot/app/setup"
	"opsbot/model"
	"opsbot/notify"
)

// channels are all notification channels: the chats, the console, and what a configuration declares.
func (a *App) channels(l *setup.Loaded) map[string]notify.Channel {
	all := maps.Clone(a.fixed)
	declared := &setup.Channels{Config: l.Config, Cards: a.cards(), Now: a.o.Now, Refused: func(mail, address string, err error) {
		a.component("email").WithField("email", mail).WithError(err).WithField("recipient", address).Warn("a recipient was refused for good; the others have the mail")
	}}
	add := func(name string, c notify.Channel) {
		all[name] = &logged{Channel: c, log: a.component("notify").WithField("to", name)}
	}
	for name, c := range declared.All() {
		add(name, c)
	}
	a.clientChannels(l, declared, add)
	return all
}

// languageOf is the language of a destination that is no chat.
func (a *App) languageOf(to model.Destination) string {
	if language := a.clientLanguage(to); language != "" {
		return language
	}
	return setup.LanguageOf(a.loaded.Load().Config, to, a.o.Getenv)
}

// fallback is where what is critical is told as well when a destination fails, by the configuration that holds then.
func (a *App) fallback(from model.Destination) notify.Fallback {
	cfg := a.loaded.Load().Config
	f := notify.Fallback{Name: setup.DestinationName(from, a.people.Chats()), After: time.Duration(cfg.Alerts.FallbackAfter)}
	for _, target := range cfg.Alerts.Fallback {
		if to, ok := cfg.Telegram.Destination(target); ok {
			f.To = append(f.To, to)
		}
	}
	return f
}
