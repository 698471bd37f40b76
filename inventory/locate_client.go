package inventory

import (
	"cmp"
	"maps"
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

// allowed are those that a source may speak for; with a service only that one.
func allowed(all []served, r *rule, service string) []served {
	var some []served
	for _, one := range all {
		if (len(r.clients) == 0 || slices.Contains(r.clients, one.key.Client)) && (service == "" || one.key.Service == service) {
			some = append(some, one)
		}
	}
	return some
}

// hostsOf are the hosts of what is served, each once.
func hostsOf(all []served) []int {
	var hosts []int
	for _, one := range all {
		if !slices.Contains(hosts, one.host) {
			hosts = append(hosts, one.host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// maxAbout is how many services one event is about; of more it is about their clients as a whole.
const maxAbout = 20

// servicesOf are the services that are served, each once, in their order.
func servicesOf(all []served) []model.ServiceKey {
	services, clients := map[model.ServiceKey]bool{}, map[model.ServiceKey]bool{}
	for _, one := range all {
		services[one.key] = true
		clients[model.ServiceKey{Client: one.key.Client}] = true
	}
	if len(services) > maxAbout {
		services = clients
	}
	return slices.SortedFunc(maps.Keys(services), func(a, b model.ServiceKey) int {
		return cmp.Or(model.CompareNatural(a.Client, b.Client), model.CompareNatural(a.Service, b.Service))
	})
}

// byDomain is what is served behind a client's domain or URL.
func (l *Locator) byDomain(r *rule, spelt []string) []served {
	for _, spelling := range spelt {
		if found := allowed(l.carried.byName[spelling], r, ""); len(found) > 0 {
			return found
		}
	}
	return nil
}

// byLabels is what is served of the client, and of the service, that the labels of an event name. A service that the client does not
// have is the source's own word for something else.
func (l *Locator) byLabels(r *rule, e *model.Event) []served {
	all := l.carried.byClient[e.Labels[labelClient]]
	if found := allowed(all, r, e.Labels[labelService]); len(found) > 0 {
		return found
	}
	return allowed(all, r, "")
}

// aboutLabels is what an event is about by its labels: a service of a client, else all of that client.
func aboutLabels(found []served, e *model.Event) []model.ServiceKey {
	if len(found) == 0 {
		return nil
	}
	key := model.ServiceKey{Client: found[0].key.Client}
	if service := e.Labels[labelService]; found[0].key.Service == service {
		key.Service = service
	}
	return []model.ServiceKey{key}
}
