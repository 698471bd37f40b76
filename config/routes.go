package config

import "opsbot/model"

func (l *loader) routes(root *node, cfg *Config) {
	n := root.child("routes")
	services := newNames(l, model.Say("config.unknown.service"))
	for _, s := range cfg.Services {
		services.list = append(services.list, s.Name)
	}
	known := l.channels(root, cfg)
	for i, r := range cfg.Routes {
		item := n.item(i)
		l.allKnown(services, item, r.Services)
		for _, key := range []string{"clients", "services", "tiers"} {
			l.notEmptyLimit(item, key)
		}
		if item.isTable && len(item.child("to").list()) == 0 {
			l.wrong(item, "to", model.Say("config.missing.target"))
		}
		l.declared(known, item, "to", r.To)
	}
	l.fallback(root.child("alerts"), cfg, known)
	l.scheduleChats(root.child("schedules"), cfg, known)
	l.reports(root, cfg, known)
	l.used(root, cfg, known)
}

// fallback checks the fallback targets. A chat limited to some clients would get notifications of others.
func (l *loader) fallback(n *node, cfg *Config, known map[string]*names) {
	l.declared(known, n, "fallback", cfg.Alerts.Fallback)
	for _, target := range cfg.Alerts.Fallback {
		for i := range cfg.Telegram.Chats {
			if c := &cfg.Telegram.Chats[i]; target.Chat != "" && c.Name == target.Chat && len(c.Clients) > 0 {
				l.wrong(n, "fallback", model.Say("config.fallback_limited", "got", target))
			}
		}
	}
}

// declared reports unknown targets of a key.
func (l *loader) declared(known map[string]*names, n *node, key string, targets []Target) {
	for _, target := range targets {
		if target == (Target{}) {
			continue // reported while it was read
		}
		if kind, name, ok := target.kindAndName(); ok {
			known[kind].has(n, key, name)
		}
	}
}
