package inventory

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"opsbot/model"
)

// MaxAddresses is how many addresses a domain of a client may have: no balancing by DNS has more, and each is a host with checks.
const MaxAddresses = 32

// reached divides what a client's domain resolves to into the addresses that are its hosts, and those that are not: out of reach, or more
// than MaxAddresses.
func (p *Plan) reached(addresses []netip.Addr) (used, beyond, surplus []netip.Addr) {
	for _, a := range addresses {
		switch {
		case !p.reach.Allows(a):
			beyond = append(beyond, a)
		case len(used) == MaxAddresses:
			surplus = append(surplus, a)
		default:
			used = append(used, a)
		}
	}
	return used, beyond, surplus
}

// Reach is where the DNS of clients, and the redirects of their pages, may lead.
func (p *Plan) Reach() model.Reach { return p.reach }

// near are the addresses of the declared hosts, and more.
func (p *Plan) near(more []netip.Addr) []netip.Addr {
	all := slices.Clone(more)
	for i := range p.hosts {
		if a := p.hosts[i].address; a.IsValid() {
			all = append(all, a)
		}
	}
	return all
}

// Beyond is a client's domain that leads where opsbot does not go.
type Beyond struct {
	Domain    string
	Clients   []string
	Addresses []netip.Addr // out of reach
	Surplus   []netip.Addr // within reach, but more than MaxAddresses
	Since     time.Time    // of the first such answer
}

// Beyond returns the domains that lead where opsbot does not go, by name.
func (l *Live) Beyond() []Beyond {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Beyond, 0, len(l.beyond))
	for _, domain := range slices.Sorted(maps.Keys(l.beyond)) {
		all = append(all, l.beyond[domain])
	}
	return all
}

// noteBeyond takes in what the domains resolve to now. The caller holds mu and refreshing.
func (l *Live) noteBeyond(addresses Addresses) {
	now := make(map[string]Beyond)
	for domain, clients := range l.clientsOf {
		_, beyond, surplus := l.source.Plan.reached(addresses[domain])
		if len(beyond)+len(surplus) == 0 {
			continue
		}
		since := l.opts.Now()
		if before, known := l.beyond[domain]; known {
			since = before.Since
		}
		now[domain] = Beyond{Domain: domain, Clients: clients, Addresses: beyond, Surplus: surplus, Since: since}
	}
	l.beyond = now
}
