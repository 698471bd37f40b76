package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"opsbot/model"
)

// inventory validates services, groups, clients and hosts as far as that needs no files of the inventory.
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

// allKnown reports unknown services of a table.
func (l *loader) allKnown(known *names, n *node, used []string) {
	for i, name := range used {
		if item := n.child("services").item(i); item == nil || item.value == name { // else it is not a string, which was reported
			known.has(n, "services", name)
		}
	}
}

// settings checks what the types of the settings do not.
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

func (l *loader) standalone(n *node, cfg *Config) {
	checks := newNames(l, model.Sentence{})
	for i, c := range cfg.Checks {
		checks.add(n.item(i), c.Name)
		l.schedule(n.item(i), c.Schedule)
	}
}
