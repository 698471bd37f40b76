package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"opsbot/model"
)

// names are the names of one kind of thing: each valid and given once, whatever its case, as commands find them.
type names struct {
	*loader
	what  model.Sentence         // "unknown host", for has
	first map[string]model.Place // by the name in lower case
	list  []string
}

func newNames(l *loader, what model.Sentence) *names {
	return &names{loader: l, what: what, first: map[string]model.Place{}}
}

func (s *names) add(n *node, name string) {
	if n == nil || !n.isTable {
		return
	}
	if n.child("name") == nil {
		s.wrong(n, "", model.Say("config.missing", "key", "name"))
		return
	}
	if _, isText := n.child("name").value.(string); !isText {
		return // reported while it was read
	}
	if err := model.CheckName(name); err != nil {
		s.wrong(n, "name", sentenceOf(err))
		return
	}
	folded := strings.ToLower(name)
	if place, twice := s.first[folded]; twice {
		s.wrong(n, "name", model.Say("config.name_twice", "got", name, "at", place))
		return
	}
	s.first[folded] = n.place()
	s.list = append(s.list, name)
}

// has reports, and makes a problem, when a name that n's key uses is not there.
func (s *names) has(n *node, key, name string) {
	if !slices.Contains(s.list, name) {
		s.wrong(n, key, model.UnknownName(s.what, name, s.list))
	}
}

// inventory judges services, groups, clients and hosts as far as the files of the inventory cannot change it.
func (l *loader) inventory(root *node, cfg *Config) {
	l.settings(root.child("webtest"), cfg.Webtest.EndpointSettings)
	services := newNames(l, model.Say("config.unknown.service"))
	for i, s := range cfg.Services {
		n := root.child("services").item(i)
		services.add(n, s.Name)
		l.settings(n, s.EndpointSettings)
		if n.isTable && n.child("port") == nil && n.child("url") == nil && cfg.Webtest.Port == nil && cfg.Webtest.URL == nil {
			l.wrong(n, "", model.Say("config.missing.port_or_url", "key", "port"))
		}
	}
	groups := newNames(l, model.Say("config.unknown.group"))
	for i, g := range cfg.Groups {
		n := root.child("groups").item(i)
		groups.add(n, g.Name)
		l.settings(n, g.EndpointSettings)
		l.allKnown(services, n, g.Services)
	}
	clients := newNames(l, model.Sentence{})
	for i, c := range cfg.Clients {
		n := root.child("clients").item(i)
		clients.add(n, c.Name)
		l.client(n, c, services, groups)
	}
	hosts := newNames(l, model.Sentence{})
	for i, h := range cfg.Hosts {
		n := root.child("hosts").item(i)
		hosts.add(n, h.Name)
		l.settings(n, h.EndpointSettings)
	}
}

func (l *loader) client(n *node, c model.ClientSpec, services, groups *names) {
	l.settings(n, c.EndpointSettings)
	l.reportedTo(n, &c)
	l.allKnown(services, n, c.Services)
	if c.Group != "" {
		groups.has(n, "group", c.Group)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Service)) {
		override := n.child("service").child(name)
		services.has(override, "", name)
		l.settings(override, c.Service[name].EndpointSettings)
	}
}

// allKnown judges the services that a table names.
func (l *loader) allKnown(known *names, n *node, used []string) {
	for i, name := range used {
		if item := n.child("services").item(i); item == nil || item.value == name { // else it was no text, which was said
			known.has(n, "services", name)
		}
	}
}

// settings judges what the types of the settings leave open.
func (l *loader) settings(n *node, s model.EndpointSettings) {
	if s.Schedule != nil {
		l.schedule(n, *s.Schedule)
	}
	if s.Path != nil {
		_, err := url.Parse("http://host" + *s.Path)
		if err != nil || !strings.HasPrefix(*s.Path, "/") || strings.ContainsAny(*s.Path, "{} ") {
			l.wrong(n, "path", model.Say("config.value.path", "got", *s.Path))
		}
	}
	if s.Method != nil && (*s.Method == "" || strings.ContainsFunc(*s.Method, func(r rune) bool { return r < 'A' || r > 'Z' })) {
		l.wrong(n, "method", model.Say("config.value.method", "got", *s.Method))
	}
}

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
			l.notEmpty(item, key)
		}
		if item.isTable && len(item.child("to").list()) == 0 {
			l.wrong(item, "to", model.Say("config.missing.target"))
		}
		l.declared(known, item, "to", r.To)
	}
	l.fallback(root.child("alerts"), cfg, known)
	l.reports(root, cfg, known)
	l.used(root, cfg, known)
}

// fallback judges where what fails is told as well: whoever is there reads what was meant for others.
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

// declared judges the targets that a key lists.
func (l *loader) declared(known map[string]*names, n *node, key string, targets []Target) {
	for _, target := range targets {
		if target == (Target{}) {
			continue // it could not be read, which was said
		}
		if kind, name, ok := target.kindAndName(); ok {
			known[kind].has(n, key, name)
		}
	}
}

func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

func (l *loader) standalone(n *node, cfg *Config) {
	checks := newNames(l, model.Sentence{})
	for i, c := range cfg.Checks {
		checks.add(n.item(i), c.Name)
		l.schedule(n.item(i), c.Schedule)
	}
}
