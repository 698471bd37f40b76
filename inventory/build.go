package inventory

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Source is the input of an inventory, besides DNS.
type Source struct {
	Plan       *Plan
	NewCheck   func(model.Endpoint) *model.Check // returns the check of an endpoint; its URL is valid
	Standalone []*model.Check
}

// Addresses are the addresses of DNS names, each list in a stable order, IPv4 first.
type Addresses map[string][]netip.Addr

// Build builds the inventory for the addresses. Names without addresses give no hosts. It does not fail, and is a pure
// function.
func (s Source) Build(addresses Addresses) *model.Inventory {
	b := &builder{source: s, addresses: addresses, at: map[netip.Addr]int{}, apart: map[netip.Addr]int{}, owners: map[int][]int{}}
	b.declared = make([]int, len(s.Plan.hosts))
	// Hosts with a declared address come first: of two that turn out to be the same, their name wins.
	for i := range s.Plan.hosts {
		b.declared[i] = -1
		if h := &s.Plan.hosts[i]; h.address.IsValid() {
			b.declared[i] = b.host(h.address, &h.spec)
		}
	}
	for i := range s.Plan.hosts {
		if h := &s.Plan.hosts[i]; h.name != "" && len(addresses[h.name]) > 0 {
			b.declared[i] = b.host(addresses[h.name][0], &h.spec)
		}
	}
	b.own()
	clients := make([]model.Client, len(s.Plan.clients))
	var services []model.Service
	for i := range s.Plan.clients {
		p := &s.Plan.clients[i]
		clients[i] = p.client
		for j := range p.services {
			services = append(services, p.services[j].service)
		}
		b.client(i, p)
	}
	hosts := make([]model.Host, len(b.hosts))
	for i := range b.hosts {
		hosts[i] = b.hosts[i].host
	}
	return model.NewInventory(clients, services, hosts, append(b.checks, s.Standalone...))
}

type builder struct {
	source    Source
	addresses Addresses
	hosts     []builtHost
	at        map[netip.Addr]int
	apart     map[netip.Addr]int // hosts for whom an address of others' host is nothing but an address
	declared  []int              // Plan.hosts to hosts; -1 while DNS returns no address
	owners    map[int][]int      // hosts to Plan.clients; nil: nobody declares it as theirs
	checks    []*model.Check
}

type builtHost struct {
	host     model.Host
	address  netip.Addr
	settings model.EndpointSettings
}

// host returns the host of an address: the same address is the same host. spec is nil for one known only from DNS.
func (b *builder) host(a netip.Addr, spec *model.HostSpec) int {
	if i, known := b.at[a]; known {
		if spec != nil {
			h := &b.hosts[i].host
			h.Aliases = union(h.Aliases, spec.Name)
			h.Aliases = union(h.Aliases, spec.Aliases...)
			h.Labels = spec.Labels.Merged(h.Labels)
		}
		return i
	}
	h := builtHost{host: model.Host{Name: a.String(), Address: a.String()}, address: a}
	if spec != nil {
		h.host.Name, h.host.Aliases, h.host.Labels = spec.Name, spec.Aliases, spec.Labels
		h.settings = spec.EndpointSettings
	}
	b.hosts = append(b.hosts, h)
	b.at[a] = len(b.hosts) - 1
	return len(b.hosts) - 1
}

// own notes who declares which hosts: a domain says who runs its DNS, not whose the address is, unless owns_dns says that it is the same.
func (b *builder) own() {
	for i := range b.source.Plan.clients {
		p := &b.source.Plan.clients[i]
		p.declared(func(planned int) { b.owned(b.declared[planned], i) })
		if !p.ownsDNS {
			continue
		}
		for _, domain := range p.client.Domains {
			used, _, _ := b.source.Plan.reached(b.addresses[domain])
			for _, a := range used {
				b.owned(b.host(a, nil), i)
			}
		}
	}
}

// owned notes that a host is a client's. Clients come one after the other.
func (b *builder) owned(host, client int) {
	owners := b.owners[host]
	if host >= 0 && (len(owners) == 0 || owners[len(owners)-1] != client) {
		b.owners[host] = append(owners, client)
	}
}

