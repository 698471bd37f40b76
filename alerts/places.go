package alerts

import (
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// places are what the events of a group are about: hosts, and services of clients of which no single host is known.
type places struct {
	hosts map[string]bool
	about map[model.ServiceKey]bool // as in model.Located
}

func newPlaces() places { return places{hosts: map[string]bool{}, about: map[model.ServiceKey]bool{}} }

// add makes what an event is about one of them.
func (p *places) add(e *model.Event) {
	if e.Host != "" {
		p.hosts[e.Host] = true
	}
	for _, key := range e.About {
		p.about[key] = true
	}
}

// join adds all of others.
func (p *places) join(others places) {
	maps.Copy(p.hosts, others.hosts)
	maps.Copy(p.about, others.about)
}

// covers reports whether an endpoint is on one of the hosts, or of one of the services.
func (p *places) covers(e *model.Endpoint) bool {
	return p.hosts[e.Host] || p.about[e.ServiceKey] || p.about[model.ServiceKey{Client: e.Client}]
}

// has reports whether an event is about one of them.
func (p *places) has(e *model.Event) bool {
	return e.Host != "" && p.hosts[e.Host] || slices.ContainsFunc(e.About, func(key model.ServiceKey) bool { return p.about[key] })
}

// keys are the services that it is about without a host, in their order.
func (p *places) keys() []model.ServiceKey {
	return slices.SortedFunc(maps.Keys(p.about), func(a, b model.ServiceKey) int { return strings.Compare(a.String(), b.String()) })
}

// aboutClient reports whether one of the services is a client's.
func (p *places) aboutClient(client string) bool {
	for key := range p.about {
		if key.Client == client {
			return true
		}
	}
	return false
}

// clientMark begins the name of a client among those of hosts, where what is related is sought.
const clientMark = "\x00client:"

// names are the hosts, and the clients that it is about without a host.
func (p *places) names() map[string]bool {
	all := maps.Clone(p.hosts)
	for key := range p.about {
		all[clientMark+key.Client] = true
	}
	return all
}

// take moves some of names from others to these.
func (p *places) take(others *places, names []string) {
	for _, name := range names {
		client, isClient := strings.CutPrefix(name, clientMark)
		if !isClient {
			delete(others.hosts, name)
			p.hosts[name] = true
			continue
		}
		for key := range others.about {
			if key.Client == client {
				delete(others.about, key)
				p.about[key] = true
			}
		}
	}
}

// services are the services on the hosts, and those that it is about without a host.
func (p *places) services(inv *model.Inventory) map[model.ServiceKey]bool {
	all := map[model.ServiceKey]bool{}
	for host := range p.hosts {
		for _, on := range inv.ChecksOfHost(host) {
			all[on.Endpoint.ServiceKey] = true
		}
	}
	for _, key := range inv.ServicesAbout(p.keys()) {
		all[key] = true
	}
	return all
}
