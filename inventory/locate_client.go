package inventory

import (
	"slices"

	"opsbot/model"
)

// The labels by which an event names whom it is about.
const (
	labelClient  = "client"
	labelService = "service"
)

// served is what a host carries, as an index into Locator.hosts.
type served struct {
	host int
	key  model.ServiceKey
}

// carried indexes what hosts carry: by the domains and hosts of its URLs, and by client.
type carried struct {
	byName   map[string][]served
	byClient map[string][]served
}

func newCarried(inv *model.Inventory, hosts []model.Host) carried {
	c := carried{byName: map[string][]served{}, byClient: map[string][]served{}}
	at := make(map[string]int, len(hosts))
	for i := range hosts {
		at[hosts[i].Name] = i
	}
	for _, check := range inv.Checks() {
		e := check.Endpoint
		if e == nil {
			continue
		}
		host, known := at[e.Host]
		if !known {
			continue
		}
		one := served{host, e.ServiceKey}
		c.byClient[e.Client] = append(c.byClient[e.Client], one)
		for _, name := range union(nil, fold(hostOf(e.ServerName)), fold(hostOf(e.URL))) {
			c.byName[name] = append(c.byName[name], one)
		}
	}
	return c
}

// hostsOf are the hosts of what a source may speak for, each once.
func hostsOf(all []served, r *rule, service string) []int {
	var hosts []int
	for _, one := range all {
		allowed := len(r.clients) == 0 || slices.Contains(r.clients, one.key.Client)
		if allowed && (service == "" || one.key.Service == service) && !slices.Contains(hosts, one.host) {
			hosts = append(hosts, one.host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// byDomain are the hosts behind a client's domain or URL.
func (l *Locator) byDomain(r *rule, spelt []string) []int {
	for _, spelling := range spelt {
		if found := hostsOf(l.carried.byName[spelling], r, ""); len(found) > 0 {
			return found
		}
	}
	return nil
}

// byLabels are the hosts of the client, and the service, that the labels of an event name. A service that the client does not have is
// the source's own word for something else.
func (l *Locator) byLabels(e *model.Event) []int {
	all := l.carried.byClient[e.Labels[labelClient]]
	r := l.ruleOf(e.Source)
	if found := hostsOf(all, r, e.Labels[labelService]); len(found) > 0 {
		return found
	}
	return hostsOf(all, r, "")
}