// behind is the host at an address that a domain of a client points at, and whether only DNS says so. Where others own that host, it
// is one apart: a client that points its DNS at it learns nothing of theirs.
func (b *builder) behind(a netip.Addr, client int) (host int, byDNS bool) {
	host = b.host(a, nil)
	owners := b.owners[host]
	switch {
	case slices.Contains(owners, client):
		return host, false
	case len(owners) == 0 || b.hosts[host].host.Name == a.String():
		return host, true
	}
	at, known := b.apart[a]
	if !known {
		at = len(b.hosts)
		b.apart[a] = at
		b.hosts = append(b.hosts, builtHost{host: model.Host{Name: a.String(), Address: a.String(), Apart: true}, address: a})
	}
	return at, true
}

// spot is a host of a client, and the domain of the client's requests there.
type spot struct {
	host   int
	domain string
	labels model.Labels
	byDNS  bool
}

func (b *builder) client(client int, p *plannedClient) {
	all := b.spots(client, p.places)
	for i := range p.services {
		s := &p.services[i]
		spots := all
		if s.places != nil {
			spots = b.spots(client, s.places)
		}
		for _, at := range spots {
			e := b.endpoint(p, s, at)
			b.checks = append(b.checks, b.source.NewCheck(e))
		}
	}
}

// spots returns the hosts of places, without duplicates. Requests to a host found by a domain use that domain.
func (b *builder) spots(client int, places []place) []spot {
	p := &b.source.Plan.clients[client]
	var spots []spot
	there := make(map[int]bool, len(places))
	add := func(host int, byDNS bool, domain string) {
		if !there[host] {
			there[host] = true
			spots = append(spots, spot{host, domain, p.client.Labels.Merged(b.hosts[host].host.Labels), byDNS})
		}
	}
	for _, at := range places {
		used, _, _ := b.source.Plan.reached(b.addresses[at.domain])
		for _, a := range used {
			host, byDNS := b.behind(a, client)
			add(host, byDNS, at.domain)
		}
	}
	for _, at := range places {
		if at.domain == "" && b.declared[at.host] >= 0 {
			domain := ""
			if len(p.client.Domains) > 0 {
				domain = p.client.Domains[0]
			}
			add(b.declared[at.host], false, domain)
		}
	}
	return spots
}

func (b *builder) endpoint(p *plannedClient, s *plannedService, at spot) model.Endpoint {
	h := &b.hosts[at.host]
	set := mergeEndpoint(s.settings, h.settings)
	text := endpointURL(set, facts{client: p.client.Name, domain: at.domain, address: h.address})
	e := model.Endpoint{
		ServiceKey: s.service.ServiceKey, Host: h.host.Name, URL: text, Method: value(set.Method), Wanted: set.Status,
		Contains: value(set.Contains), More: set.More, Timeout: time.Duration(value(set.Timeout)), Retries: value(set.Retries),
		Schedule: value(set.Schedule), Failures: value(set.Failures), Recoveries: value(set.Recoveries),
		Confirm: time.Duration(value(set.ConfirmEvery)), Comment: value(set.Comment), Labels: at.labels,
		ByDNS: at.byDNS,
	}
	e.Address, e.ServerName = dialled(text, h, at.domain)
	return e
}

// facts are what differs between the endpoints of a service.
type facts struct {
	client, domain string
	address        netip.Addr
}

func endpointURL(set model.EndpointSettings, f facts) string {
	host := f.address.String()
	if f.address.Is6() {
		host = "[" + host + "]"
	}
	port, path := strconv.Itoa(value(set.Port)), firstOf(value(set.Path), "/")
	if set.URL == nil {
		return "http://" + host + ":" + port + path
	}
	return set.URL.Expand(model.URLFacts{Host: host, Port: port, Path: path, Domain: f.domain, Client: f.client})
}

// dialled returns where an endpoint is reached: always the host's own address, whatever name the URL contains, so that
// a name with several addresses is tested on each. The server name is the URL's host if it is a name, else the client's
// domain, else the host's own name if that is one of DNS, else the address: a server answers to no other.
func dialled(text string, h *builtHost, domain string) (address, serverName string) {
	u, err := url.Parse(text)
	if err != nil { // Compile has checked it
		return net.JoinHostPort(h.host.Address, "80"), h.host.Address
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	serverName = u.Hostname()
	if _, err := netip.ParseAddr(serverName); err == nil {
		switch {
		case domain != "":
			serverName = domain
		case strings.Contains(h.host.Name, "."):
			serverName = h.host.Name
		}
	} else if strings.ContainsFunc(serverName, func(r rune) bool { return r >= 0x80 }) {
		if name, err := dnsName(serverName); err == nil { // as DNS and certificates have it: пример.рф is xn--e1afmkfd.xn--p1ai
			serverName = name
		}
	}
	return net.JoinHostPort(h.host.Address, port), serverName
}
