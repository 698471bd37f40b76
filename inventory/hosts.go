package inventory

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"opsbot/model"
)

// declareHosts adds the declared hosts, and reports words that mean two hosts.
func (c *compiler) declareHosts(specs []model.HostSpec) {
	hosts, problems := mergeParts(specs, func(s *model.HostSpec) string { return s.Name },
		func(s *model.HostSpec) model.Place { return s.At }, mergeHost)
	c.problems = append(c.problems, problems...)
	for i := range hosts {
		spec := &hosts[i]
		h, of := plannedHost{spec: *spec}, hostNamed(spec.At, spec.Name)
		address := firstOf(spec.Address, spec.Name)
		if a, err := netip.ParseAddr(address); err == nil {
			h.address = plain(a)
		} else if h.name, err = dnsName(address); err != nil {
			c.fail(of, model.Say("config.host.address", "got", address))
		}
		if own, err := netip.ParseAddr(spec.Name); err == nil && h.address != plain(own) {
			c.fail(of, model.Say("config.host.name_address", "got", address))
		}
		if value(spec.URL).Has("domain") {
			c.fail(of, model.Say("config.host.url_domain", "got", *spec.URL))
		}
		c.plan.hosts = append(c.plan.hosts, h)
		words := []string{spec.Name}
		if h.address.IsValid() {
			words = union(words, h.address.String())
		}
		for _, alias := range spec.Aliases {
			if v, ok := errors.AsType[*model.ValueError](model.CheckName(alias)); ok {
				c.fail(of, v.What.With("key", "aliases"))
			}
		}
		c.claim(len(c.plan.hosts)-1, union(words, spec.Aliases...))
	}
}

// claim assigns words to a host.
func (c *compiler) claim(host int, words []string) {
	for _, word := range words {
		folded := strings.ToLower(word)
		if other, taken := c.plan.byWord[folded]; taken && other != host {
			mine, theirs := &c.plan.hosts[host].spec, &c.plan.hosts[other].spec
			c.fail(hostNamed(mine.At, mine.Name), model.Say("config.host.taken", "got", word, "other", theirs.Name, "at", theirs.At))
			continue
		}
		c.plan.byWord[folded] = host
	}
}

// places resolves words for hosts: names, aliases and addresses of hosts, undeclared addresses, labels, and domains of
// the client.
func (c *compiler) places(at model.Place, client *model.Client, words []string) []place {
	var places []place
	for _, word := range words {
		for _, p := range c.place(at, client, word) {
			if !slices.Contains(places, p) {
				places = append(places, p)
			}
		}
	}
	return places
}

func (c *compiler) place(at model.Place, client *model.Client, word string) []place {
	if host, known := c.plan.byWord[strings.ToLower(word)]; known {
		return []place{{host: host}}
	}
	if a, err := netip.ParseAddr(word); err == nil {
		return []place{{host: c.undeclared(plain(a), at)}}
	}
	if name, err := dnsName(word); err == nil && slices.Contains(client.Domains, name) {
		return []place{{domain: name}}
	}
	if strings.Contains(word, "=") {
		return c.labelled(at, client, word)
	}
	known := make([]string, 0, len(c.plan.hosts))
	for i := range c.plan.hosts {
		known = append(known, c.plan.hosts[i].spec.Name)
	}
	c.fail(clientNamed(at, client.Name), model.UnknownName(model.Say("config.unknown.host"), word, known))
	return nil
}

// undeclared returns the host of an undeclared address: the address is its name.
func (c *compiler) undeclared(a netip.Addr, at model.Place) int {
	if host, known := c.plan.byWord[a.String()]; known {
		return host
	}
	c.plan.hosts = append(c.plan.hosts, plannedHost{spec: model.HostSpec{Name: a.String(), At: at}, address: a})
	host := len(c.plan.hosts) - 1
	c.plan.byWord[a.String()] = host
	return host
}

// labelled returns the hosts with all labels of "dc=fra1,role=web".
func (c *compiler) labelled(at model.Place, client *model.Client, word string) []place {
	var marks [][2]string
	for mark := range strings.SplitSeq(word, ",") {
		key, val, ok := strings.Cut(strings.TrimSpace(mark), "=")
		if !ok || key == "" || val == "" {
			c.fail(clientNamed(at, client.Name), model.Say("config.like", "key", "hosts", "got", word, "example", "dc=fra1,role=web"))
			return nil
		}
		marks = append(marks, [2]string{key, val})
	}
	var places []place
	for i := range c.plan.hosts {
		labels := c.plan.hosts[i].spec.Labels
		if !slices.ContainsFunc(marks, func(m [2]string) bool { return labels[m[0]] != m[1] }) {
			places = append(places, place{host: i})
		}
	}
	if len(places) == 0 {
		c.fail(clientNamed(at, client.Name), model.Say("config.no_host_with", "key", "hosts", "got", word))
	}
	return places
}

// plain is an address for comparison: 4-in-6 as IPv4, without a zone.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
